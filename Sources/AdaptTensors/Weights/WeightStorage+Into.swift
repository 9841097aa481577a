// Products with resting weights into memory of the caller: what differentiation needs of them.

extension WeightStorage {
  /// `out [N, M] = x [N, K] · Wᵀ`.
  ///
  /// A few rows read each weight once from where it rests; more go through panels of f32 rows.
  package func multiplyTransposed(
    _ x: MatrixView, into out: MutableMatrixView, on pool: ThreadPool = .shared
  ) {
    precondition(x.columns == columns && out.rows == x.rows && out.columns == rows)
    if x.rows <= FewRows.limit {
      FewRows(weight: self, x: x).run(into: out, pool)
    } else if let tensor {
      withExtendedLifetime(tensor) {
        BLAS.product(.plain(x), .transposed(MatrixView(tensor)), into: out, on: pool)
      }
    } else {
      let size = min(Self.panelRows, max(16, rows / pool.threads / 16 * 16))
      pool.run((rows + size - 1) / size) { panel in
        let outputs = panel * size..<min((panel + 1) * size, rows)
        withWidened(outputs, 0..<columns) {
          BLAS.product(.plain(x), .transposed($0), into: out[0..<out.rows, outputs])
        }
      }
    }
  }

  /// `out [N, K] = dy [N, M] · W`, added to `out` where `accumulating`.
  package func multiply(
    _ dy: MatrixView, accumulating: Bool, into out: MutableMatrixView,
    on pool: ThreadPool = .shared
  ) {
    precondition(dy.columns == rows && out.rows == dy.rows && out.columns == columns)
    guard let tensor, rows > 0 else {
      return multiplyPanels(dy, accumulating: accumulating, into: out, on: pool)
    }
    withExtendedLifetime(tensor) {
      BLAS.product(
        .plain(dy), .plain(MatrixView(tensor)), accumulating: accumulating, into: out, on: pool)
    }
  }

  /// Pieces are columns of the output: each weight is widened once, and no two threads add to one place.
  private func multiplyPanels(
    _ dy: MatrixView, accumulating: Bool, into out: MutableMatrixView, on pool: ThreadPool
  ) {
    if rows == 0, !accumulating {
      for row in 0..<out.rows {
        (out.base + row * out.stride).update(repeating: 0, count: out.columns)
      }
    }
    let pieces = max(1, min(pool.threads, columns / 64))
    pool.run(pieces) { piece in
      let inputs = ThreadPool.part(piece, of: pieces, in: columns, multiple: 64)
      for first in stride(from: 0, to: rows, by: Self.panelRows) {
        let outputs = first..<min(first + Self.panelRows, rows)
        withWidened(outputs, inputs) {
          BLAS.product(
            .plain(dy[0..<dy.rows, outputs]), .plain($0), accumulating: accumulating || first > 0,
            into: out[0..<out.rows, inputs])
        }
      }
    }
  }

  /// A rectangle of the weight in f32, in a pooled buffer.
  private func withWidened(
    _ rows: Range<Int>, _ columns: Range<Int>, _ body: (MatrixView) -> Void
  ) {
    let scratch = StoragePool.shared.take(rows.count * columns.count)
    defer { StoragePool.shared.give(scratch.base, capacity: scratch.capacity) }
    let panel = MutableMatrixView(scratch.base, rows: rows.count, columns: columns.count)
    widen(rows: rows, columns: columns, into: panel)
    body(MatrixView(scratch.base, rows: rows.count, columns: columns.count))
  }
}
