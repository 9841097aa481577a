// Where model folders keep their chat templates and the texts of their special tokens.
import AdaptSystem
import Foundation

struct ChatTemplateFiles {
  let folder: URL

  private func file(_ name: String) -> URL? {
    let url = folder.appendingPathComponent(name)
    return FileManager.default.fileExists(atPath: url.path) ? url : nil
  }

  /// The text of a template, from chat_template.jinja, else from the JSON files.
  func template(named name: String?) throws(TemplateFault) -> (text: String, name: String)? {
    if let name, name != "default" {
      guard !name.utf8.contains(0x2F), !name.hasPrefix(".") else {
        throw .unknownName(name, known: [])
      }
      if let url = file("additional_chat_templates/\(name).jinja") {
        return (try Self.text(url), "\(name).jinja")
      }
    } else if let url = file("chat_template.jinja") {
      return (try Self.text(url), "chat_template.jinja")
    }
    for json in ["tokenizer_config.json", "chat_template.json"] {
      guard let url = file(json), let setting = try Self.object(url)["chat_template"] else {
        continue
      }
      if case .none = setting { continue }
      return (try Self.text(of: setting, named: name, path: url.path), "\(json) (chat_template)")
    }
    if let name, name != "default" { throw .unknownName(name, known: []) }
    return nil
  }

  private static func text(
    of setting: TemplateValue, named name: String?, path: String
  ) throws(TemplateFault) -> String {
    if case .string(let text) = setting {
      guard name == nil || name == "default" else {
        throw .unknownName(name ?? "", known: ["default"])
      }
      return text
    }
    guard case .list(let list) = setting else {
      throw .settings(
        path: path, reason: "`chat_template` is neither text nor a list of named templates")
    }
    var texts: [(name: String, text: String)] = []
    for item in list.items {
      guard case .dictionary(let entry) = item, case .string(let name) = entry["name"],
        case .string(let text) = entry["template"]
      else {
        throw .settings(
          path: path, reason: "a template in the list of `chat_template` has no name or no text")
      }
      texts.append((name, text))
    }
    guard let found = texts.first(where: { $0.name.sameText(name ?? "default") }) else {
      throw .unknownName(name ?? "default", known: texts.map(\.name))
    }
    return found.text
  }

  /// Texts of special tokens, by name: each a string, or a mapping with `content`.
  func specialTokens() throws(TemplateFault) -> [String: String] {
    var tokens: [String: String] = [:]
    for json in ["special_tokens_map.json", "tokenizer_config.json"] {
      guard let url = file(json) else { continue }
      for (key, value) in try Self.object(url).entries {
        guard case .string(let name) = key.value, name.hasSuffix("_token") else { continue }
        if case .string(let text) = value { tokens[name] = text }
        if case .dictionary(let token) = value, case .string(let text) = token["content"] {
          tokens[name] = text
        }
      }
    }
    return tokens
  }

  static func text(_ url: URL) throws(TemplateFault) -> String {
    let data = try read(url)
    guard let text = String(validating: data, as: UTF8.self) else {
      throw .settings(path: url.path, reason: "the chat template is not UTF-8")
    }
    return text
  }

  private static func object(_ url: URL) throws(TemplateFault) -> TemplateDictionary {
    let data = try read(url)
    let value: TemplateValue
    do {
      value = try TemplateValue(json: Array(data), path: url.path)
    } catch {
      throw .settings(path: url.path, reason: error.reason)
    }
    guard case .dictionary(let object) = value else {
      throw .settings(path: url.path, reason: "it is no JSON object")
    }
    return object
  }

  private static func read(_ url: URL) throws(TemplateFault) -> Data {
    do {
      return try TokenizerFiles.read(url)
    } catch {
      if case .file(let fault) = error { throw .file(fault) }
      throw .settings(path: url.path, reason: error.diagnosis.what)
    }
  }
}
