import AdaptGradients
// Takes a model's parameters out of its weight files by name, and numbers them and the sites they make.
import AdaptSystem
package import AdaptTensors
package import Foundation

/// The weights of one model while it is put together.
package final class ParameterReader {
  package let files: WeightFiles
  /// What the file puts before all names of the architecture's body: `bert.`, or nothing.
  package private(set) var prefix: String
  /// What stands before all module paths of the body, whatever the file puts before its names.
  private var modules: String
  package private(set) var parameters: [ModelParameter] = []
  package private(set) var linears: [Linear] = []
  package private(set) var embeddings: [Embedding] = []
  private var numbers: [String: Int] = [:]
  private var sites = 0

  /// Finds the prefix from a tensor that every such model has.
  ///
  /// `modules` begins the module paths where a file may leave it out; nil takes what the file has.
  /// - Throws: `ModelFault.weights(.missingTensor)` when no name ends in `anchor`.
  package init(
    _ files: WeightFiles, anchor: String, usual: [String], modules: String? = nil
  ) throws(ModelFault) {
    self.files = files
    if let prefix = usual.first(where: { files.contains($0 + anchor) }) {
      self.prefix = prefix
      self.modules = modules ?? prefix
      return
    }
    guard let name = files.names.first(where: { $0.hasSuffix("." + anchor) }) else {
      throw .weights(.missingTensor(path: files.path, name: anchor, nearest: nil))
    }
    prefix = String(name.dropLast(anchor.count))
    self.modules = modules ?? prefix
  }

  /// The weight files of a model folder.
  package static func files(in folder: URL) throws(ModelFault) -> WeightFiles {
    do {
      return try WeightFiles(folder: folder)
    } catch {
      throw .weights(error)
    }
  }

  /// Whether the body has the tensor; `name` without the prefix.
  package func contains(_ name: String) -> Bool { files.contains(prefix + name) }

  /// The matrix `name` of the body in the form it rests in; the same parameter at every call.
  ///
  /// - Throws: `ModelFault.weights` naming what is missing, or both shapes.
  package func matrix(_ name: String, _ shape: [Int]) throws(ModelFault) -> ModelParameter {
    try parameter(prefix + name, shape) { (name) throws(WeightFault) in
      try self.files.weight(name, shape: shape)
    }
  }

  /// The vector `name [count]` of the body as f32.
  package func vector(_ name: String, _ count: Int) throws(ModelFault) -> ModelParameter {
    try parameter(prefix + name, [count]) { (name) throws(WeightFault) in
      do throws(SafetensorsFault) {
        return try self.files.tensor(name, shape: [count])
      } catch {
        throw .file(error)
      }
    }
  }

  /// The dense layer `name` of the body: `name.weight [out, in]` and, where `hasBias`, `name.bias [out]`.
  package func linear(
    _ name: String, in input: Int, out: Int, hasBias: Bool, layer: Int? = nil
  ) throws(ModelFault) -> Linear {
    let weight = try matrix(name + ".weight", [out, input])
    return add(
      Linear(
        site: site(name, layer), weight: weight,
        bias: hasBias ? try vector(name + ".bias", out) : nil))
  }

  /// The dense layer `name` of the body whose weight lies as `name.weight [in, out]`, with its bias.
  package func transposedLinear(
    _ name: String, in input: Int, out: Int, _ layer: Int
  ) throws(ModelFault) -> Linear {
    let weight = try parameter(prefix + name + ".weight", [input, out], isTransposed: true) {
      (name) throws(WeightFault) in
      try self.files.weight(name, shape: [input, out])
    }
    return add(
      Linear(site: site(name, layer), weight: weight, bias: try vector(name + ".bias", out)))
  }

  /// The output head `lm_head` beside the body, or `table` where the file has none of its own.
  func head(
    _ vocabulary: Int, _ width: Int, tiedTo table: ModelParameter?
  ) throws(ModelFault) -> Linear {
    if let table, !files.contains("lm_head.weight") { return linear("lm_head", tiedTo: table) }
    return try linear("lm_head", in: width, out: vocabulary, hasBias: false)
  }

  /// A dense layer over a parameter that another place has too: a tied output head.
  package func linear(_ name: String, tiedTo weight: ModelParameter) -> Linear {
    add(Linear(site: site(name, nil), weight: weight, bias: nil))
  }

  /// The table `name.weight [rows, width]` of the body.
  package func embedding(
    _ name: String, rows: Int, width: Int
  ) throws(ModelFault) -> Embedding {
    let table = try matrix(name + ".weight", [rows, width])
    let embedding = Embedding(site: site(name, nil), table: table)
    embeddings.append(embedding)
    return embedding
  }

  /// What follows stands beside the body, under whole names: output heads.
  package func leaveBody() { (prefix, modules) = ("", "") }

  /// Names of the files that nothing took, of which `isKnown` says that such a model may have them.
  ///
  /// - Throws: `.surplus` naming the others.
  package func unused(_ isKnown: (String) -> Bool) throws(ModelFault) -> [String] {
    let rest = files.names.filter { numbers[$0] == nil && !isPart($0) }
    let unknown = rest.filter { !isKnown($0) }
    guard let first = unknown.first else { return rest }
    throw .surplus(
      path: files.path, names: unknown,
      nearest: NearestName.best(for: first, among: numbers.keys.sorted()))
  }

  /// Whether `name` is a scale or a state of a quantised tensor that was taken whole.
  private func isPart(_ name: String) -> Bool {
    guard let range = name.range(of: ".weight.") else { return false }
    return numbers[String(name[..<range.lowerBound]) + ".weight"] != nil
  }

  private func parameter(
    _ name: String, _ shape: [Int], isTransposed: Bool = false,
    read: (String) throws(WeightFault) -> any WeightMatrix
  ) throws(ModelFault) -> ModelParameter {
    if let number = numbers[name] { return parameters[number] }
    let weight: any WeightMatrix
    do throws(WeightFault) {
      weight = try read(name)
    } catch .file(let fault) {
      throw .weights(fault)
    } catch {
      throw .atRest(error)
    }
    let parameter = ModelParameter(
      number: parameters.count, name: name, shape: shape,
      weight: isTransposed ? TransposedWeight(weight) : weight,
      path: modules + name.dropFirst(prefix.count), isTransposed: isTransposed)
    numbers[name] = parameter.number
    parameters.append(parameter)
    return parameter
  }

  private func site(_ name: String, _ layer: Int?) -> Site {
    defer { sites += 1 }
    return Site(number: sites, path: modules + name, layer: layer)
  }

  private func add(_ linear: Linear) -> Linear {
    linears.append(linear)
    return linear
  }
}
