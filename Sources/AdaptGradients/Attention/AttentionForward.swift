// Attention's forward pass: every segment and head is a piece for the threads.
import AdaptTensors
import CKernels

extension AttentionCall {
  /// The result `[N, H · W]` and the logarithm of each row's sum of exponentials `[N, H]`.
  func forward() -> (out: Tensor, logs: Tensor) {
    let out = TensorBuffer([query.rows, query.columns])
    let logs = TensorBuffer([query.rows, rules.heads])
    withExtendedLifetime(self) {
      ThreadPool.shared.run(segments.count * rules.heads) { piece in
        let (segment, head) = (piece / rules.heads, piece % rules.heads)
        attend(segment, head, out.matrix, logs.matrix)
      }
    }
    return (out.finished(), logs.finished())
  }

  private func attend(
    _ segment: Int, _ head: Int, _ out: MutableMatrixView, _ logs: MutableMatrixView
  ) {
    let rows = segments[segment]
    guard !rows.isEmpty else { return }
    let columns = columns(ofHead: head)
    let tile = AttentionTile(width: width)
    defer { withExtendedLifetime(tile) {} }
    let sources = sources(of: segment, keyHead: head / (rules.heads / rules.keyHeads))
    for block in (0..<rows.count).cut(by: AttentionTile.queries) {
      let place = rows.lowerBound + block.lowerBound..<rows.lowerBound + block.upperBound
      let queries = MatrixView(query)[place, columns]
      start(tile, block.count)
      for source in sources {
        let offset = source.keys.rows - rows.count
        for keys in source.visibleTiles(to: block, offset: offset, rules)
        where tile.mask(block, keys, source, offset: offset, rules) {
          add(queries, source, keys, tile)
        }
      }
      let target = out[place, columns]
      adapt_finish_softmax(
        tile.output, width, block.count, width, tile.maximum, tile.sum, target.base,
        target.stride, logs.base + place.lowerBound * logs.stride + head, logs.stride)
    }
  }

  private func start(_ tile: AttentionTile, _ count: Int) {
    tile.output.update(repeating: 0, count: count * width)
    tile.maximum.update(repeating: -.infinity, count: count)
    tile.sum.update(repeating: 0, count: count)
  }

  /// Adds what the queries see of some keys to their running result.
  private func add(
    _ queries: MatrixView, _ source: KeySource, _ keys: Range<Int>, _ tile: AttentionTile
  ) {
    let (N, W) = (queries.rows, width)
    BLAS.product(
      .plain(queries), .transposed(source.keys[keys, 0..<W]), scale: scale,
      into: MutableMatrixView(tile.scores, rows: N, columns: keys.count))
    adapt_streaming_softmax(
      tile.scores, N, keys.count, keys.count, tile.first, tile.last, rules.softCap ?? 0,
      tile.maximum, tile.sum, tile.correction)
    adapt_scale_rows(tile.output, N, W, W, tile.correction)
    BLAS.product(
      .plain(MatrixView(tile.scores, rows: N, columns: keys.count)),
      .plain(source.values[keys, 0..<W]), accumulating: true,
      into: MutableMatrixView(tile.output, rows: N, columns: W))
  }
}
