// Parameters of the model that train beside an adapter: biases, and modules that are trained whole.
import AdaptGradients
import AdaptModels
import AdaptSystem
import AdaptTensors

/// Which biases of the model train.
package enum BiasTraining: Sendable, Equatable {
  case none
  case all
  /// Those of the layers that the method is put on.
  case ofTargets
}

/// The model's own tensors that an adapter holds a trained copy of.
struct WholeModules: Sendable {
  private let tensors: [(tensor: ModuleTensor, key: String)]
  private let shared: Set<Int>

  /// What `selection` and `bias` mean in `model`, given the sites that the method takes.
  ///
  /// Only the modules of the task's head may mean nothing, as long as one of them does.
  /// - Throws: `PEFTFault.setting` for a module that is not there.
  init(
    _ selection: ModuleSelection, task: AdapterTask?, bias: BiasTraining, targets: Set<Int>,
    in model: ModelOutline, path: String?
  ) throws(PEFTFault) {
    let all = model.moduleTensors
    let heads = task?.headModules ?? []
    let names = selection.saved + heads.filter { !selection.saved.contains($0) }
    for name in selection.saved where !all.contains(where: { Self.lies($0, in: name) }) {
      let isHead =
        heads.contains(name)
        && heads.contains { head in all.contains { Self.lies($0, in: head) } }
      guard isHead else { throw Self.unmatched(name, all, path: path) }
    }
    if let head = heads.first,
      !heads.contains(where: { h in all.contains { Self.lies($0, in: h) } })
    {
      throw Self.unmatched(head, all, path: path)
    }
    var tensors: [(ModuleTensor, String)] = []
    for tensor in all where tensor.field == "bias" && bias != .none {
      let isTarget = tensor.site.map { targets.contains($0.number) } ?? false
      let isSaved = names.contains { Self.lies(tensor, in: $0) }
      guard !isSaved, isTarget || bias == .all else { continue }
      tensors.append((tensor, PEFTKey.tensor(tensor, isWrapped: isTarget)))
    }
    for tensor in all where names.contains(where: { Self.lies(tensor, in: $0) }) {
      tensors.append((tensor, PEFTKey.tensor(tensor)))
    }
    self.tensors = tensors
    shared = model.sharedParameters
  }

  /// What the file holds of them.
  var slots: [TensorSlot] {
    tensors.map { entry in
      let parameter = entry.tensor.parameter
      return TensorSlot(key: entry.key, shape: parameter.shape) { parameter.tensor.copied }
    }
  }

  /// Puts `trained`, in the order of `slots`, in the place of the model's own.
  ///
  /// A tensor that two modules share is replaced only in the one that was named, as in peft.
  func put(_ trained: [Trainable], into adapter: inout Adapter) {
    for (entry, trainable) in zip(tensors, trained) {
      let parameter = entry.tensor.parameter
      guard shared.contains(parameter.number) else {
        adapter.parameters[parameter.number] = .trainable(trainable)
        continue
      }
      switch entry.tensor.place {
      case .linear(let linear): adapter.linears[linear.site.number] = OwnLinear(weight: trainable)
      case .embedding(let table):
        adapter.embeddings[table.site.number] = OwnEmbedding(table: trainable)
      case .parameter: adapter.parameters[parameter.number] = .trainable(trainable)
      }
    }
  }

  /// By the end of the path of the module or of one that it lies in, as peft compares: `norm` means
  /// `input_layernorm` too.
  private static func lies(_ tensor: ModuleTensor, in name: String) -> Bool {
    guard !name.isEmpty else { return false }
    var path = Substring(tensor.path)
    while !path.isEmpty {
      if path.hasSuffix(name) { return true }
      guard let dot = path.lastIndex(of: ".") else { return false }
      path = path[..<dot]
    }
    return false
  }

  private static func unmatched(
    _ name: String, _ all: [ModuleTensor], path: String?
  ) -> PEFTFault {
    var seen = Set<String>()
    let ends = all.map { String($0.path.split(separator: ".").last ?? "") }
      .filter { seen.insert($0).inserted }
    return .setting(
      path: path, key: "modules_to_save", wanted: "a module of the model", got: "`\(name)`",
      hint: NearestName.hint(for: String(name.prefix(200)), among: ends))
  }
}

/// A dense layer with a weight of its own where the model shares it with another place.
struct OwnLinear: LinearAdapter {
  let weight: Trainable

  func callAsFunction(_ x: Variable, through base: BaseLinear, in pass: Pass) -> Variable {
    x.linear(.trainable(weight), bias: base.bias)
  }

  func merged(into base: BaseLinear) -> MergedLinear? {
    let value = weight.value
    return MergedLinear(weight: { value })
  }
}

/// A table of its own where the model shares it with the output head.
struct OwnEmbedding: EmbeddingAdapter {
  let table: Trainable

  func callAsFunction(
    _ numbers: [Int32], through base: BaseEmbedding, in pass: Pass
  ) -> Variable {
    embedding(numbers, .trainable(table))
  }

  func merged(into base: BaseEmbedding) -> TensorSource? {
    let value = table.value
    return { value }
  }
}
