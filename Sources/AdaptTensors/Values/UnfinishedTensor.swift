// A tensor that several threads are still writing.

/// Pooled memory on its way to becoming a tensor.
struct UnfinishedTensor {
  let shape: [Int]
  private let storage: TensorStorage
  let base: UnsafeMutablePointer<Float>

  init(_ shape: [Int]) {
    self.shape = shape
    storage = TensorStorage(count: shape.reduce(1, *)) { _ in }
    base = UnsafeMutablePointer(mutating: storage.base)
  }

  /// The tensor, once every element has been written; it must not be written after.
  func finished() -> Tensor { Tensor(shape, storage: storage) }
}
