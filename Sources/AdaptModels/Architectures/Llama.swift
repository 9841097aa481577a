// Llama (Touvron et al., arXiv:2302.13971; grouped heads: arXiv:2307.09288): root-mean-square norms before each
// part, rotary positions, a gated feed-forward part.
package import AdaptGradients
package import AdaptTensors
package import Foundation

/// A Llama with its weights.
package struct Llama: CausalLanguageModel {
  package let configuration: LlamaConfiguration
  package let outline: ModelOutline
  package let head: Linear
  private let words: Embedding
  private let layers: [LlamaLayer]
  private let norm: ModelParameter
  private let rotary: RotaryPositions

  /// Opens a model folder; weights are mapped in the form they rest in.
  ///
  /// - Throws: `ModelFault` naming the file and what is wrong or missing in it.
  package init(folder: URL) throws(ModelFault) {
    try self.init(
      LlamaConfiguration(file: folder.appendingPathComponent("config.json")),
      ParameterReader.files(in: folder))
  }

  /// Takes the weights by their Hugging Face names.
  ///
  /// - Throws: `ModelFault.weights` naming the missing tensor, or both shapes where one contradicts the
  ///   configuration; `.surplus` for tensors that have no place.
  package init(_ c: LlamaConfiguration, _ files: WeightFiles) throws(ModelFault) {
    let reader = try ParameterReader(files, anchor: "embed_tokens.weight", usual: ["model.", ""])
    configuration = c
    words = try reader.embedding("embed_tokens", rows: c.vocabulary, width: c.width)
    var layers: [LlamaLayer] = []
    for number in 0..<c.layers { layers.append(try LlamaLayer(c, reader, number)) }
    self.layers = layers
    norm = try reader.vector("norm.weight", c.width)
    reader.leaveBody()
    head =
      c.isTied && !files.contains("lm_head.weight")
      ? reader.linear("lm_head", tiedTo: words.table)
      : try reader.linear("lm_head", in: c.width, out: c.vocabulary, hasBias: false)
    rotary = RotaryPositions(c)
    var outline = ModelOutline(
      architecture: "llama", path: files.path, width: c.width, layers: c.layers,
      headWidth: c.headWidth, rules: Self.rules(c))
    outline.parameters = reader.parameters
    outline.linears = reader.linears
    outline.embeddings = reader.embeddings
    outline.head = head.site
    outline.unused = try reader.unused { $0.hasSuffix(".rotary_emb.inv_freq") }
    self.outline = outline
  }

  fileprivate static func rules(_ c: LlamaConfiguration) -> AttentionRules {
    AttentionRules(heads: c.heads, keyHeads: c.keyValueHeads, isCausal: true)
  }

  package func hidden(
    _ batch: TokenBatch, in pass: Pass, observe: (Variable) -> Void
  ) throws(ModelFault) -> HiddenStates {
    let start = try pass.start(batch, words: words, limit: rotary.limit)
    let table = try rotary.table(length: (start.pass.positions.max() ?? 0) + 1)
    var h = start.rows
    observe(h)
    for layer in layers {
      h = layer(h, table, in: start.pass)
      if layer.number + 1 < layers.count { observe(h) }
    }
    h = h.rmsNormalised(gain: start.pass.variable(norm), epsilon: configuration.epsilon)
    observe(h)
    return HiddenStates(values: h, segments: start.pass.segments, virtual: start.virtual)
  }
}

/// One layer: attention and feed-forward part, each behind its norm and added to the stream.
private struct LlamaLayer: Sendable {
  let number: Int
  let inputNorm: ModelParameter
  let queryKeyValue: [Linear]
  let output: Linear
  let feedForwardNorm: ModelParameter
  let gateUp: [Linear]
  let down: Linear
  let attention: BaseAttention
  let epsilon: Float

  init(_ c: LlamaConfiguration, _ reader: ParameterReader, _ number: Int) throws(ModelFault) {
    let (D, F, name) = (c.width, c.feedForward, "layers.\(number).")
    self.number = number
    epsilon = c.epsilon
    attention = BaseAttention(layer: number, rules: Llama.rules(c))
    inputNorm = try reader.vector(name + "input_layernorm.weight", D)
    var projections: [Linear] = []
    for (part, heads) in [("q", c.heads), ("k", c.keyValueHeads), ("v", c.keyValueHeads)] {
      projections.append(
        try reader.linear(
          name + "self_attn.\(part)_proj", in: D, out: heads * c.headWidth,
          hasBias: c.hasAttentionBias, layer: number))
    }
    queryKeyValue = projections
    output = try reader.linear(
      name + "self_attn.o_proj", in: c.heads * c.headWidth, out: D, hasBias: c.hasAttentionBias,
      layer: number)
    feedForwardNorm = try reader.vector(name + "post_attention_layernorm.weight", D)
    var gates: [Linear] = []
    for part in ["gate", "up"] {
      gates.append(
        try reader.linear(
          name + "mlp.\(part)_proj", in: D, out: F, hasBias: c.hasFeedForwardBias, layer: number))
    }
    gateUp = gates
    down = try reader.linear(
      name + "mlp.down_proj", in: F, out: D, hasBias: c.hasFeedForwardBias, layer: number)
  }

  func callAsFunction(_ h: Variable, _ table: RotaryTable, in pass: Pass) -> Variable {
    pass.layer(number, h) { h, pass in
      let attended = h + pass(.attention(layer: number), h) { attend($0, table, in: $1) }
      return attended + pass(.feedForward(layer: number), attended) { feedForward($0, in: $1) }
    }
  }

  private func attend(_ h: Variable, _ table: RotaryTable, in pass: Pass) -> Variable {
    let x = h.rmsNormalised(gain: pass.variable(inputNorm), epsilon: epsilon)
    let qkv = linears(queryKeyValue, x, in: pass)
    let rules = attention.rules
    let query = qkv[0].rotated(by: table, positions: pass.positions, heads: rules.heads)
    let key = qkv[1].rotated(by: table, positions: pass.positions, heads: rules.keyHeads)
    return output(attention.adapted(query, key, qkv[2], of: x, in: pass), in: pass)
  }

  private func feedForward(_ h: Variable, in pass: Pass) -> Variable {
    let x = h.rmsNormalised(gain: pass.variable(feedForwardNorm), epsilon: epsilon)
    let pair = linears(gateUp, x, in: pass)
    return down(swiGLU(gate: pair[0], up: pair[1]), in: pass)
  }
}
