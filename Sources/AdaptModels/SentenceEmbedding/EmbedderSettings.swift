// What a sentence-embedding folder says beside the encoder: how tokens become one vector, and how many are read.
import Foundation

/// How the hidden states of a text become its vector.
package enum Pooling: String, Sendable, Equatable, CaseIterable {
  case mean
  /// The first token's hidden state.
  case cls
}

/// modules.json, the pooling's config.json and sentence_bert_config.json, each optional.
struct EmbedderSettings {
  /// Where config.json, weights and tokenizer lie: the folder itself or the one of its first module.
  private(set) var encoderFolder: URL
  private(set) var pooling = Pooling.mean
  /// As the folder asks for it; nil leaves it to the encoder's positions.
  private(set) var maximumTokens: Int?
  private(set) var lowercases: Bool?

  /// - Throws: `ModelFault` naming the module or mode that has no code here.
  init(folder: URL) throws(ModelFault) {
    encoderFolder = folder
    try readModules(folder)
    if let file = try ConfigurationFile.optional(
      encoderFolder.appendingPathComponent("sentence_bert_config.json"))
    {
      if file.has("max_seq_length") {
        maximumTokens = try file.integer("max_seq_length", in: 3...1_048_576)
      }
      // False means "leave it to the tokenizer", as in sentence-transformers.
      lowercases = file.bool("do_lower_case") == true ? true : nil
    }
  }

  private mutating func readModules(_ folder: URL) throws(ModelFault) {
    let url = folder.appendingPathComponent("modules.json")
    guard FileManager.default.fileExists(atPath: url.path) else { return }
    guard let modules = try ConfigurationFile.json(url) as? [[String: Any]], !modules.isEmpty
    else { throw .configuration(path: url.path, reason: "it is no list of modules") }
    for module in modules {
      let path = module["path"] as? String ?? ""
      guard !path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
        throw .configuration(path: url.path, reason: "module path `\(path)` leaves the folder")
      }
      let place = path.isEmpty ? folder : folder.appendingPathComponent(path)
      let type = (module["type"] as? String ?? "none").split(separator: ".").last.map(String.init)
      switch type {
      case "Transformer": encoderFolder = place
      case "Pooling": pooling = try Self.pooling(place.appendingPathComponent("config.json"))
      case "Normalize": break
      case let other:
        throw .unsupported(
          path: url.path, setting: "module type", got: other ?? "none",
          known: ["Transformer", "Pooling", "Normalize"])
      }
    }
  }

  private static func pooling(_ url: URL) throws(ModelFault) -> Pooling {
    let file = try ConfigurationFile(url)
    let flags = [
      ("pooling_mode_cls_token", "cls"), ("pooling_mode_mean_tokens", "mean"),
      ("pooling_mode_max_tokens", "max"), ("pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len"),
      ("pooling_mode_weightedmean_tokens", "weightedmean"), ("pooling_mode_lasttoken", "lasttoken"),
    ]
    var modes = flags.filter { file.bool($0.0) == true }.map(\.1)
    if let mode = file.string("pooling_mode") { modes = [mode] }
    guard modes.count == 1, let pooling = Pooling(rawValue: modes[0]) else {
      throw .unsupported(
        path: url.path, setting: "pooling mode",
        got: modes.isEmpty ? "none" : modes.joined(separator: " + "),
        known: Pooling.allCases.map(\.rawValue))
    }
    return pooling
  }
}
