// Products for backward passes: either factor transposed, added to what is there, cut among the threads.
import COpenBLAS

/// One factor of a product: a matrix as it lies in memory, or its transpose.
package struct Factor: Sendable {
  package var matrix: MatrixView
  package var isTransposed: Bool

  package init(matrix: MatrixView, isTransposed: Bool) {
    self.matrix = matrix
    self.isTransposed = isTransposed
  }

  /// The matrix itself.
  package static func plain(_ matrix: MatrixView) -> Factor {
    Factor(matrix: matrix, isTransposed: false)
  }

  /// Its transpose, which is not formed.
  package static func transposed(_ matrix: MatrixView) -> Factor {
    Factor(matrix: matrix, isTransposed: true)
  }

  var rows: Int { isTransposed ? matrix.columns : matrix.rows }
  var columns: Int { isTransposed ? matrix.rows : matrix.columns }

  /// Some rows of the factor, all of its columns.
  func rows(_ part: Range<Int>) -> Factor {
    var copy = self
    copy.matrix =
      isTransposed ? matrix[0..<matrix.rows, part] : matrix[part, 0..<matrix.columns]
    return copy
  }

  /// Some columns of the factor, all of its rows.
  func columns(_ part: Range<Int>) -> Factor {
    var copy = self
    copy.matrix =
      isTransposed ? matrix[part, 0..<matrix.columns] : matrix[0..<matrix.rows, part]
    return copy
  }
}

extension BLAS {
  /// `out [N, M] = scale · a [N, K] · b [K, M]`, added to `out` where `accumulating`; on the calling thread.
  package static func product(
    _ a: Factor, _ b: Factor, scale: Float = 1, accumulating: Bool = false,
    into out: MutableMatrixView
  ) {
    precondition(a.columns == b.rows && out.rows == a.rows && out.columns == b.columns)
    guard isOnOneThread, out.rows > 0, out.columns > 0 else { return }
    cblas_sgemm(
      CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans,
      b.isTransposed ? CblasTrans : CblasNoTrans, blasint(out.rows), blasint(out.columns),
      blasint(a.columns), scale, a.matrix.base, blasint(max(1, a.matrix.stride)), b.matrix.base,
      blasint(max(1, b.matrix.stride)), accumulating ? 1 : 0, out.base,
      blasint(max(1, out.stride)))
  }

  /// The same, cut among the threads of `pool`.
  ///
  /// Only the output is cut, never the sum, so the result does not depend on which thread was faster.
  package static func product(
    _ a: Factor, _ b: Factor, scale: Float = 1, accumulating: Bool = false,
    into out: MutableMatrixView, on pool: ThreadPool
  ) {
    let grid = PieceGrid(
      rows: out.rows, columns: out.columns, depth: a.columns, threads: pool.threads)
    let isFewRows = !a.isTransposed && b.isTransposed && !accumulating && scale == 1
    pool.run(grid.pieces.count) { index in
      let (rows, columns) = grid.pieces[index]
      let (left, right) = (a.rows(rows), b.columns(columns))
      if isFewRows {
        multiplyFewRows(left.matrix, transposed: right.matrix, into: out[rows, columns])
      } else {
        product(
          left, right, scale: scale, accumulating: accumulating, into: out[rows, columns])
      }
    }
  }

  /// True once OpenBLAS has been told to stay on the calling thread.
  private static let isOnOneThread: Bool = {
    openblas_set_num_threads(1)
    return true
  }()
}
