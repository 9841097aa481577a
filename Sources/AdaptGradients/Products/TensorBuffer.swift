// A tensor that several kernels are still writing, for operations with more than one result.
import AdaptTensors

/// Pooled memory on its way to becoming a tensor.
struct TensorBuffer {
  let shape: [Int]
  let base: UnsafeMutablePointer<Float>
  private let storage: TensorStorage

  /// Memory of `shape`, contents undefined.
  init(_ shape: [Int]) {
    self.shape = shape
    storage = TensorStorage(count: shape.reduce(1, *)) { _ in }
    base = UnsafeMutablePointer(mutating: storage.base)
  }

  /// Memory of `shape`, filled with `value`.
  init(_ shape: [Int], filledWith value: Float) {
    self.init(shape)
    base.update(repeating: value, count: storage.count)
  }

  /// All axes but the last as rows.
  var matrix: MutableMatrixView {
    let columns = shape.last ?? 1
    return MutableMatrixView(
      base, rows: shape.dropLast().reduce(1, *), columns: columns)
  }

  /// The tensor, once every element has been written; it must not be written after.
  func finished() -> Tensor { Tensor(shape, storage: storage) }
}
