// config.json of BERT encoders, in the spellings of transformers 4 and 5 (they differ in keys not needed here:
// the element type is read from the weights).
package import AdaptTensors
package import Foundation

/// The sizes of a BERT encoder.
package struct BertConfiguration: Sendable, Equatable {
  package var vocabulary: Int
  package var width: Int
  package var layers: Int
  package var heads: Int
  package var feedForward: Int
  package var positions: Int
  package var tokenTypes: Int
  package var epsilon: Float
  package var activation: Activation

  /// The `model_type` values this reads.
  package static let modelTypes = ["bert"]

  /// - Throws: `ModelFault` naming the key, or the known model types.
  package init(file url: URL) throws(ModelFault) {
    let file = try ConfigurationFile(url)
    let type = file.string("model_type") ?? "none"
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
    epsilon = Float(try file.double("layer_norm_eps", fallback: 1e-12))
    activation = try Self.activation(file)
    guard width % heads == 0 else {
      throw .contradiction(
        path: file.path, what: "`num_attention_heads` does not divide `hidden_size`",
        wanted: "a divisor of \(width)", got: "\(heads)")
    }
    try Self.checkKind(file)
  }

  private static func activation(_ file: ConfigurationFile) throws(ModelFault) -> Activation {
    switch file.string("hidden_act") ?? "gelu" {
    case "gelu": return .gelu
    case "relu": return .relu
    case let other:
      throw .unsupported(
        path: file.path, setting: "hidden_act", got: other, known: ["gelu", "relu"])
    }
  }

  /// What would change the forward pass must be what this encoder does.
  private static func checkKind(_ file: ConfigurationFile) throws(ModelFault) {
    let positions = file.string("position_embedding_type") ?? "absolute"
    guard positions == "absolute" else {
      throw .unsupported(
        path: file.path, setting: "position_embedding_type", got: positions, known: ["absolute"])
    }
    guard file.bool("is_decoder") != true else {
      throw .unsupported(path: file.path, setting: "is_decoder", got: "true", known: ["false"])
    }
  }
}
