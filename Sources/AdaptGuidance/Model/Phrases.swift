// The words of the dialogue and the reports: key → text with {placeholders}, in one language.

/// A table of phrases in one language.
package struct Phrases: Sendable, Equatable {
  package let language: Language
  package let entries: [String: String]

  package init(language: Language, entries: [String: String]) {
    self.language = language
    self.entries = entries
  }

  /// The phrase with its `{placeholders}` filled in.
  ///
  /// A missing key gives the key itself in double angle brackets; the loader and the tests see to
  /// it that every key used exists in both languages.
  package func callAsFunction(_ key: String, _ values: [String: String] = [:]) -> String {
    guard var text = entries[key] else { return "«\(key)»" }
    guard text.utf8.contains(UInt8(ascii: "{")) else { return text }
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      text = text.replacing("{\(name)}", with: value)
    }
    return text
  }

  package func has(_ key: String) -> Bool { entries[key] != nil }

  /// The names of the placeholders of a phrase.
  package func placeholders(_ key: String) -> Set<String> {
    guard let text = entries[key] else { return [] }
    return Set(text.matches(of: /\{([a-z_]+)\}/).map { String($0.output.1) })
  }
}
