// Attention over ragged segments as one operation of the tape.
package import AdaptTensors

/// Which keys a query sees, and how scores become weights.
package struct AttentionRules: Sendable, Equatable {
  /// Query heads, H.
  package var heads: Int
  /// Key and value heads, K, each shared by H / K neighbouring query heads.
  package var keyHeads: Int
  /// A query sees keys up to its own position only.
  package var isCausal: Bool
  /// A query at p sees keys less than this many positions away: p - window < key (and key < p + window where
  /// not causal).
  package var window: Int?
  /// Scores become `cap · tanh(score / cap)`, as in Gemma 2 (arXiv:2408.00118, section 2).
  package var softCap: Float?
  /// Factor of the scores; `1 / √W` when nil.
  package var scale: Float?

  package init(
    heads: Int, keyHeads: Int? = nil, isCausal: Bool, window: Int? = nil, softCap: Float? = nil,
    scale: Float? = nil
  ) {
    let keyHeads = keyHeads ?? heads
    precondition(heads > 0 && keyHeads > 0 && heads % keyHeads == 0, "\(heads) over \(keyHeads)")
    precondition((window ?? 1) > 0 && (softCap ?? 1) > 0)
    self.heads = heads
    self.keyHeads = keyHeads
    self.isCausal = isCausal
    self.window = window
    self.softCap = softCap
    self.scale = scale
  }
}

/// Keys and values before those of every segment, seen by each of its queries whatever the mask says.
package struct AttentionPrefix {
  /// `[P, K · W]` where shared, `[S · P, K · W]` where each segment has its own; the values likewise.
  package var keys: Variable
  package var values: Variable
  package var isShared: Bool

  package init(keys: Variable, values: Variable, isShared: Bool = true) {
    precondition(keys.shape == values.shape)
    self.keys = keys
    self.values = values
    self.isShared = isShared
  }
}

/// Where the queries and the keys of each sequence stand; the same places in training.
package struct AttentionSegments: Sendable {
  package var queries: Segments
  package var keys: Segments

  /// Queries and keys of the same tokens.
  package init(_ segments: Segments) {
    self.init(queries: segments, keys: segments)
  }

  /// Keys of a cache, which are more than the queries, or keys that leave out padding, which are fewer and have
  /// no positions: only rules without any can take them.
  package init(queries: Segments, keys: Segments) {
    self.queries = queries
    self.keys = keys
  }
}

/// `softmax(scale · q kᵀ) v` inside each segment and head, as `[N, H · W]`.
///
/// `query [N, H · W]` in `segments.queries`; `key`, `value` `[M, K · W]` in `segments.keys`.
/// Where a segment has more keys than queries (a cache), the last query stands at the last key.
/// Streams over tiles of keys under a running maximum and saves the result and one float a row and head; the
/// backward pass forms the scores again (Dao et al., FlashAttention, arXiv:2205.14135, algorithms 1 and 4; on
/// products of panels). No `[H, T, T]` buffer exists. A query that sees no key gives zeros.
package func attention(
  query: Variable, key: Variable, value: Variable, segments: AttentionSegments,
  prefix: AttentionPrefix? = nil, rules: AttentionRules
) -> Variable {
  let call = AttentionCall(
    query: query.value, key: key.value, value: value.value, segments: segments, prefix: prefix,
    rules: rules)
  let (out, logs) = call.forward()
  let inputs = [query, key, value] + (prefix.map { [$0.keys, $0.values] } ?? [])
  let places = inputs.map(\.place)
  return recorded(out, from: inputs) { dOut, gradients in
    let result = call.backward(
      out: out, logs: logs, dOut: dOut, wantsQuery: gradients.wants(places[0]),
      wantsKeys: places[1...2].contains { gradients.wants($0) },
      wantsPrefix: places[3...].contains { gradients.wants($0) })
    if let dQuery = result.query { gradients.add(to: places[0]) { dQuery } }
    if let keys = result.keys {
      gradients.add(to: places[1]) { keys.key }
      gradients.add(to: places[2]) { keys.value }
    }
    if let rows = result.prefix {
      gradients.add(to: places[3]) { call.prefixGradient(rows.key) }
      gradients.add(to: places[4]) { call.prefixGradient(rows.value) }
    }
  }
}

