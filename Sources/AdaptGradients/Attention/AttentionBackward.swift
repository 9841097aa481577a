// Attention's backward pass: every segment and key head is a piece, so that no two write to one place.
import AdaptTensors
import CKernels

/// Gradients of a call; nil where nobody wants them.
struct AttentionGradients {
  var query: Tensor?
  var keys: (key: Tensor, value: Tensor)?
  /// `[S · P, K · W]`, also where the prefix is shared.
  var prefix: (key: Tensor, value: Tensor)?
}

/// Where the pieces write.
private struct AttentionTargets {
  var query: MutableMatrixView?
  var keys: (key: MutableMatrixView, value: MutableMatrixView)?
  var prefix: (key: MutableMatrixView, value: MutableMatrixView)?
}

/// The result and its gradient, as the pieces read them.
private struct AttentionResult {
  let out: MatrixView
  let dOut: MatrixView
  /// One float a row and head.
  let logs: MatrixView
}

extension AttentionCall {
  // With s = scale q kᵀ, p = e^(s - log), o = p v:
  //   dv = pᵀ do,  dp = do vᵀ,  ds = p (dp - Σ_j p_j dp_j),  and Σ_j p_j dp_j = do · o, one number a row;
  //   dq = scale ds k,  dk = scale dsᵀ q.
  // A cap s = c tanh(r / c) multiplies ds by 1 - (s / c)².
  func backward(
    out: Tensor, logs: Tensor, dOut: Tensor, wantsQuery: Bool, wantsKeys: Bool, wantsPrefix: Bool
  ) -> AttentionGradients {
    let dQuery = wantsQuery ? TensorBuffer(query.shape, filledWith: 0) : nil
    let dKeys = wantsKeys ? pair(key.shape) : nil
    let prefixShape = [segments.count * prefixCount, key.columns]
    let dPrefix = wantsPrefix ? pair(prefixShape) : nil
    let targets = AttentionTargets(
      query: dQuery?.matrix, keys: dKeys.map { ($0.matrix, $1.matrix) },
      prefix: dPrefix.map { ($0.matrix, $1.matrix) })
    let result = AttentionResult(
      out: MatrixView(out), dOut: MatrixView(dOut), logs: MatrixView(logs))
    withExtendedLifetime((self, out, logs, dOut)) {
      ThreadPool.shared.run(segments.count * rules.keyHeads) { piece in
        differentiate(piece / rules.keyHeads, piece % rules.keyHeads, result, targets)
      }
    }
    return AttentionGradients(
      query: dQuery?.finished(), keys: dKeys.map { ($0.finished(), $1.finished()) },
      prefix: dPrefix.map { ($0.finished(), $1.finished()) })
  }

  private func pair(_ shape: [Int]) -> (TensorBuffer, TensorBuffer) {
    (TensorBuffer(shape, filledWith: 0), TensorBuffer(shape, filledWith: 0))
  }

  private func differentiate(
    _ segment: Int, _ keyHead: Int, _ result: AttentionResult, _ targets: AttentionTargets
  ) {
    let rows = segments[segment]
    guard !rows.isEmpty else { return }
    let tile = AttentionTile(width: width)
    let sources = sources(of: segment, keyHead: keyHead)
    let group = rules.heads / rules.keyHeads
    defer { withExtendedLifetime(tile) {} }
    for head in keyHead * group..<(keyHead + 1) * group {
      for block in (0..<rows.count).cut(by: AttentionTile.queries) {
        let place = rows.lowerBound + block.lowerBound..<rows.lowerBound + block.upperBound
        let queries = QueryBlock(self, result, targets, place, head: head, keyHead: keyHead)
        queries.prepare(tile)
        for source in sources {
          differentiate(queries, block, source, offset: source.keys.rows - rows.count, tile)
        }
      }
    }
  }

  /// One block of queries against all keys of a source that it sees.
  private func differentiate(
    _ queries: QueryBlock, _ block: Range<Int>, _ source: KeySource, offset: Int,
    _ tile: AttentionTile
  ) {
    for keys in source.visibleTiles(to: block, offset: offset, rules)
    where tile.mask(block, keys, source, offset: offset, rules) {
      queries.differentiate(source, keys, tile)
    }
  }
}

/// A block of queries of one head.
private struct QueryBlock {
  let call: AttentionCall
  let queries: MatrixView
  let out: MatrixView
  let dOut: MatrixView
  let logs: MatrixView
  let dQueries: MutableMatrixView?
  let targets: AttentionTargets
  /// Columns of the keys' gradients.
  let keyColumns: Range<Int>

  init(
    _ call: AttentionCall, _ result: AttentionResult, _ targets: AttentionTargets,
    _ place: Range<Int>, head: Int, keyHead: Int
  ) {
    let columns = call.columns(ofHead: head)
    self.call = call
    self.targets = targets
    queries = MatrixView(call.query)[place, columns]
    out = result.out[place, columns]
    dOut = result.dOut[place, columns]
    logs = result.logs[place, head..<head + 1]
    dQueries = targets.query?[place, columns]
    keyColumns = call.columns(ofHead: keyHead)
  }

  /// `Σ_j p_j dp_j = do · o` of each row to `sum`, the saved logarithms to `maximum`.
  func prepare(_ tile: AttentionTile) {
    adapt_row_sums(
      dOut.base, dOut.stride, out.base, out.stride, queries.rows, call.width, tile.sum)
    for i in 0..<queries.rows { tile.maximum[i] = logs.base[i * logs.stride] }
  }

  func differentiate(_ source: KeySource, _ keys: Range<Int>, _ tile: AttentionTile) {
    let (N, all) = (queries.rows, 0..<call.width)
    let (k, v) = (source.keys[keys, all], source.values[keys, all])
    BLAS.product(
      .plain(queries), .transposed(k), scale: call.scale,
      into: MutableMatrixView(tile.scores, rows: N, columns: keys.count))
    BLAS.product(
      .plain(dOut), .transposed(v),
      into: MutableMatrixView(tile.gradients, rows: N, columns: keys.count))
    adapt_attention_backward(
      tile.scores, tile.gradients, N, keys.count, keys.count, tile.first, tile.last,
      call.rules.softCap ?? 0, tile.maximum, tile.sum, call.scale)
    let p = MatrixView(tile.scores, rows: N, columns: keys.count)
    let ds = MatrixView(tile.gradients, rows: N, columns: keys.count)
    if let dQueries {
      BLAS.product(.plain(ds), .plain(k), accumulating: true, into: dQueries)
    }
    guard let target = source.isPrefix ? targets.prefix : targets.keys else { return }
    let rows = source.rows.lowerBound + keys.lowerBound..<source.rows.lowerBound + keys.upperBound
    BLAS.product(
      .transposed(ds), .plain(queries), accumulating: true, into: target.key[rows, keyColumns])
    BLAS.product(
      .transposed(p), .plain(dOut), accumulating: true, into: target.value[rows, keyColumns])
  }
}
