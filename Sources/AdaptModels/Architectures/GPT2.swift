// GPT-2 (Radford et al., "Language Models are Unsupervised Multitask Learners", 2019): learned positions, layer
// norms before each part, and dense layers whose weights lie transposed.
package import AdaptGradients
package import AdaptTensors
package import Foundation

/// A GPT-2 with its weights.
package struct GPT2: CausalLanguageModel {
  package let configuration: GPT2Configuration
  package let outline: ModelOutline
  package let head: Linear
  private let words: Embedding
  private let positions: Embedding
  private let layers: [GPT2Layer]
  private let norm: LayerNorm

  /// Opens a model folder; weights are mapped in the form they rest in.
  ///
  /// - Throws: `ModelFault` naming the file and what is wrong or missing in it.
  package init(folder: URL) throws(ModelFault) {
    try self.init(
      GPT2Configuration(file: folder.appendingPathComponent("config.json")),
      ParameterReader.files(in: folder))
  }

  /// Takes the weights by their Hugging Face names, with or without `transformer.` before them.
  ///
  /// - Throws: `ModelFault.weights` naming the missing tensor, or both shapes where one contradicts the
  ///   configuration; `.surplus` for tensors that have no place.
  package init(_ c: GPT2Configuration, _ files: WeightFiles) throws(ModelFault) {
    let reader = try ParameterReader(
      files, anchor: "wte.weight", usual: ["transformer.", ""], modules: "transformer.")
    configuration = c
    words = try reader.embedding("wte", rows: c.vocabulary, width: c.width)
    positions = try reader.embedding("wpe", rows: c.positions, width: c.width)
    var layers: [GPT2Layer] = []
    for number in 0..<c.layers { layers.append(try GPT2Layer(c, reader, number)) }
    self.layers = layers
    norm = try reader.layerNorm("ln_f", c.width, c.epsilon)
    reader.leaveBody()
    head = try reader.head(c.vocabulary, c.width, tiedTo: c.isTied ? words.table : nil)
    var outline = ModelOutline(
      architecture: GPT2Configuration.modelType, path: files.path, width: c.width,
      layers: c.layers, headWidth: c.width / c.heads,
      rules: AttentionRules(heads: c.heads, isCausal: true))
    outline.layerPaths = (0..<c.layers).map { "transformer.h.\($0)" }
    outline.take(reader, head: head)
    // Old files hold the causal mask.
    outline.unused = try reader.unused {
      $0.hasSuffix(".attn.bias") || $0.hasSuffix(".attn.masked_bias")
    }
    self.outline = outline
  }

  package func hidden(
    _ batch: TokenBatch, in pass: Pass, observe: (Variable) -> Void
  ) throws(ModelFault) -> HiddenStates {
    let start = try pass.start(batch, words: words, limit: configuration.positions)
    if let wrong = start.pass.positions.first(where: { $0 < 0 }) {
      throw .tokenOutOfRange(id: wrong, vocabulary: positions.rows)
    }
    var h = start.rows + positions(start.pass.positions.map { Int32($0) }, in: start.pass)
    observe(h)
    for layer in layers {
      h = layer(h, in: start.pass)
      if layer.number + 1 < layers.count { observe(h) }
    }
    h = norm(h, in: start.pass)
    observe(h)
    return HiddenStates(values: h, segments: start.pass.segments, virtual: start.virtual)
  }
}

/// One layer: attention and feed-forward part, each behind its norm and added to the stream.
private struct GPT2Layer: Sendable {
  let number: Int
  let attentionNorm: LayerNorm
  /// Query, key and value side by side.
  let queryKeyValue: Linear
  let output: Linear
  let attention: BaseAttention
  let feedForwardNorm: LayerNorm
  let up: Linear
  let down: Linear
  let nonlinearity: Nonlinearity

  init(_ c: GPT2Configuration, _ reader: ParameterReader, _ number: Int) throws(ModelFault) {
    let (D, F, name) = (c.width, c.feedForward, "h.\(number).")
    self.number = number
    nonlinearity = c.nonlinearity
    attentionNorm = try reader.layerNorm(name + "ln_1", D, c.epsilon)
    queryKeyValue = try reader.transposedLinear(name + "attn.c_attn", in: D, out: 3 * D, number)
    output = try reader.transposedLinear(name + "attn.c_proj", in: D, out: D, number)
    feedForwardNorm = try reader.layerNorm(name + "ln_2", D, c.epsilon)
    up = try reader.transposedLinear(name + "mlp.c_fc", in: D, out: F, number)
    down = try reader.transposedLinear(name + "mlp.c_proj", in: F, out: D, number)
    attention = BaseAttention(
      layer: number,
      rules: AttentionRules(heads: c.heads, isCausal: true, scale: c.scale(ofLayer: number)))
  }

  func callAsFunction(_ h: Variable, in pass: Pass) -> Variable {
    pass.layer(number, h) { h, pass in
      let attended = h + pass(.attention(layer: number), h) { attend($0, in: $1) }
      return attended + pass(.feedForward(layer: number), attended) { feedForward($0, in: $1) }
    }
  }

  private func attend(_ h: Variable, in pass: Pass) -> Variable {
    let width = h.columns
    let all = queryKeyValue(attentionNorm(h, in: pass), in: pass)
    let parts = (0..<3).map { all.columns($0 * width..<($0 + 1) * width) }
    return output(attention.adapted(parts[0], parts[1], parts[2], in: pass), in: pass)
  }

  private func feedForward(_ h: Variable, in pass: Pass) -> Variable {
    down(up(feedForwardNorm(h, in: pass), then: nonlinearity, in: pass), in: pass)
  }
}

extension GPT2Configuration {
  /// The factor of a layer's scores; nil for the usual one.
  fileprivate func scale(ofLayer number: Int) -> Float? {
    guard scalesScoresByLayer || !scalesScores else { return nil }
    let root = scalesScores ? Float(width / heads).squareRoot() : 1
    return 1 / (root * (scalesScoresByLayer ? Float(number + 1) : 1))
  }
}
