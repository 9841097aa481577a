// One layer of a decoder: attention and a gated feed-forward part, each behind its norm and added to the stream.
import AdaptGradients
import AdaptTensors

struct DecoderLayer: Sendable {
  let number: Int
  private let norms: DecoderNorms
  private let attention: DecoderAttention
  private let feedForward: GatedFeedForward

  init(_ c: DecoderConfiguration, _ reader: ParameterReader, _ number: Int) throws(ModelFault) {
    self.number = number
    norms = try DecoderNorms(c, reader, "layers.\(number).")
    attention = try DecoderAttention(c, reader, number)
    feedForward = try GatedFeedForward(c, reader, number)
  }

  func callAsFunction(_ h: Variable, _ table: RotaryTable, in pass: Pass) -> Variable {
    pass.layer(number, h) { h, pass in
      let attended =
        h
        + pass(.attention(layer: number), h) { h, pass in
          let added = attention(norms.attention(h, in: pass), table, in: pass)
          return norms.attentionOutput?(added, in: pass) ?? added
        }
      return attended
        + pass(.feedForward(layer: number), attended) { h, pass in
          let added = feedForward(norms.feedForward(h, in: pass), in: pass)
          return norms.feedForwardOutput?(added, in: pass) ?? added
        }
    }
  }
}

extension DecoderLayer {
  /// What a step of decoding takes; nil where the layer has a part that it does not know.
  var step: DecoderStepLayer? {
    guard norms.isPlain, let own = attention.step, let (gate, up, down) = feedForward.step else {
      return nil
    }
    return DecoderStepLayer(
      gains: (
        norms.attention.gain.tensor, norms.feedForward.gain.tensor,
        attention.queryNorm?.gain.tensor, attention.keyNorm?.gain.tensor
      ),
      attention: (own.projections, own.bias, own.output),
      feedForward: (gate, up, down), rules: attention.attention.rules,
      isRotary: attention.isRotary)
  }
}

extension Linear {
  /// The weight as it rests; nil for one that lies the other way round.
  fileprivate var resting: WeightStorage? {
    weight.weight as? WeightStorage ?? (weight.weight as? Tensor).map { WeightStorage($0) }
  }
}

/// The norms of one layer: before both parts, and where the family has them behind both.
private struct DecoderNorms: Sendable {
  let attention: RMSNorm
  let attentionOutput: RMSNorm?
  let feedForward: RMSNorm
  let feedForwardOutput: RMSNorm?

  /// Norms before both parts alone, of factors that are the gains.
  var isPlain: Bool { attentionOutput == nil && !attention.addsOne }

  init(_ c: DecoderConfiguration, _ reader: ParameterReader, _ name: String) throws(ModelFault) {
    attention = try reader.norm(name + "input_layernorm", c.width, c)
    let second = try reader.norm(name + "post_attention_layernorm", c.width, c)
    guard c.hasOutputNorms else {
      feedForward = second
      (attentionOutput, feedForwardOutput) = (nil, nil)
      return
    }
    attentionOutput = second
    feedForward = try reader.norm(name + "pre_feedforward_layernorm", c.width, c)
    feedForwardOutput = try reader.norm(name + "post_feedforward_layernorm", c.width, c)
  }
}

/// Attention with rotary positions: projections, norms of heads where there are any, and the output.
private struct DecoderAttention: Sendable {
  /// Query, key and value, or one layer with the rows of all three.
  let projections: [Linear]
  let queryNorm: RMSNorm?
  let keyNorm: RMSNorm?
  let output: Linear
  let attention: BaseAttention
  let headWidth: Int
  let isRotary: Bool

  init(_ c: DecoderConfiguration, _ reader: ParameterReader, _ number: Int) throws(ModelFault) {
    let (Q, K) = (c.heads * c.headWidth, c.keyValueHeads * c.headWidth)
    let name = "layers.\(number).self_attn."
    let parts =
      c.isFused ? [("qkv_proj", Q + 2 * K)] : [("q_proj", Q), ("k_proj", K), ("v_proj", K)]
    projections = try reader.linears(
      parts, at: name, in: c.width, hasBias: c.hasQueryBias, layer: number)
    output = try reader.linear(
      name + "o_proj", in: Q, out: c.width, hasBias: c.hasAttentionBias, layer: number)
    queryNorm = c.hasHeadNorms ? try reader.norm(name + "q_norm", c.headWidth, c) : nil
    keyNorm = c.hasHeadNorms ? try reader.norm(name + "k_norm", c.headWidth, c) : nil
    attention = BaseAttention(layer: number, rules: c.rules(ofLayer: number))
    headWidth = c.headWidth
    isRotary = !c.unrotated.contains(number)
  }

