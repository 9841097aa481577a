// The settings of one part of a tokenizer file, read with a check at every key.
import AdaptSystem

/// A part as `{"type": "Split", …}`.
struct PartSettings {
  let path: String
  /// What it is to the file, as `normalizer`.
  let role: String
  let type: String
  private let values: [String: JSONValue]

  /// Nil where the file has null, or nothing, in its place.
  init?(_ value: JSONValue?, role: String, path: String) throws(TokenizerFault) {
    self.path = path
    self.role = role
    guard let value, !value.isNull else { return nil }
    guard case .object(let values) = value, case .string(let type) = values["type"] else {
      throw .malformed(path: path, reason: "its \(role) is no object with a `type`")
    }
    self.type = type
    self.values = values
  }

  /// The value of a key that is there and not null.
  func value(_ key: String) -> JSONValue? {
    guard let value = values[key], !value.isNull else { return nil }
    return value
  }

  func bool(_ key: String, _ usual: Bool) throws(TokenizerFault) -> Bool {
    guard let value = value(key) else { return usual }
    guard case .boolean(let bool) = value else { throw fault(key, "true or false") }
    return bool
  }

  func string(_ key: String) throws(TokenizerFault) -> String? {
    guard let value = value(key) else { return nil }
    guard case .string(let text) = value else { throw fault(key, "a string") }
    return text
  }

  func needed(_ key: String) throws(TokenizerFault) -> String {
    guard let text = try string(key) else { throw fault(key, "a string") }
    return text
  }

  func count(_ key: String, _ usual: Int) throws(TokenizerFault) -> Int {
    guard let value = value(key) else { return usual }
    guard let count = value.int, (0...1_000_000).contains(count) else {
      throw fault(key, "a whole number from 0 to 1000000")
    }
    return count
  }

  /// A string of one scalar.
  func scalar(_ key: String, _ usual: UInt32? = nil) throws(TokenizerFault) -> UInt32 {
    guard let text = try string(key) else {
      if let usual { return usual }
      throw fault(key, "one character")
    }
    guard let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1 else {
      throw fault(key, "one character")
    }
    return scalar.value
  }

  /// One of the cases of `Choice`.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, default usual: Choice?
  ) throws(TokenizerFault) -> Choice where Choice.RawValue == String {
    guard let text = try string(key) else {
      if let usual { return usual }
      throw fault(key, "a string")
    }
    guard let choice = Choice(rawValue: text) else {
      throw .unsupported(
        path: path, part: "\(key) of the \(role) \(type)", got: text,
        known: Choice.allCases.map(\.rawValue))
    }
    return choice
  }

  /// `{"String": "…"}` or `{"Regex": "…"}`.
  func pattern(_ key: String) throws(TokenizerFault) -> TextPattern {
    guard case .object(let pattern) = value(key) else { throw fault(key, "a pattern") }
    if case .string(let text) = pattern["String"] { return .literal(Array(text.utf8)) }
    guard case .string(let text) = pattern["Regex"] else {
      throw fault(key, "a pattern with `String` or `Regex`")
    }
    return .regex(try Self.regex(text, path))
  }

  static func regex(_ text: String, _ path: String) throws(TokenizerFault) -> SplitPattern {
    do throws(PatternFault) {
      return try SplitPattern(text)
    } catch {
      throw .pattern(path: path, error)
    }
  }

  /// The parts of a sequence.
  func list(_ key: String) throws(TokenizerFault) -> [PartSettings] {
    guard case .array(let items) = value(key) else { throw fault(key, "a list") }
    var parts: [PartSettings] = []
    for item in items {
      guard let part = try PartSettings(item, role: role, path: path) else {
        throw fault(key, "no null")
      }
      parts.append(part)
    }
    return parts
  }

  /// A pair of text and number as `["[CLS]", 101]`.
  func token(_ key: String) throws(TokenizerFault) -> Int32 {
    guard case .array(let pair) = value(key), pair.count == 2, let number = pair[1].int,
      let id = Int32(exactly: number), (0..<VocabularyLimits.pieces).contains(id)
    else { throw fault(key, "a token and its number") }
    return id
  }

  func unknown(_ known: [String]) -> TokenizerFault {
    .unsupported(path: path, part: role, got: type, known: known)
  }

  func fault(_ key: String, _ wanted: String) -> TokenizerFault {
    .malformed(
      path: path, reason: "`\(key)` of its \(role) \(type.excerpt): wanted \(wanted)")
  }
}
