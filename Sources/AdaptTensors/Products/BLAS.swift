// The one place that calls OpenBLAS.
import CKernels
import COpenBLAS

/// Matrix products on the calling thread.
///
/// OpenBLAS is told once to stay on the thread that calls it; pieces of a product run on `ThreadPool`.
package enum BLAS {
  private static let isReady: Bool = {
    openblas_set_num_threads(1)
    return true
  }()

  /// `out [N, M] = scale · a [N, K] · b [K, M]`, added to `out` where `accumulating`; on the calling thread.
  package static func product(
    _ a: Factor, _ b: Factor, scale: Float = 1, accumulating: Bool = false,
    into out: MutableMatrixView
  ) {
    precondition(a.columns == b.rows && out.rows == a.rows && out.columns == b.columns)
    guard isReady, out.rows > 0, out.columns > 0 else { return }
    cblas_sgemm(
      CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans,
      b.isTransposed ? CblasTrans : CblasNoTrans, blasint(out.rows), blasint(out.columns),
      blasint(a.columns), scale, a.matrix.base, blasint(max(1, a.matrix.stride)), b.matrix.base,
      blasint(max(1, b.matrix.stride)), accumulating ? 1 : 0, out.base,
      blasint(max(1, out.stride)))
  }

  /// `out [N, M] = a [N, K] · b [M, K]ᵀ` on the calling thread, as dense layers need it.
  ///
  /// With AVX-512 our own kernel takes it, which copies neither factor: on one core of Zen 4, K 384 and M 1536,
  /// 42 MB of weights in turn, it reaches 92 GFLOP/s at N 19 where OpenBLAS reaches 58, and 106 to 99 at N 1024.
  /// A sum does not depend on N.
  package static func multiplyTransposed(
    _ a: MatrixView, _ b: MatrixView, into out: MutableMatrixView
  ) {
    guard hasTiles else { return product(.plain(a), .transposed(b), into: out) }
    precondition(a.columns == b.columns && out.rows == a.rows && out.columns == b.rows)
    // At most 768 KB of `a` at a time, which stay in a second-level cache while `b` streams by.
    let limit = max(24, min(128, 196_608 / max(1, a.columns)))
    let blocks = (a.rows + limit - 1) / limit
    for block in 0..<blocks {
      let rows = ThreadPool.part(block, of: blocks, in: a.rows)
      adapt_tile_products(
        b.base, b.rows, b.stride, b.columns, a.base + rows.lowerBound * a.stride, rows.count,
        a.stride, out.base + rows.lowerBound * out.stride, out.stride)
    }
  }

  /// Whether our own kernels have the registers that they need to be faster.
  static let hasTiles = String(cString: adapt_kernel_level()) == "x86-64-v4"

  /// The kernel set OpenBLAS picked for this processor, such as `Cooperlake`.
  package static var core: String { String(cString: openblas_get_corename()) }
}
