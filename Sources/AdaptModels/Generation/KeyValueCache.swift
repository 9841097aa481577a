// Keys and values of a ragged batch in blocks that are never moved: a token costs reading them, not copying them.
package import AdaptGradients
package import AdaptTensors

/// The cache of generation: any number of sequences, each as long as it is.
///
/// A layer of a sequence is a list of blocks of f32, head by head inside a block, so that a head's keys are
/// neighbours. New blocks are added when the last is full; nothing that is held moves. Layers with a window drop
/// the blocks that it has left behind.
package final class KeyValueCache: AttentionCache {
  /// Tokens of a block; blocks of less than a tile waste less where sequences are short and many.
  package let blockTokens: Int
  private var layers: [[SequenceKeys]]
  /// Of the layers that have one, as attention told.
  private var windows: [Int: Int] = [:]

  /// - Precondition: `blockTokens` is 1 to `KeyBlock.limit`.
  package init(layers: Int, blockTokens: Int = KeyBlock.limit) {
    precondition((1...KeyBlock.limit).contains(blockTokens))
    self.blockTokens = blockTokens
    self.layers = Array(repeating: [], count: layers)
  }

  package var lengths: [Int] { layers.last?.map(\.count) ?? [] }

  /// Bytes of all blocks.
  package var bytes: Int {
    layers.reduce(0) { $0 + $1.reduce(0) { $0 + $1.bytes } }
  }

  package func attend(
    _ new: (query: Tensor, key: Tensor, value: Tensor), prefix: AttentionPrefix?,
    at layer: BaseAttention, segments: Segments
  ) -> Tensor {
    let number = layer.layer
    precondition(number < layers.count, "layer \(number) of a cache for \(layers.count)")
    if layers[number].isEmpty {
      layers[number] = Array(repeating: SequenceKeys(), count: segments.count)
    }
    precondition(layers[number].count == segments.count, "another batch than the cache's")
    let shape = HeadShape(heads: layer.rules.keyHeads, of: new.key)
    for segment in 0..<segments.count {
      layers[number][segment].append(
        new.key, new.value, rows: segments[segment], shape, blockTokens: blockTokens)
    }
    let out = withExtendedLifetime(layers[number]) {
      attention(
        query: new.query, over: layers[number].map(\.views), segments: segments, prefix: prefix,
        rules: layer.rules)
    }
    if let window = layer.rules.window {
      windows[number] = window
      for segment in 0..<segments.count { layers[number][segment].drop(behind: window) }
    }
    return out
  }

  /// Calls `body` with the blocks of every layer and sequence, each with a place for one more token at its end, which
  /// `body` writes.
  ///
  /// - Precondition: a run has filled every layer.
  package func extended(_ body: ([[[KeyBlock]]]) -> Tensor) -> Tensor {
    let views = layers.indices.map { layer in
      layers[layer].indices.map { sequence in
        layers[layer][sequence].extend(blockTokens: blockTokens)
        return layers[layer][sequence].views
      }
    }
    let out = body(views)
    for (layer, window) in windows {
      for sequence in layers[layer].indices { layers[layer][sequence].drop(behind: window) }
    }
    return out
  }

  /// Keeps these sequences, in this order; the others are freed.
  ///
  /// - Precondition: none is named twice.
  package func keep(_ sequences: [Int]) {
    precondition(Set(sequences).count == sequences.count)
    for layer in layers.indices where !layers[layer].isEmpty {
      layers[layer] = sequences.map { layers[layer][$0] }
    }
  }

  /// Forgets the tokens of a sequence from `length` on, so that another text can follow; false where a window
  /// has already dropped what they would attend to, or where there are not so many, and then nothing changes.
  package func shorten(_ sequence: Int, to length: Int) -> Bool {
    guard layers.allSatisfy({ $0.count > sequence && $0[sequence].canShorten(to: length) }) else {
      return false
    }
    for layer in layers.indices { layers[layer][sequence].shorten(to: length) }
    return true
  }
}

/// Heads of a layer's keys: `[rows, count · width]`.
struct HeadShape {
  let count: Int
  let width: Int

  init(heads: Int, of keys: Tensor) {
    precondition(heads > 0 && keys.columns % heads == 0)
    (count, width) = (heads, keys.columns / heads)
  }
}
