// The one place that calls OpenBLAS.
import COpenBLAS

/// Matrix products on the calling thread.
///
/// OpenBLAS is told once to stay on the thread that calls it; pieces of a product run on `ThreadPool`.
package enum BLAS {
  private static let isReady: Bool = {
    openblas_set_num_threads(1)
    return true
  }()

  /// `out [N, M] = scale · a [N, K] · b [M, K]ᵀ`.
  package static func multiply(
    _ a: MatrixView, transposed b: MatrixView, scale: Float = 1, into out: MutableMatrixView
  ) {
    precondition(a.columns == b.columns && out.rows == a.rows && out.columns == b.rows)
    multiply(a, b, CblasTrans, scale, out)
  }

  /// `out [N, M] = scale · a [N, K] · b [K, M]`.
  package static func multiply(
    _ a: MatrixView, _ b: MatrixView, scale: Float = 1, into out: MutableMatrixView
  ) {
    precondition(a.columns == b.rows && out.rows == a.rows && out.columns == b.columns)
    multiply(a, b, CblasNoTrans, scale, out)
  }

  private static func multiply(
    _ a: MatrixView, _ b: MatrixView, _ transposition: CBLAS_TRANSPOSE, _ scale: Float,
    _ out: MutableMatrixView
  ) {
    guard isReady, out.rows > 0, out.columns > 0 else { return }
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, transposition, blasint(out.rows), blasint(out.columns),
      blasint(a.columns), scale, a.base, blasint(max(1, a.stride)), b.base,
      blasint(max(1, b.stride)), 0, out.base, blasint(max(1, out.stride)))
  }

  /// The kernel set OpenBLAS picked for this processor, such as `Cooperlake`.
  package static var core: String { String(cString: openblas_get_corename()) }
}
