// What an operation needs of a weight: products in both directions, and rows. Formats at rest implement it.
package import AdaptTensors

/// A matrix `[M, K]` as PyTorch stores a linear layer (`M` outputs, `K` inputs), in any format.
package protocol WeightMatrix: Sendable {
  /// Outputs, M.
  var rows: Int { get }
  /// Inputs, K.
  var columns: Int { get }

  /// `out [N, M] = x [N, K] · Wᵀ`.
  func multiplyTransposed(_ x: MatrixView, into out: MutableMatrixView, on pool: ThreadPool)

  /// `out [N, K] = dy [N, M] · W`, added to `out` where `accumulating`.
  func multiply(
    _ dy: MatrixView, accumulating: Bool, into out: MutableMatrixView, on pool: ThreadPool)

  /// Writes the chosen rows `[N, K]` to `out`; the numbers are below `rows`.
  func gather(_ numbers: [Int32], into out: MutableMatrixView)

  /// The values as f32, of the stored shape: the tensor itself where it is one.
  var expanded: Tensor { get }
}

extension Tensor: WeightMatrix {
  package func multiplyTransposed(
    _ x: MatrixView, into out: MutableMatrixView, on pool: ThreadPool
  ) {
    WeightStorage(self).multiplyTransposed(x, into: out, on: pool)
  }

  package func multiply(
    _ dy: MatrixView, accumulating: Bool, into out: MutableMatrixView, on pool: ThreadPool
  ) {
    WeightStorage(self).multiply(dy, accumulating: accumulating, into: out, on: pool)
  }

  package func gather(_ numbers: [Int32], into out: MutableMatrixView) {
    precondition(numbers.allSatisfy { (0..<Int32(clamping: rows)).contains($0) })
    withExtendedLifetime(self) {
      for (i, number) in numbers.enumerated() {
        (out.base + i * out.stride).update(
          from: storage.base + Int(number) * columns, count: columns)
      }
    }
  }

  package var expanded: Tensor { self }
}
