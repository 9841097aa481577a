// A weight that lies in its file the other way round: GPT-2's dense layers.
package import AdaptTensors

/// The transpose of a matrix at rest, without moving it.
package struct TransposedWeight: WeightMatrix {
  /// What is transposed, `[K, M]`.
  package let stored: any WeightMatrix

  package init(_ stored: any WeightMatrix) {
    self.stored = stored
  }

  package var rows: Int { stored.columns }
  package var columns: Int { stored.rows }

  package func multiplyTransposed(
    _ x: MatrixView, into out: MutableMatrixView, on pool: ThreadPool
  ) {
    stored.multiply(x, accumulating: false, into: out, on: pool)
  }

  package func multiply(
    _ dy: MatrixView, accumulating: Bool, into out: MutableMatrixView, on pool: ThreadPool
  ) {
    guard accumulating else { return stored.multiplyTransposed(dy, into: out, on: pool) }
    let product = Tensor([out.rows, out.columns]) {
      stored.multiplyTransposed(
        dy, into: MutableMatrixView($0, rows: out.rows, columns: out.columns), on: pool)
    }
    withExtendedLifetime(product) {
      for row in 0..<out.rows {
        let (target, source) = (out.base + row * out.stride, row * out.columns)
        for i in 0..<out.columns { target[i] += product.storage.base[source + i] }
      }
    }
  }

  package func gather(_ numbers: [Int32], into out: MutableMatrixView) {
    expanded.gather(numbers, into: out)
  }

  package var expanded: Tensor { stored.expanded.transposed }
}

extension Tensor {
  /// The transpose of a matrix `[N, M]` as a copy `[M, N]`.
  package var transposed: Tensor {
    let (N, M) = (rows, columns)
    return withExtendedLifetime(self) {
      Tensor([M, N]) { out in
        for row in 0..<N {
          for column in 0..<M { out[column * N + row] = storage.base[row * M + column] }
        }
      }
    }
  }
}
