// Which tensors of a base's files become others, and from what they start.
import AdaptGradients
import AdaptModels
import AdaptTensors
import Foundation

/// The new values of one merge by the names of the base's files.
struct MergePlan: Sendable {
  let merge: ModelMerge
  /// What merging says, in the order of the model.
  let changes: [MergedParameter]
  let files: WeightFiles
  /// The type that what rests in few bits is written in.
  let usualType: ElementType
  private let numbers: [String: Int]

  /// - Throws: `PEFTFault.notMergeable`; `.missingTensor` where the base's files are not the model's.
  init(_ merge: ModelMerge) throws(PEFTFault) {
    self.merge = merge
    let merged = try merge.adapter.merged(into: merge.model)
    guard !merged.isEmpty else {
      throw .notMergeable(
        method: merge.adapter.method, reason: "it changes no weight",
        hint: "keep the adapter beside the model")
    }
    let files: WeightFiles
    do throws(SafetensorsFault) {
      files = try WeightFiles(folder: merge.base)
    } catch {
      throw .tensors(error)
    }
    for item in merged where !files.contains(item.parameter.name) {
      throw .missingTensor(path: files.path, name: item.parameter.name, nearest: nil)
    }
    let formed = Set(merged.map(\.parameter.number))
    let atRest = merge.model.parameters.filter {
      !formed.contains($0.number) && Self.isAtRest($0.name, files)
    }
    changes =
      merged
      + atRest.map { parameter in MergedParameter(parameter: parameter) { parameter.tensor } }
    self.files = files
    numbers = Dictionary(
      zip(changes.map(\.parameter.name), changes.indices), uniquingKeysWith: { first, _ in first })
    usualType = Self.usualType(files)
  }

  func change(of name: String) -> MergedParameter? { numbers[name].map { changes[$0] } }

  /// Whether `name` is a scale or a state of a weight in few bits that is written expanded.
  func isPart(_ name: String) -> Bool {
    guard let range = name.range(of: ".weight.") else { return false }
    return numbers[String(name[..<range.lowerBound]) + ".weight"] != nil
  }

  /// Whether a weight of the files rests in few bits.
  var isExpanded: Bool { changes.contains { Self.isAtRest($0.parameter.name, files) } }

  /// What the update was trained on top of, of the file's shape.
  func start(_ parameter: ModelParameter) -> Tensor {
    quantised(parameter).map { parameter.stored($0) } ?? parameter.tensor
  }

  /// The adapter's own base at `parameter` where it rests in few bits.
  func quantised(_ parameter: ModelParameter) -> WeightStorage? {
    guard case .frozen(let weight) = merge.adapter.adapter.parameters[parameter.number],
      let storage = weight as? WeightStorage, storage.tensor == nil
    else { return nil }
    return storage
  }

  private static let floats: [ElementType] = [.float32, .bfloat16, .float16]

  static func isFloat(_ type: ElementType) -> Bool { floats.contains(type) }

  private static func isAtRest(_ name: String, _ files: WeightFiles) -> Bool {
    guard let info = try? files.file(holding: name).info(name) else { return false }
    return !isFloat(info.type)
  }

  /// The type of most tensors whose elements are floats.
  private static func usualType(_ files: WeightFiles) -> ElementType {
    var counts: [ElementType: Int] = [:]
    for file in files.files {
      for info in file.tensors.values where info.shape.count > 1 || file.tensors.count == 1 {
        counts[info.type, default: 0] += 1
      }
    }
    return floats.max { counts[$0, default: 0] < counts[$1, default: 0] } ?? .bfloat16
  }
}
