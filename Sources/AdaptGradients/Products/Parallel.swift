// How the operations cut their work among the threads, and the sums they share.
import AdaptTensors
import CKernels

/// Calls `body` with ranges that cover `0..<count`, on the threads of the pool when there is enough to do.
///
/// `weight` is the floats behind each index: below 16 thousand of them one core is done before another wakes.
func inParallel(_ count: Int, weight: Int = 1, _ body: @escaping (Range<Int>) -> Void) {
  let pool = ThreadPool.shared
  guard count * weight >= 16_384 else { return body(0..<count) }
  let pieces = min(count, pool.threads * 2)
  pool.run(pieces) {
    body(ThreadPool.part($0, of: pieces, in: count, multiple: weight > 1 ? 1 : 16))
  }
}

extension Tensor {
  /// A tensor of zeros, which `fill` may add to.
  init(zeros shape: [Int], fill: (UnsafeMutablePointer<Float>) -> Void = { _ in }) {
    self.init(shape) { out in
      out.update(repeating: 0, count: shape.reduce(1, *))
      fill(out)
    }
  }

  /// `out [rows, columns] = scale · a · b`, cut among the threads.
  init(
    rows: Int, columns: Int, scale: Float = 1, product a: Factor, _ b: Factor
  ) {
    self.init([rows, columns]) { out in
      let view = MutableMatrixView(out, rows: rows, columns: columns)
      if a.depth == 0 {
        out.update(repeating: 0, count: rows * columns)
      } else {
        BLAS.product(a, b, scale: scale, into: view, on: .shared)
      }
    }
  }
}

extension Factor {
  /// The length of the sum in a product with this on the left.
  var depth: Int { isTransposed ? matrix.rows : matrix.columns }
}
