// The matrices of the models whose products are measured.

/// A linear layer's weight `[outputs, inputs]`.
struct ProductShape: Sendable {
  let model: String
  let layer: String
  let outputs: Int
  let inputs: Int

  var name: String { "\(model) \(layer) \(outputs)×\(inputs)" }

  /// Every shape of a Llama decoder, and those of rank-16 adapters on its widest layers.
  private static func decoder(
    _ model: String, width: Int, keys: Int, feedForward: Int, vocabulary: Int
  ) -> [ProductShape] {
    let (D, F, V) = (width, feedForward, vocabulary)
    let rank = 16
    let layers: [(String, Int, Int)] = [
      ("query, output", D, D), ("key, value", keys, D), ("gate, up", F, D), ("down", D, F),
      ("head", V, D), ("LoRA A", rank, D), ("LoRA B", D, rank),
    ]
    return layers.filter { $0.0 != "key, value" || keys != D }
      .map { ProductShape(model: model, layer: $0.0, outputs: $0.1, inputs: $0.2) }
  }

  /// The three models that speed is compared on, and a small one to try the program.
  static func all(isTiny: Bool) -> [ProductShape] {
    guard !isTiny else {
      return decoder("tiny", width: 64, keys: 32, feedForward: 96, vocabulary: 128)
    }
    let encoder: [(String, Int, Int)] = [
      ("query … output", 384, 384), ("up", 1536, 384), ("down", 384, 1536),
    ]
    return decoder("smol135", width: 576, keys: 192, feedForward: 1536, vocabulary: 49_152)
      + decoder("tiny15", width: 288, keys: 288, feedForward: 768, vocabulary: 32_000)
      + encoder.map { ProductShape(model: "minilm", layer: $0.0, outputs: $0.1, inputs: $0.2) }
  }
}
