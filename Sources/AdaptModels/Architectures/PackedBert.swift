// The layers of BERT for reading alone: weights packed for products of some dozens of rows, no tape, no adapters.
import AdaptGradients
import AdaptTensors

/// The layers of a BERT encoder with a packed copy of their dense weights.
package struct PackedBert: Sendable {
  private let weights: PackedLayers
  private let norms: [(attention: Norm, feedForward: Norm)]
  private let heads: Int
  private let activation: Activation
  /// Most bytes of a copy: more would cost more memory than the time is worth.
  private static let limit = 128 << 20

  private struct Norm {
    let gain: Tensor
    let shift: Tensor
    let epsilon: Float

    init(_ norm: LayerNorm) {
      (gain, shift, epsilon) = (norm.gain.tensor, norm.shift.tensor, norm.epsilon)
    }

    func callAsFunction(_ x: Tensor, residual: Tensor) -> Tensor {
      x.layerNormalised(residual: residual, gain: gain, shift: shift, epsilon: epsilon)
    }
  }

  /// Copies the dense weights of `encoder`, 42 MB for MiniLM-L6.
  ///
  /// Nil where it would not pay: processors without AVX-512, copies above 128 MB, and functions between the
  /// products that are neither GELU nor ReLU.
  package init?(_ encoder: Bert) {
    guard PackedLayers.isFast, let activation = encoder.configuration.nonlinearity.activation
    else { return nil }
    let groups = encoder.layers.flatMap { layer in
      [layer.queryKeyValue, [layer.output], [layer.up], [layer.down]].map { $0.map(\.packable) }
    }
    guard PackedLayers.bytes(groups) <= Self.limit else { return nil }
    weights = PackedLayers(groups)
    norms = encoder.layers.map { (Norm($0.outputNorm), Norm($0.downNorm)) }
    heads = encoder.configuration.heads
    self.activation = activation
  }

  /// The stream behind the last layer from that before the first `[N, D]`.
  func callAsFunction(_ stream: Tensor, _ segments: Segments) -> Tensor {
    var h = stream
    for (layer, norms) in norms.enumerated() {
      let context = attention(weights.product(4 * layer, h), heads: heads, segments: segments)
      let attended = norms.attention(weights.product(4 * layer + 1, context), residual: h)
      let inner = weights.product(4 * layer + 2, attended, activation: activation)
      h = norms.feedForward(weights.product(4 * layer + 3, inner), residual: attended)
    }
    return h
  }
}

extension Bert {
  /// The same hidden states as without `packed`, which was made of this encoder, to rounding.
  package func hidden(
    _ batch: TokenBatch, through packed: PackedBert
  ) throws(ModelFault) -> HiddenStates {
    precondition(batch.isSeen == nil, "packed layers see every token")
    let start = try Pass().start(
      batch, words: embeddings.words, limit: configuration.positions)
    let stream = try embeddings(start, batch).value
    let values = packed(stream, start.pass.segments)
    return HiddenStates(
      values: Variable(values), segments: start.pass.segments, virtual: start.virtual)
  }
}

extension Linear {
  fileprivate var packable: PackedLayers.Layer {
    PackedLayers.Layer(
      weight: weight.weight as? WeightStorage ?? WeightStorage(weight.tensor), bias: bias?.tensor)
  }
}
