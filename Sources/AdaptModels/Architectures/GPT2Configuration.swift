// config.json of GPT-2.
package import AdaptTensors
package import Foundation

/// The sizes of a GPT-2 and what else its forward pass needs.
package struct GPT2Configuration: CausalConfiguration {
  package var vocabulary: Int
  package var width: Int
  package var layers: Int
  package var heads: Int
  package var feedForward: Int
  package var positions: Int
  /// Added to the variance in every norm.
  package var epsilon: Float
  package var nonlinearity: Nonlinearity
  /// Whether the output head is the embedding table.
  package var isTied: Bool
  /// Whether scores are divided by the root of a head's width.
  package var scalesScores: Bool
  /// Whether scores are also divided by the number of the layer, counted from 1.
  package var scalesScoresByLayer: Bool
  package var special: SpecialNumbers
  /// What the model was trained to give; nil where the file does not say.
  package var head: HeadKind?
  package var classifier: ClassifierSettings
  /// The type that the file says the weights have; tensors carry their own.
  package var elementType: ElementType?

  /// The `model_type` this reads.
  package static let modelType = "gpt2"
  static let className = "GPT2"

  /// Reads a `config.json`; keys that do not change what the model computes are left alone.
  ///
  /// - Throws: `ModelFault` naming the key, what was wanted and what it got.
  package init(file url: URL) throws(ModelFault) {
    let file = try ConfigurationFile(url)
    let type = try file.text("model_type") ?? "none"
    guard type == Self.modelType else {
      throw .unknownArchitecture(path: file.path, type: type, known: [Self.modelType])
    }
    try self.init(file)
  }

  init(_ file: ConfigurationFile) throws(ModelFault) {
    vocabulary = try file.integer("vocab_size", in: 1...4_000_000)
    width = try file.integer("n_embd", in: 1...65_536)
    layers = try file.integer("n_layer", in: 1...1_024)
    heads = try file.integer("n_head", in: 1...4_096)
    guard width.isMultiple(of: heads) else {
      throw file.wrong(
        "n_head", "does not divide `n_embd`", wanted: "a divisor of \(width)")
    }
    feedForward = try file.integer("n_inner", in: 1...1_048_576, fallback: 4 * width)
    positions = try file.integer("n_positions", in: 1...DecoderConfiguration.positionLimit)
    epsilon = Float(try file.number("layer_norm_epsilon", in: 0...1) ?? 1e-5)
    nonlinearity = try file.nonlinearity("activation_function", fallback: .geluTanh)
    isTied = try file.flag("tie_word_embeddings", fallback: true)
    scalesScores = try file.flag("scale_attn_weights", fallback: true)
    scalesScoresByLayer = try file.flag("scale_attn_by_inverse_layer_idx", fallback: false)
    special = try file.specialNumbers(
      vocabulary: vocabulary, absent: SpecialNumbers(begin: 50_256, ends: [50_256]))
    head = try file.head(family: Self.className)
    classifier = try file.classifier()
    elementType = try file.elementType()
    if case .other(let name) = head {
      throw .unsupported(
        path: file.path, setting: "architectures", got: name,
        known: ["GPT2Model", "GPT2LMHeadModel", "GPT2ForSequenceClassification"])
    }
    try file.checkUnchanged(positions: positions, own: [])
  }

  /// Trainable numbers of the body, and of the output head where it has its own.
  package var parameters: Int {
    let (D, F) = (width, feedForward)
    let attention = 4 * D * D + 4 * D
    let layer = attention + 2 * D * F + F + D + 4 * D
    let head = head == .causalLanguageModel && !isTied ? vocabulary * D : 0
    return (vocabulary + positions) * D + layers * layer + 2 * D + head
  }

  package var summary: ModelSummary {
    ModelSummary(
      family: Self.modelType, vocabulary: vocabulary, width: width, layers: layers, heads: heads,
      keyValueHeads: heads, headWidth: width / heads, feedForward: feedForward,
      positions: positions, window: nil, isTied: isTied, elementType: elementType,
      special: special, parameters: parameters)
  }

  package func model(_ files: WeightFiles) throws(ModelFault) -> any CausalLanguageModel {
    try GPT2(self, files)
  }
}
