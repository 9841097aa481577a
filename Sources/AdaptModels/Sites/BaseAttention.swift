// Attention as a model calls it: behind the adapter of its layer, over the keys of a cache where there is one.
package import AdaptGradients
package import AdaptTensors

/// Attention of one layer without its adapter.
package struct BaseAttention: Sendable {
  package let layer: Int
  package let rules: AttentionRules

  package init(layer: Int, rules: AttentionRules) {
    self.layer = layer
    self.rules = rules
  }

  /// `[N, H · W]`; a prefix stands before the keys of the cache and never enters it.
  package func callAsFunction(
    _ query: Variable, _ key: Variable, _ value: Variable, prefix: AttentionPrefix? = nil,
    in pass: Pass
  ) -> Variable {
    guard let cache = pass.cache else {
      guard let seen = pass.seen else {
        return attention(
          query: query, key: key, value: value, segments: AttentionSegments(pass.segments),
          prefix: prefix, rules: rules)
      }
      return attention(
        query: query, key: key.gatheringRows(seen.rows), value: value.gatheringRows(seen.rows),
        segments: AttentionSegments(queries: pass.segments, keys: seen.segments), prefix: prefix,
        rules: rules)
    }
    return Variable(
      cache.attend(
        (query.value, key.value, value.value), prefix: prefix, at: self, segments: pass.segments))
  }

  /// The same through the adapter of this layer.
  package func adapted(
    _ query: Variable, _ key: Variable, _ value: Variable, in pass: Pass
  ) -> Variable {
    guard let adapter = pass.adapter?.attentions[layer] else {
      return self(query, key, value, in: pass)
    }
    return adapter(query, key, value, through: self, in: pass)
  }
}

/// Keys and values of the tokens of a ragged batch that earlier runs computed.
///
/// Virtual tokens of a prompt are in it like any others; prefix keys are not. No gradient passes through it.
package protocol AttentionCache: AnyObject {
  /// Tokens of each segment that runs so far have computed; empty before the first run.
  var lengths: [Int] { get }

  /// Adds the tokens of this run to a layer, and gives their attention over all it holds `[N, H · W]`.
  ///
  /// `query [N, H · W]`, `key`, `value` `[N, K · W]`, rotated, in `segments`; every layer is called once a run, in
  /// order. Where the rules have a window, what it has left behind may be dropped.
  func attend(
    _ new: (query: Tensor, key: Tensor, value: Tensor), prefix: AttentionPrefix?,
    at layer: BaseAttention, segments: Segments
  ) -> Tensor
}