  func callAsFunction(_ x: Variable, _ table: RotaryTable, in pass: Pass) -> Variable {
    var (query, key, value) = projected(x, in: pass)
    if let queryNorm { query = queryNorm.heads(query, in: pass) }
    if let keyNorm { key = keyNorm.heads(key, in: pass) }
    if isRotary {
      let rules = attention.rules
      query = query.rotated(by: table, positions: pass.positions, heads: rules.heads)
      key = key.rotated(by: table, positions: pass.positions, heads: rules.keyHeads)
    }
    return output(attention.adapted(query, key, value, of: x, in: pass), in: pass)
  }

  /// The weights of a step; nil where it has no way for one of them.
  var step: (projections: [WeightStorage], bias: Tensor?, output: WeightStorage)? {
    let resting = projections.compactMap(\.resting)
    guard resting.count == projections.count, let own = output.resting, output.bias == nil,
      queryNorm?.addsOne != true
    else { return nil }
    let biases = projections.compactMap { $0.bias?.tensor.elements }
    guard biases.isEmpty || biases.count == projections.count else { return nil }
    let bias = biases.flatMap { $0 }
    return (resting, bias.isEmpty ? nil : Tensor([bias.count], bias), own)
  }

  private func projected(_ x: Variable, in pass: Pass) -> (Variable, Variable, Variable) {
    let parts = linears(projections, x, in: pass)
    if parts.count == 3 { return (parts[0], parts[1], parts[2]) }
    let (Q, K) = (attention.rules.heads * headWidth, attention.rules.keyHeads * headWidth)
    let all = parts[0]
    return (
      all.columns(0..<Q), all.columns(Q..<Q + K), all.columns(Q + K..<Q + 2 * K)
    )
  }
}

/// `down(f(gate x) · up x)` (Shazeer, arXiv:2002.05202).
private struct GatedFeedForward: Sendable {
  /// Gate and up, or one layer with the rows of both.
  let gateUp: [Linear]
  let down: Linear
  let width: Int
  let nonlinearity: Nonlinearity

  init(_ c: DecoderConfiguration, _ reader: ParameterReader, _ number: Int) throws(ModelFault) {
    let (F, name) = (c.feedForward, "layers.\(number).mlp.")
    let parts = c.isFused ? [("gate_up_proj", 2 * F)] : [("gate_proj", F), ("up_proj", F)]
    gateUp = try reader.linears(
      parts, at: name, in: c.width, hasBias: c.hasFeedForwardBias, layer: number)
    down = try reader.linear(
      name + "down_proj", in: F, out: c.width, hasBias: c.hasFeedForwardBias, layer: number)
    width = F
    nonlinearity = c.nonlinearity
  }

  /// Gate, up and down of a step; nil where it has no way for one of them.
  var step: (WeightStorage, WeightStorage, WeightStorage)? {
    let layers = gateUp + [down]
    let resting = layers.compactMap(\.resting)
    guard nonlinearity == .silu, resting.count == 3, layers.allSatisfy({ $0.bias == nil }) else {
      return nil
    }
    return (resting[0], resting[1], resting[2])
  }

  func callAsFunction(_ x: Variable, in pass: Pass) -> Variable {
    var pair = linears(gateUp, x, in: pass)
    if pair.count == 1 {
      pair = [pair[0].columns(0..<width), pair[0].columns(width..<2 * width)]
    }
    guard nonlinearity == .silu else {
      return down(pair[0].activated(nonlinearity) * pair[1], in: pass)
    }
    return down(swiGLU(gate: pair[0], up: pair[1]), in: pass)
  }
}

extension ParameterReader {
  /// `NAME.weight [width]` as a norm of this decoder.
  func norm(
    _ name: String, _ width: Int, _ c: DecoderConfiguration
  ) throws(ModelFault) -> RMSNorm {
    RMSNorm(
      gain: try vector(name + ".weight", width), epsilon: c.epsilon, addsOne: c.addsOneToGains)
  }

  /// Dense layers on one input, by the ends of their names and their outputs.
  fileprivate func linears(
    _ parts: [(end: String, outputs: Int)], at name: String, in input: Int, hasBias: Bool,
    layer: Int
  ) throws(ModelFault) -> [Linear] {
    var layers: [Linear] = []
    for part in parts {
      layers.append(
        try linear(name + part.end, in: input, out: part.outputs, hasBias: hasBias, layer: layer))
    }
    return layers
  }
}
