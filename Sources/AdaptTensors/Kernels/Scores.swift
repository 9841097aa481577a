// Matrix times vector at the speed of memory: exact search over vectors in memory.
import CKernels

/// `scores [N] = matrix [N, D] · query [D]`, threaded.
///
/// The matrix is dense and row-major; one pass over it, so its cost is reading `4 · N · D` bytes.
/// - Precondition: `matrix.count ≥ rows · columns` and `query.count == columns`.
package func scores(
  matrix: UnsafeBufferPointer<Float>, rows: Int, columns: Int, query: [Float],
  pool: ThreadPool = .shared
) -> [Float] {
  precondition(matrix.count >= rows * columns && query.count == columns)
  return [Float](unsafeUninitializedCapacity: rows) { out, count in
    count = rows
    guard let target = out.baseAddress else { return }
    guard let base = matrix.baseAddress else {
      target.initialize(repeating: 0, count: rows)
      return
    }
    query.withUnsafeBufferPointer { query in
      guard let q = query.baseAddress else {
        target.initialize(repeating: 0, count: rows)
        return
      }
      // Pieces of about 1 MB: small enough to balance, large enough for the prefetcher.
      let pieces = max(1, min(rows, rows * columns / 262_144))
      pool.run(pieces) { piece in
        let part = ThreadPool.part(piece, of: pieces, in: rows)
        adapt_scores(
          base + part.lowerBound * columns, part.count, columns, q, target + part.lowerBound)
      }
    }
  }
}

/// `scores [N] = matrix [N, D] · query [D]`, threaded.
package func scores(matrix: Tensor, query: [Float], pool: ThreadPool = .shared) -> [Float] {
  matrix.withElements {
    scores(matrix: $0, rows: matrix.rows, columns: matrix.columns, query: query, pool: pool)
  }
}
