// config.json of decoders with rotary positions and gated feed-forward parts, in the spellings of transformers 4
// (`rope_theta`, `rope_scaling`, `torch_dtype`) and 5 (`rope_parameters`, `dtype`).
import AdaptGradients
package import AdaptTensors
package import Foundation

/// The sizes of a decoder and what else its forward pass needs.
package struct DecoderConfiguration: CausalConfiguration {
  /// Its `model_type`.
  package var family: String
  package var vocabulary: Int
  package var width: Int
  package var layers: Int
  /// Query heads.
  package var heads: Int
  /// Key and value heads; a divisor of `heads`.
  package var keyValueHeads: Int
  /// Components of one head.
  package var headWidth: Int
  package var feedForward: Int
  package var positions: Int
  /// Added to the mean square in every norm.
  package var epsilon: Float
  package var nonlinearity: Nonlinearity
  /// Whether the output head is the embedding table.
  package var isTied: Bool
  /// Whether query, key, value and output projections have biases.
  package var hasAttentionBias: Bool
  package var hasFeedForwardBias: Bool
  /// The share of attention weights dropped in training.
  package var attentionDropout: Double
  package var rotary: RotarySettings
  package var special: SpecialNumbers
  /// What the model was trained to give; nil where the file does not say.
  package var head: HeadKind?
  package var classifier: ClassifierSettings
  /// The type that the file says the weights have; tensors carry their own.
  package var elementType: ElementType?

  // What families vary.

  /// Whether query, key and value projections have biases; the output's is `hasAttentionBias`.
  package var hasQueryBias: Bool
  /// Query, key and value are one dense layer, gate and up another.
  package var isFused = false
  /// Queries and keys are normalised head by head before they turn.
  package var hasHeadNorms = false
  /// Both parts of a layer are normalised behind as well as before.
  package var hasOutputNorms = false
  /// Norms multiply with 1 + gain.
  package var addsOneToGains = false
  /// Factor of the embeddings.
  package var embeddingScale: Float?
  /// Layers that attend to less than this many tokens back, by number.
  package var windows: [Int: Int] = [:]
  /// Layers without rotary positions.
  package var unrotated: Set<Int> = []
  /// Attention scores and logits become `cap · tanh(x / cap)`.
  package var attentionCap: Float?
  package var logitCap: Float?
  /// Factor of attention scores; `1 / √headWidth` when nil.
  package var attentionScale: Float?

  /// The `model_type` values this reads.
  package static var modelTypes: [String] { DecoderFamily.all.map(\.type) }
  /// Most positions read.
  static let positionLimit = 1 << 26

  /// Reads a `config.json`; keys that do not change what the model computes are left alone.
  ///
  /// - Throws: `ModelFault` naming the key, what was wanted and what it got.
  package init(file url: URL) throws(ModelFault) {
    let file = try ConfigurationFile(url)
    let type = try file.text("model_type") ?? "none"
    guard let family = DecoderFamily.all.first(where: { $0.type == type }) else {
      throw .unknownArchitecture(path: file.path, type: type, known: Self.modelTypes)
    }
    try self.init(file, family)
  }

  init(_ file: ConfigurationFile, _ family: DecoderFamily) throws(ModelFault) {
    self.family = family.type
    vocabulary = try file.integer("vocab_size", in: 1...4_000_000)
    width = try file.integer("hidden_size", in: 1...65_536)
    layers = try file.integer("num_hidden_layers", in: 1...1_024)
    feedForward = try file.integer("intermediate_size", in: 1...1_048_576)
    positions = try file.integer("max_position_embeddings", in: 1...Self.positionLimit)
    for key in family.required where !file.has(key) && !file.isNull(key) {
      throw .configuration(path: file.path, reason: "no \(file.name(key))")
    }
    (heads, keyValueHeads, headWidth) = try file.attentionHeads(width: width)
    epsilon = Float(try file.number("rms_norm_eps", in: 0...1) ?? family.epsilon)
    nonlinearity = try file.nonlinearity(
      family.nonlinearityKey, fallback: family.nonlinearity, allowed: [family.nonlinearity])
    isTied = try file.flag("tie_word_embeddings", fallback: family.isTied)
    hasAttentionBias = try file.flag("attention_bias", fallback: false)
    hasQueryBias = hasAttentionBias
    hasFeedForwardBias = try file.flag("mlp_bias", fallback: false)
    attentionDropout = try file.number("attention_dropout", in: 0...1) ?? 0
    rotary = try RotarySettings(file, positions: positions, usualBase: family.rotaryBase)
    special = try file.specialNumbers(vocabulary: vocabulary, absent: family.special)
    head = try file.head(family: family.className)
    classifier = try file.classifier()
    elementType = try file.elementType()
    try family.read(file, &self)
    try check(file, family)
  }

  /// What would change the forward pass must be what is computed here.
  private func check(_ file: ConfigurationFile, _ family: DecoderFamily) throws(ModelFault) {
    if case .other(let name) = head {
      throw .unsupported(
        path: file.path, setting: "architectures", got: name,
        known: ["Model", "ForCausalLM", "ForSequenceClassification"].map { family.className + $0 })
    }
    if case .dynamic = rotary.scaling, headWidth < 4 {
      throw .contradiction(
        path: file.path, what: "heads too narrow for dynamic rotary positions",
        wanted: "at least 4 components", got: "\(headWidth)")
    }
    try file.checkUnchanged(positions: positions, own: family.own)
  }
}

extension DecoderConfiguration {
  /// The rules of attention without a window, as most layers have them.
  var rules: AttentionRules {
    AttentionRules(
      heads: heads, keyHeads: keyValueHeads, isCausal: true, softCap: attentionCap,
      scale: attentionScale)
  }

  func rules(ofLayer number: Int) -> AttentionRules {
    var rules = rules
    rules.window = windows[number]
    return rules
  }

  /// Trainable numbers of the body, and of the output head where it has its own.
  package var parameters: Int {
    let (D, F, Q, K) = (width, feedForward, heads * headWidth, keyValueHeads * headWidth)
    let biases = (hasQueryBias ? Q + 2 * K : 0) + (hasAttentionBias ? D : 0)
    let attention = 2 * D * (Q + K) + biases + (hasHeadNorms ? 2 * headWidth : 0)
    let feed = 3 * D * F + (hasFeedForwardBias ? 2 * F + D : 0)
    let norms = (hasOutputNorms ? 4 : 2) * D
    let head = head == .causalLanguageModel && !isTied ? vocabulary * D : 0
    return vocabulary * D + layers * (attention + feed + norms) + D + head
  }

  package var summary: ModelSummary {
    ModelSummary(
      family: family, vocabulary: vocabulary, width: width, layers: layers, heads: heads,
      keyValueHeads: keyValueHeads, headWidth: headWidth, feedForward: feedForward,
      positions: rotary.limit(positions: positions), window: windows.values.min(),
      isTied: isTied, elementType: elementType, special: special, parameters: parameters)
  }

  package func model(_ files: WeightFiles) throws(ModelFault) -> any CausalLanguageModel {
    try Decoder(self, files)
  }
}
