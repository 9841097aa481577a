// What an adapter needs in its file, so that a new adapter and a read one are made by the same lines.
import AdaptSystem
import AdaptTensors

/// A tensor of an adapter: its key, its shape, and how it begins.
struct TensorSlot: Sendable {
  let key: String
  let shape: [Int]
  let initial: @Sendable () -> Tensor
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
          path: place, name: slot.key, nearest: NearestName.best(for: slot.key, among: surplus))
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
        nearest: NearestName.best(for: first, among: slots.map(\.key)))
    }
    return taken
  }

  /// The base that the adapter says it was made for.
  var base: String? {
    if case .string(let name) = configuration["base_model_name_or_path"] { return name }
    return nil
  }
}
