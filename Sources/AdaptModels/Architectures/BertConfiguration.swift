// config.json of BERT encoders, in the spellings of transformers 4 (`torch_dtype`) and 5 (`dtype`).
package import AdaptTensors
package import Foundation

/// The sizes of a BERT encoder and what else its passes need.
package struct BertConfiguration: Sendable, Equatable {
  package var vocabulary: Int
  package var width: Int
  package var layers: Int
  package var heads: Int
  package var feedForward: Int
  package var positions: Int
  package var tokenTypes: Int
  package var epsilon: Float
  /// The function between the two products of the feed-forward part.
  package var nonlinearity: Nonlinearity
  /// The share of hidden numbers dropped in training.
  package var hiddenDropout: Double
  /// The share of attention weights dropped in training.
  package var attentionDropout: Double
  /// The share dropped before a classifier in training.
  package var classifierDropout: Double
  package var padding: Int?
  /// What the model was trained to give; nil where the file does not say.
  package var head: HeadKind?
  package var classifier: ClassifierSettings
  /// The type that the file says the weights have; tensors carry their own.
  package var elementType: ElementType?

  /// The `model_type` values this reads.
  package static let modelTypes = ["bert"]

  /// Reads a `config.json`; keys that do not change what the model computes are left alone.
  ///
  /// - Throws: `ModelFault` naming the key, or the known model types.
  package init(file url: URL) throws(ModelFault) {
    let file = try ConfigurationFile(url)
    let type = try file.text("model_type") ?? "none"
    guard Self.modelTypes.contains(type) else {
      throw .unknownArchitecture(path: file.path, type: type, known: Self.modelTypes)
    }
    vocabulary = try file.integer("vocab_size", in: 1...4_000_000)
    width = try file.integer("hidden_size", in: 1...65_536)
    layers = try file.integer("num_hidden_layers", in: 1...1_024)
    heads = try file.integer("num_attention_heads", in: 1...1_024)
    feedForward = try file.integer("intermediate_size", in: 1...1_048_576)
    positions = try file.integer("max_position_embeddings", in: 3...1_048_576)
    tokenTypes = try file.integer("type_vocab_size", in: 1...1_024, fallback: 2)
    epsilon = Float(try file.number("layer_norm_eps", in: 0...1) ?? 1e-12)
    nonlinearity = try file.nonlinearity("hidden_act", fallback: .gelu)
    hiddenDropout = try file.number("hidden_dropout_prob", in: 0...1) ?? 0.1
    attentionDropout = try file.number("attention_probs_dropout_prob", in: 0...1) ?? 0.1
    classifierDropout = try file.number("classifier_dropout", in: 0...1) ?? hiddenDropout
    padding =
      try file.specialNumbers(vocabulary: vocabulary, absent: SpecialNumbers(padding: 0)).padding
    head = try file.head(family: "Bert")
    classifier = try file.classifier()
    elementType = try file.elementType()
    try check(file)
  }

  /// `nonlinearity` where a product can apply it to its own output, else `.none`: then it is to follow.
  package var activation: Activation {
    switch nonlinearity {
    case .gelu: .gelu
    case .relu: .relu
    default: .none
    }
  }

  /// What would change the forward pass must be what this encoder does.
  private func check(_ file: ConfigurationFile) throws(ModelFault) {
    guard width.isMultiple(of: heads) else {
      throw file.wrong(
        "num_attention_heads", "does not divide `hidden_size`", wanted: "a divisor of \(width)")
    }
    let positions = try file.text("position_embedding_type") ?? "absolute"
    guard positions == "absolute" else {
      throw .unsupported(
        path: file.path, setting: "position_embedding_type", got: positions, known: ["absolute"])
    }
    for key in ["is_decoder", "add_cross_attention"] {
      guard try file.flag(key, fallback: false) == false else {
        throw .unsupported(path: file.path, setting: key, got: "true", known: ["false"])
      }
    }
    guard !file.has("quantization_config") else {
      throw file.wrong("quantization_config", "is not supported here", wanted: "no such key")
    }
    guard head != .questionAnswering || classifier.labels.count == 2 else {
      throw .contradiction(
        path: file.path, what: "a question-answering model has other than two outputs",
        wanted: "2 classes, start and end", got: "\(classifier.labels.count)")
    }
  }
}
