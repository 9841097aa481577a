// The names of the tokens with a role, which stand beside a tokenizer in two files.
import AdaptSystem
import Foundation

/// What tokenizer_config.json and special_tokens_map.json say of a tokenizer.
struct SpecialNames {
  /// The settings of tokenizer_config.json; empty without one.
  let settings: [String: JSONValue]
  let settingsPath: String
  private let map: [String: JSONValue]
  private static let limit = 16 << 20

  /// What stands in `folder`; nothing without one.
  ///
  /// - Throws: `TokenizerFault` where one of the files is there and cannot be read.
  init(folder: URL?) throws(TokenizerFault) {
    guard let folder else {
      (settings, map, settingsPath) = ([:], [:], "")
      return
    }
    let url = folder.appendingPathComponent("tokenizer_config.json")
    settingsPath = url.path
    settings = try Self.object(url)
    map = try Self.object(folder.appendingPathComponent("special_tokens_map.json"))
  }

  private static func object(_ url: URL) throws(TokenizerFault) -> [String: JSONValue] {
    guard FileManager.default.fileExists(atPath: url.path) else { return [:] }
    let data = try TokenizerFiles.read(url)
    guard data.count <= limit else {
      throw .file(.tooLarge(path: url.path, bytes: data.count, limit: limit))
    }
    do throws(JSONFault) {
      if case .object(let values) = try JSONValue(Array(data), path: url.path) { return values }
    } catch {
      throw .json(error)
    }
    throw .malformed(path: url.path, reason: "it is no JSON object")
  }

  /// The text of a role, as `bos_token`; tokenizer_config.json counts first.
  func text(_ key: String) -> String? { Self.text(settings[key]) ?? Self.text(map[key]) }

  private static func text(_ value: JSONValue?) -> String? {
    switch value {
    case .string(let text): return text
    case .object(let token):
      if case .string(let text) = token["content"] { return text }
      return nil
    default: return nil
    }
  }

  /// The tokens of `tokenizer` that have a role.
  func tokens(_ tokenizer: Tokenizer) -> NamedTokens {
    func token(_ key: String) -> NamedTokens.Token? {
      text(key).flatMap { text in
        tokenizer.id(of: text).map { NamedTokens.Token(text, id: $0) }
      }
    }
    var tokens = NamedTokens()
    tokens.bos = token("bos_token")
    tokens.eos = token("eos_token")
    tokens.unk = token("unk_token")
    tokens.pad = token("pad_token")
    return tokens
  }
}
