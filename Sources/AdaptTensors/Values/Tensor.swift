// The value that models compute with.

/// An immutable row-major f32 array of any rank.
package struct Tensor: Sendable {
  package let shape: [Int]
  package let storage: TensorStorage

  /// The number of elements, the product of the shape.
  package var count: Int { storage.count }
  /// The length of the last axis; 1 for a scalar.
  package var columns: Int { shape.last ?? 1 }
  /// The product of all axes but the last.
  package var rows: Int { shape.dropLast().reduce(1, *) }

  /// A tensor of `shape` whose elements `fill` writes in full, in row-major order.
  package init<Failure: Error>(
    _ shape: [Int], fill: (UnsafeMutablePointer<Float>) throws(Failure) -> Void
  ) throws(Failure) {
    self.shape = shape
    self.storage = try TensorStorage(count: shape.reduce(1, *), fill: fill)
  }

  /// A tensor over existing storage.
  ///
  /// - Precondition: the storage holds as many floats as the shape says.
  package init(_ shape: [Int], storage: TensorStorage) {
    precondition(shape.reduce(1, *) == storage.count, "shape \(shape) of \(storage.count) floats")
    self.shape = shape
    self.storage = storage
  }

  /// A tensor of `shape` holding `elements`.
  ///
  /// - Precondition: as many elements as the shape says.
  package init(_ shape: [Int], _ elements: [Float]) {
    precondition(shape.reduce(1, *) == elements.count, "shape \(shape) of \(elements.count) floats")
    self.init(shape) { out in
      elements.withUnsafeBufferPointer { source in
        if let base = source.baseAddress { out.update(from: base, count: source.count) }
      }
    }
  }

  /// The same elements under another shape of as many; nothing is copied.
  package func reshaped(_ shape: [Int]) -> Tensor { Tensor(shape, storage: storage) }

  /// The elements, readable inside `body` only.
  package func withElements<Result>(_ body: (UnsafeBufferPointer<Float>) -> Result) -> Result {
    withExtendedLifetime(storage) {
      body(UnsafeBufferPointer(start: storage.base, count: storage.count))
    }
  }

  /// A copy of the elements in row-major order.
  package var elements: [Float] { withElements(Array.init) }
}
