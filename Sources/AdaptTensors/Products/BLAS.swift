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

  /// `out [N, M] = a [N, K] · b [M, K]ᵀ` for a few rows of `a` and a large `b`, as a sentence in a model.
  ///
  /// A general product first copies `b` into its own layout, which for few rows costs as much as the
  /// arithmetic. OpenBLAS' AVX-512 sets have kernels without that copy for products of at most a million
  /// multiplications, so `b` goes there in slices of that size: 42 → 54 GFLOP/s at N 22, K 384, M 1536.
  package static func multiplyFewRows(
    _ a: MatrixView, transposed b: MatrixView, into out: MutableMatrixView
  ) {
    let slice = 16
    guard a.rows <= 64, a.rows * a.columns * slice <= 1_000_000, hasSmallKernels else {
      return product(.plain(a), .transposed(b), into: out)
    }
    var start = 0
    while start < b.rows {
      let part = start..<min(start + slice, b.rows)
      product(
        .plain(a), .transposed(b[part, 0..<b.columns]), into: out[0..<out.rows, part])
      start = part.upperBound
    }
  }

  private static let hasSmallKernels = ["Cooperlake", "SkylakeX", "Sapphirerapids"].contains {
    core.lowercased() == $0.lowercased()
  }

  /// The kernel set OpenBLAS picked for this processor, such as `Cooperlake`.
  package static var core: String { String(cString: openblas_get_corename()) }
}
