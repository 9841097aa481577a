// A decoder as decoding runs it where nothing is recorded and no adapter stands: weights cut for the threads once.
package import AdaptTensors

/// The weights of one layer of a decoder with gated feed-forward part and norms before both parts.
package struct DecoderStepLayer: Sendable {
  package var attentionGain: Tensor
  package var feedForwardGain: Tensor
  /// Gains of the norms of heads `[W]`.
  package var queryGain: Tensor?
  package var keyGain: Tensor?
  /// Query, key and value.
  package var projections: [WeightStorage]
  /// Of all three, side by side.
  package var projectionBias: Tensor?
  package var output: WeightStorage
  package var gate: WeightStorage
  package var up: WeightStorage
  package var down: WeightStorage
  package var rules: AttentionRules
  package var isRotary: Bool

  package init(
    gains: (attention: Tensor, feedForward: Tensor, query: Tensor?, key: Tensor?),
    attention: (projections: [WeightStorage], bias: Tensor?, output: WeightStorage),
    feedForward: (gate: WeightStorage, up: WeightStorage, down: WeightStorage),
    rules: AttentionRules, isRotary: Bool
  ) {
    (attentionGain, feedForwardGain) = (gains.attention, gains.feedForward)
    (queryGain, keyGain) = (gains.query, gains.key)
    (projections, projectionBias, output) = attention
    (gate, up, down) = (feedForward.gate, feedForward.up, feedForward.down)
    self.rules = rules
    self.isRotary = isRotary
  }
}

/// All layers, ready for a step of decoding.
package struct DecoderPlan: Sendable {
  let layers: [Layer]
  let finalGain: Tensor
  let epsilon: Float
  let width: Int
  let headWidth: Int

  /// An object, as every piece of work looks its layer up: one count of references to keep, not thirty that two
  /// threads fight for.
  final class Layer: Sendable {
    let weights: DecoderStepLayer
    let projections: CutWeights
    let output: CutWeights
    let gateUp: PairedWeights
    let down: CutWeights

    init?(_ layer: DecoderStepLayer) {
      guard let projections = CutWeights(layer.projections),
        let output = CutWeights([layer.output]),
        let gateUp = PairedWeights(layer.gate, layer.up), let down = CutWeights([layer.down])
      else { return nil }
      (weights, self.projections, self.output) = (layer, projections, output)
      (self.gateUp, self.down) = (gateUp, down)
    }
  }

  /// Nil where a weight rests in a form that a step has no kernel for.
  package init?(
    _ layers: [DecoderStepLayer], finalGain: Tensor, epsilon: Float, headWidth: Int
  ) {
    let cut = layers.compactMap(Layer.init)
    guard cut.count == layers.count else { return nil }
    self.layers = cut
    self.finalGain = finalGain
    self.epsilon = epsilon
    width = finalGain.count
    self.headWidth = headWidth
  }

  /// The last hidden states `[N, D]` of one token each of N sequences, from its embeddings.
  ///
  /// `keys` has the blocks of every layer and sequence, the last of them with an empty place at its end for the new
  /// token, which is written here. The result has the bits of the model's own operations.
  /// - Precondition: N is few; the memory of the blocks outlives the call.
  package func step(
    _ embeddings: Tensor, positions: [Int], table: RotaryTable, keys: [[[KeyBlock]]],
    pool: ThreadPool = .shared
  ) -> Tensor {
    precondition(Tensor.isFew(embeddings.rows) && embeddings.columns == width)
    precondition(positions.count == embeddings.rows && keys.count == layers.count)
    precondition(positions.allSatisfy { (0..<table.positions).contains($0) })
    let step = DecoderStep(
      self, rows: embeddings.rows, positions: positions, table: table, keys: keys)
    step.begin(embeddings)
    pool.run(step)
    return step.result
  }
}
