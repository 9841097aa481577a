// Attention over the keys of a cache, read where they lie: block by block, never gathered.
package import AdaptTensors
import CKernels

/// Keys and values of neighbouring tokens of one sequence, in memory of their owner.
///
/// Key `i` of head `h` stands at `keys + h · headStride + i · stride`, its value likewise.
package struct KeyBlock {
  package var keys: UnsafePointer<Float>
  package var values: UnsafePointer<Float>
  package var stride: Int
  package var headStride: Int
  package var count: Int

  package init(
    keys: UnsafePointer<Float>, values: UnsafePointer<Float>, stride: Int, headStride: Int,
    count: Int
  ) {
    self.keys = keys
    self.values = values
    self.stride = stride
    self.headStride = headStride
    self.count = count
  }

  /// Most keys of a block.
  package static let limit = AttentionTile.keys
}

/// `softmax(scale · q kᵀ) v` of new tokens over all keys of their sequences, as `[N, H · W]`.
///
/// `query [N, H · W]` in `segments`; `keys` has the blocks of each segment, the oldest key first and those of the
/// new tokens last, at most `KeyBlock.limit` each. A single token reads each key and value once, whatever the number
/// of its query heads; a result does not depend on the other segments. Nothing is recorded.
/// - Precondition: no segment has more queries than keys; the memory of the blocks outlives the call.
package func attention(
  query: Tensor, over keys: [[KeyBlock]], segments: Segments, prefix: AttentionPrefix? = nil,
  rules: AttentionRules
) -> Tensor {
  precondition(keys.count == segments.count && segments.total == query.rows)
  let call = CachedAttention(
    query: query, segments: segments, keys: keys, prefix: prefix, rules: rules)
  let out = TensorBuffer([query.rows, query.columns])
  withExtendedLifetime((query, prefix?.keys.value, prefix?.values.value)) {
    call.run(into: out.matrix)
  }
  return out.finished()
}

/// A block with its place among the keys of its segment; a prefix has none.
struct PlacedBlock {
  let block: KeyBlock
  let first: Int
  let isPrefix: Bool

  /// The keys of this block that a query at `position` of `count` keys sees.
  func visible(at position: Int, of count: Int, _ rules: AttentionRules) -> Range<Int> {
    guard !isPrefix else { return 0..<block.count }
    let all = rules.visibleKeys(at: position, of: count)
    let part = all.clamped(to: first..<first + block.count)
    return part.lowerBound - first..<part.upperBound - first
  }
}

/// The values of one call.
struct CachedAttention {
  let query: Tensor
  let segments: Segments
  let blocks: [[PlacedBlock]]
  /// Keys of each segment, without a prefix.
  let counts: [Int]
  let rules: AttentionRules
  let width: Int
  let scale: Float
  /// Query heads of a key head.
  var group: Int { rules.heads / rules.keyHeads }

  init(
    query: Tensor, segments: Segments, keys: [[KeyBlock]], prefix: AttentionPrefix?,
    rules: AttentionRules
  ) {
    let width = query.columns / rules.heads
    self.query = query
    self.segments = segments
    self.rules = rules
    self.width = width
    scale = rules.scale ?? 1 / Float(max(1, width)).squareRoot()
    counts = keys.map { $0.reduce(0) { $0 + $1.count } }
    blocks = keys.indices.map { segment in
      var first = 0
      let own = keys[segment].map { block in
        defer { first += block.count }
        return PlacedBlock(block: block, first: first, isPrefix: false)
      }
      return Self.blocks(of: prefix, segment, keys.count, width: width) + own
    }
    precondition((0..<segments.count).allSatisfy { segments[$0].count <= counts[$0] })
  }

  /// The keys of a prefix that stand before a segment.
  private static func blocks(
    of prefix: AttentionPrefix?, _ segment: Int, _ segments: Int, width: Int
  ) -> [PlacedBlock] {
    guard let prefix, prefix.keys.rows > 0 else { return [] }
    let (keys, values) = (prefix.keys.value, prefix.values.value)
    let count = prefix.isShared ? keys.rows : keys.rows / max(1, segments)
    let start = prefix.isShared ? 0 : segment * count
    return (0..<count).cut(by: KeyBlock.limit).map { part in
      let place = (start + part.lowerBound) * keys.columns
      let block = KeyBlock(
        keys: keys.storage.base + place, values: values.storage.base + place,
        stride: keys.columns, headStride: width, count: part.count)
      return PlacedBlock(block: block, first: 0, isPrefix: true)
    }
  }

  /// Segments of one new token key by key, longer ones by products of tiles.
  func run(into out: MutableMatrixView) {
    let single = (0..<segments.count).filter { segments[$0].count == 1 }
    if !single.isEmpty { SingleQueries(call: self, chosen: single).run(into: out) }
    let longer = (0..<segments.count).filter { segments[$0].count > 1 }
    guard !longer.isEmpty else { return }
    ThreadPool.shared.run(longer.count * rules.heads) { piece in
      attend(longer[piece / rules.heads], piece % rules.heads, out)
    }
  }

  private func attend(_ segment: Int, _ head: Int, _ out: MutableMatrixView) {
    let rows = segments[segment]
    let columns = head * width..<(head + 1) * width
    let tile = AttentionTile(width: width)
    defer { withExtendedLifetime(tile) {} }
    let offset = counts[segment] - rows.count
    for queries in (0..<rows.count).cut(by: AttentionTile.queries) {
      let place = rows.lowerBound + queries.lowerBound..<rows.lowerBound + queries.upperBound
      tile.start(queries.count, width)
      for placed in blocks[segment]
      where tile.mask(queries, placed, offset: offset, of: counts[segment], rules) {
        tile.add(
          MatrixView(query)[place, columns], placed.block, head: head / group,
          scale: scale, cap: rules.softCap ?? 0)
      }
      tile.finish(queries.count, width, into: out[place, columns])
    }
  }
}

extension AttentionTile {
  func start(_ count: Int, _ width: Int) {
    output.update(repeating: 0, count: count * width)
    maximum.update(repeating: -.infinity, count: count)
    sum.update(repeating: 0, count: count)
  }

  /// Adds what the queries see of a block to their running result.
  fileprivate func add(
    _ queries: MatrixView, _ block: KeyBlock, head: Int, scale: Float, cap: Float
  ) {
    let (N, M, W) = (queries.rows, block.count, queries.columns)
    let start = head * block.headStride
    let keys = MatrixView(block.keys + start, rows: M, columns: W, stride: block.stride)
    let values = MatrixView(block.values + start, rows: M, columns: W, stride: block.stride)
    BLAS.product(
      .plain(queries), .transposed(keys), scale: scale,
      into: MutableMatrixView(scores, rows: N, columns: M))
    adapt_streaming_softmax(scores, N, M, M, first, last, cap, maximum, sum, correction)
    adapt_scale_rows(output, N, W, W, correction)
    BLAS.product(
      .plain(MatrixView(scores, rows: N, columns: M)), .plain(values), accumulating: true,
      into: MutableMatrixView(output, rows: N, columns: W))
  }

  /// Divides by the sums; the logarithms, which only training needs, go to scratch memory.
  fileprivate func finish(_ count: Int, _ width: Int, into out: MutableMatrixView) {
    adapt_finish_softmax(
      output, width, count, width, maximum, sum, out.base, out.stride, correction, 1)
  }
}
