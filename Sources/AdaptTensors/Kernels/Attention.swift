// Attention inside the segments of a ragged batch: every segment and head is a piece of its own, and no
// [T, T] matrix of a whole segment exists, only a block of queries against its keys.
import CKernels

/// Where the segments of a ragged batch `[N]` start and end: S + 1 offsets from 0 to N, ascending.
package struct Segments: Sendable, Equatable {
  package let offsets: [Int]

  /// Segments of these lengths, one after the other.
  package init(lengths: [Int]) {
    var offsets = [0]
    offsets.reserveCapacity(lengths.count + 1)
    for length in lengths { offsets.append(offsets[offsets.count - 1] + max(0, length)) }
    self.offsets = offsets
  }

  package var count: Int { offsets.count - 1 }
  /// Rows of all segments, N.
  package var total: Int { offsets[offsets.count - 1] }

  package subscript(segment: Int) -> Range<Int> { offsets[segment]..<offsets[segment + 1] }
}

/// Bidirectional multi-head attention, each segment on its own.
///
/// `stacked [N, 3 · D]` has query, key and value side by side, each with head h of H in columns
/// `h · D/H ..< (h + 1) · D/H`; result `[N, D]`.
/// Vaswani et al., arXiv:1706.03762, eq. 1: softmax(q · kᵀ / √(D/H)) · v.
/// - Precondition: `heads` divides D, `segments.total == N`.
package func attention(
  _ stacked: Tensor, heads: Int, segments: Segments, pool: ThreadPool = .shared
) -> Tensor {
  let (N, D) = (stacked.rows, stacked.columns / 3)
  precondition(stacked.columns == 3 * D && segments.total == N)
  precondition(heads > 0 && D % heads == 0)
  let all = MatrixView(stacked)
  let head = AttentionHead(
    query: all[0..<N, 0..<D], key: all[0..<N, D..<2 * D], value: all[0..<N, 2 * D..<3 * D],
    width: D / heads)
  return withExtendedLifetime(stacked) {
    Tensor([N, D]) { out in
      let out = MutableMatrixView(out, rows: N, columns: D)
      pool.run(segments.count * heads) { piece in
        head.attend(in: segments[piece / heads], head: piece % heads, into: out)
      }
    }
  }
}

private struct AttentionHead {
  let query: MatrixView
  let key: MatrixView
  let value: MatrixView
  let width: Int
  /// Queries that share one block of scores: 64 × 512 keys are 128 KB, inside the second-level cache.
  static let queries = 64
  /// Rows of a segment up to which one kernel does it all; products have a cost of their own.
  static let short = 64

  func attend(in rows: Range<Int>, head: Int, into out: MutableMatrixView) {
    guard !rows.isEmpty else { return }
    let columns = head * width..<(head + 1) * width
    let (keys, values) = (key[rows, columns], value[rows, columns])
    let scale = 1 / Float(width).squareRoot()
    if rows.count <= Self.short {
      return adapt_attend_segment(
        query[rows, columns].base, keys.base, values.base, rows.count, query.stride, width, scale,
        out[rows, columns].base, out.stride)
    }
    let scratch = StoragePool.shared.take(min(Self.queries, rows.count) * rows.count)
    defer { StoragePool.shared.give(scratch.base, capacity: scratch.capacity) }
    var first = rows.lowerBound
    while first < rows.upperBound {
      let block = first..<min(first + Self.queries, rows.upperBound)
      let scores = MutableMatrixView(scratch.base, rows: block.count, columns: rows.count)
      BLAS.product(
        .plain(query[block, columns]), .transposed(keys), scale: scale, into: scores)
      adapt_softmax(scores.base, scores.rows, scores.columns, scores.stride)
      let shares = MatrixView(scratch.base, rows: block.count, columns: rows.count)
      BLAS.product(.plain(shares), .plain(values), into: out[block, columns])
      first = block.upperBound
    }
  }
}
