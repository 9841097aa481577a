// The decoder of Llama (Touvron et al., arXiv:2302.13971; grouped heads: arXiv:2307.09288) and the families that
// vary it: root-mean-square norms before each part, rotary positions, a gated feed-forward part.
package import AdaptGradients
package import AdaptTensors
package import Foundation

/// A decoder with its weights; what its family varies stands in its configuration.
package struct Decoder: CausalLanguageModel {
  package let configuration: DecoderConfiguration
  package let outline: ModelOutline
  package let head: Linear
  private let words: Embedding
  private let layers: [DecoderLayer]
  private let norm: RMSNorm
  private let rotary: RotaryPositions
  /// How a step of decoding runs where no adapter stands; nil where layers have more than it knows.
  private let plan: DecoderPlan?

  /// Opens a model folder; weights are mapped in the form they rest in.
  ///
  /// - Throws: `ModelFault` naming the file and what is wrong or missing in it.
  package init(folder: URL) throws(ModelFault) {
    try self.init(
      DecoderConfiguration(file: folder.appendingPathComponent("config.json")),
      ParameterReader.files(in: folder))
  }

  /// Takes the weights by their Hugging Face names.
  ///
  /// - Throws: `ModelFault.weights` naming the missing tensor, or both shapes where one contradicts the
  ///   configuration; `.surplus` for tensors that have no place.
  package init(_ c: DecoderConfiguration, _ files: WeightFiles) throws(ModelFault) {
    let reader = try ParameterReader(
      files, anchor: "embed_tokens.weight", usual: ["model.", ""], modules: "model.")
    configuration = c
    words = try reader.embedding("embed_tokens", rows: c.vocabulary, width: c.width)
    var layers: [DecoderLayer] = []
    for number in 0..<c.layers { layers.append(try DecoderLayer(c, reader, number)) }
    self.layers = layers
    let steps = layers.compactMap(\.step)
    norm = try reader.norm("norm", c.width, c)
    reader.leaveBody()
    head = try reader.head(c.vocabulary, c.width, tiedTo: c.isTied ? words.table : nil)
    rotary = RotaryPositions(c)
    plan =
      steps.count == layers.count && !norm.addsOne
      ? DecoderPlan(
        steps, finalGain: norm.gain.tensor, epsilon: norm.epsilon, headWidth: c.headWidth) : nil
    var outline = ModelOutline(
      architecture: c.family, path: files.path, width: c.width, layers: c.layers,
      headWidth: c.headWidth, rules: c.rules)
    outline.layerPaths = (0..<c.layers).map { "model.layers.\($0)" }
    outline.take(reader, head: head)
    outline.unused = try reader.unused { $0.hasSuffix(".rotary_emb.inv_freq") }
    self.outline = outline
  }

  package var logitCap: Float? { configuration.logitCap }

  package func hidden(
    _ batch: TokenBatch, in pass: Pass, observe: (Variable) -> Void
  ) throws(ModelFault) -> HiddenStates {
    let start = try pass.start(batch, words: words, limit: rotary.limit)
    let table = try rotary.table(length: (start.pass.positions.max() ?? 0) + 1)
    var h = configuration.embeddingScale.map { start.rows.scaled(by: $0) } ?? start.rows
    observe(h)
    for layer in layers {
      h = layer(h, table, in: start.pass)
      if layer.number + 1 < layers.count { observe(h) }
    }
    h = norm(h, in: start.pass)
    observe(h)
    return HiddenStates(values: h, segments: start.pass.segments, virtual: start.virtual)
  }
}

extension Decoder: SteppingModel {
  package func stepped(_ batch: TokenBatch, in pass: Pass) throws(ModelFault) -> HiddenStates? {
    guard let plan, let cache = pass.cache as? KeyValueCache, pass.adapter == nil,
      pass.phase == .decode, Tensor.isFew(batch.tokens.count),
      batch.segments.count == cache.lengths.count, batch.isSeen == nil,
      (0..<batch.segments.count).allSatisfy({ batch.segments[$0].count == 1 })
    else { return nil }
    let start = try pass.start(batch, words: words, limit: rotary.limit)
    let positions = start.pass.positions
    let table = try rotary.table(length: (positions.max() ?? 0) + 1)
    let rows = configuration.embeddingScale.map { start.rows.scaled(by: $0) } ?? start.rows
    let values = cache.extended { keys in
      plan.step(rows.value, positions: positions, table: table, keys: keys)
    }
    return HiddenStates(values: Variable(values), segments: batch.segments, virtual: 0)
  }
}
