// What an adapter needs in its file, so that a new adapter and a read one are made by the same lines.
import AdaptSystem
import AdaptTensors

/// A tensor of an adapter: its key, its shape, how it begins, and the factor of its learning rate.
struct TensorSlot: Sendable {
  let key: String
  let shape: [Int]
  var learningRateFactor: Float
  let initial: @Sendable () -> Tensor

  init(
    key: String, shape: [Int], learningRateFactor: Float = 1,
    initial: @escaping @Sendable () -> Tensor
  ) {
    self.key = key
    self.shape = shape
    self.learningRateFactor = learningRateFactor
    self.initial = initial
  }
}

extension AdapterFiles {
  /// The tensors of `slots`, in their order.
  ///
  /// `others` are keys that may be there besides. All tensors of the file are accounted for.
  /// - Throws: `PEFTFault.missingTensor`, `.surplusTensors` or `.shape`, naming the tensors.
  func take(_ slots: [TensorSlot], others: Set<String> = []) throws(PEFTFault) -> [Tensor] {
    let place = path ?? "adapter"
    let known = Set(slots.map(\.key))
    let surplus = tensors.keys.filter { !known.contains($0) && !others.contains($0) }.sorted()
    var taken: [Tensor] = []
    for slot in slots {
      guard let tensor = tensors[slot.key] else {
        throw .missingTensor(
          path: place, name: slot.key, nearest: nearest(slot.key, among: surplus))
      }
      guard tensor.shape == slot.shape else {
        throw .shape(
          path: place, name: slot.key, wanted: slot.shape, got: tensor.shape, base: base)
      }
      taken.append(tensor)
    }
    if let first = surplus.first {
      throw .surplusTensors(
        path: place, names: surplus,
        nearest: nearest(first, among: slots.map(\.key)))
    }
    return taken
  }

  /// The nearest of `names`; none where a file has very many, rather than a long wait.
  private func nearest(_ name: String, among names: [String]) -> String? {
    guard names.count <= 10_000 else { return nil }
    return NearestName.best(
      for: String(name.prefix(256)), among: names.lazy.map { String($0.prefix(256)) })
  }

  /// The base that the adapter says it was made for.
  var base: String? {
    if case .string(let name) = configuration["base_model_name_or_path"] { return name }
    return nil
  }
}
