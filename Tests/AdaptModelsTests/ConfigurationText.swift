// Configurations written for one test: a sound one with changes.
import Foundation

enum ConfigurationText {
  static let llama = """
    {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 340, "hidden_size": 64,
     "intermediate_size": 80, "num_hidden_layers": 2, "num_attention_heads": 4,
     "max_position_embeddings": 128}
    """
  static let bert = """
    {"model_type": "bert", "vocab_size": 340, "hidden_size": 64, "intermediate_size": 80,
     "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 128}
    """

  /// Calls `body` with a file of `text` whose members are replaced by those of the JSON object `changes`.
  ///
  /// The changes are put behind the others as text, so that numbers stay as they are written.
  static func withFile<Result>(
    _ text: String, changing changes: String = "{}", _ body: (URL) throws -> Result
  ) throws -> Result {
    let members = changes.dropFirst().dropLast()
    let whole = members.isEmpty ? text : text.dropLast() + ", " + members + "}"
    return try withFile(Data(whole.utf8), body)
  }

  static func withFile<Result>(_ data: Data, _ body: (URL) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("adapt-\(UUID().uuidString).json")
    try data.write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url)
  }

  /// What a configuration type says to a file with `changes`: nothing when it accepts it.
  static func complaint(
    _ text: String, _ changes: String, _ read: (URL) throws -> some Any
  ) throws -> String? {
    try withFile(text, changing: changes) { url in
      do {
        _ = try read(url)
        return nil
      } catch {
        return "\(error)"
      }
    }
  }
}
