// Products cut among the threads of a pool.

extension BLAS {
  /// `out [N, M] = scale · a [N, K] · b [K, M]`, added to `out` where `accumulating`, by the threads of `pool`.
  ///
  /// Only the output is cut, never the sum, so the result does not depend on which thread was faster.
  package static func product(
    _ a: Factor, _ b: Factor, scale: Float = 1, accumulating: Bool = false,
    into out: MutableMatrixView, on pool: ThreadPool
  ) {
    let grid = PieceGrid(
      rows: out.rows, columns: out.columns, depth: a.columns, threads: pool.threads)
    let isDense = !a.isTransposed && b.isTransposed && !accumulating && scale == 1
    pool.run(grid.pieces.count) { index in
      let (rows, columns) = grid.pieces[index]
      let (left, right) = (a.rows(rows), b.columns(columns))
      if isDense {
        multiplyTransposed(left.matrix, right.matrix, into: out[rows, columns])
      } else {
        product(
          left, right, scale: scale, accumulating: accumulating, into: out[rows, columns])
      }
    }
  }
}