/// The values of one call, as both passes need them.
struct AttentionCall {
  let query: Tensor
  let key: Tensor
  let value: Tensor
  let segments: Segments
  let keySegments: Segments
  let prefixKeys: Tensor?
  let prefixValues: Tensor?
  let prefixIsShared: Bool
  let rules: AttentionRules
  /// Width of a head, W.
  let width: Int
  let scale: Float

  init(
    query: Tensor, key: Tensor, value: Tensor, segments pair: AttentionSegments,
    prefix: AttentionPrefix?, rules: AttentionRules
  ) {
    let (segments, keySegments) = (pair.queries, pair.keys)
    width = query.columns / rules.heads
    precondition(query.columns == width * rules.heads && key.columns == width * rules.keyHeads)
    precondition(key.shape == value.shape && keySegments.count == segments.count)
    precondition(segments.total == query.rows && keySegments.total == key.rows)
    precondition(
      !rules.isCausal && rules.window == nil
        || (0..<segments.count).allSatisfy {
          segments[$0].isEmpty || keySegments[$0].count >= segments[$0].count
        }, "a segment with more queries than keys")
    if let prefix {
      precondition(prefix.keys.columns == key.columns)
      precondition(
        prefix.isShared || segments.count == 0 || prefix.keys.rows % segments.count == 0)
    }
    self.query = query
    self.key = key
    self.value = value
    self.segments = segments
    self.keySegments = keySegments
    self.rules = rules
    prefixKeys = prefix?.keys.value
    prefixValues = prefix?.values.value
    prefixIsShared = prefix?.isShared ?? true
    scale = rules.scale ?? 1 / Float(max(1, width)).squareRoot()
  }

  /// Prefix rows of one segment, P.
  var prefixCount: Int {
    let rows = prefixKeys?.rows ?? 0
    return prefixIsShared ? rows : rows / max(1, segments.count)
  }

  func columns(ofHead head: Int) -> Range<Int> { head * width..<(head + 1) * width }

  /// The keys that queries of `segment` may see, first the prefix.
  func sources(of segment: Int, keyHead: Int) -> [KeySource] {
    let columns = columns(ofHead: keyHead)
    let own = keySegments[segment]
    var sources = [
      KeySource(
        keys: MatrixView(key)[own, columns], values: MatrixView(value)[own, columns],
        rows: own, isPrefix: false)
    ]
    if let prefixKeys, let prefixValues, prefixCount > 0 {
      let start = prefixIsShared ? 0 : segment * prefixCount
      let rows = start..<start + prefixCount
      let source = KeySource(
        keys: MatrixView(prefixKeys)[rows, columns],
        values: MatrixView(prefixValues)[rows, columns],
        rows: segment * prefixCount..<(segment + 1) * prefixCount, isPrefix: true)
      sources.insert(source, at: 0)
    }
    return sources
  }

  /// The gradient of a prefix from that of its rows in every segment `[S · P, K · W]`.
  func prefixGradient(_ rows: Tensor) -> Tensor {
    guard prefixIsShared, let shape = prefixKeys?.shape else { return rows }
    let size = shape.reduce(1, *)
    return withExtendedLifetime(rows) {
      Tensor(zeros: shape) { out in
        for segment in 0..<segments.count {
          for i in 0..<size { out[i] += rows.storage.base[segment * size + i] }
        }
      }
    }
  }
}

/// Keys and values of one head, and where their gradients go.
struct KeySource {
  let keys: MatrixView
  let values: MatrixView
  /// Rows of the gradients of the keys, or of those of the prefix.
  let rows: Range<Int>
  let isPrefix: Bool
}
