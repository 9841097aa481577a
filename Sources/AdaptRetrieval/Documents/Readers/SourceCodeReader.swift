// Source code: one block per top-level declaration, with the comment and attributes above it.

struct SourceCodeReader: FormatReader {
  let name = "source code"

  /// The words that open a declaration, per family of languages; a line of code in the first column
  /// after a blank line opens a block in every language.
  private static let languages: [(extensions: Set<String>, keywords: Set<String>)] = [
    (
      ["swift", "kt", "kts", "scala"],
      [
        "func", "fun", "class", "struct", "enum", "protocol", "extension", "actor", "object",
        "trait", "interface", "typealias", "def", "macro",
      ]
    ),
    (["py", "pyi", "rb", "pyx"], ["def", "class", "module", "async"]),
    (
      ["js", "mjs", "cjs", "ts", "tsx", "jsx", "vue", "svelte"],
      ["function", "class", "interface", "type", "enum", "namespace", "export", "async"]
    ),
    (["go"], ["func", "type", "var", "const"]),
    (["rs"], ["fn", "struct", "enum", "trait", "impl", "mod", "macro_rules!", "type", "union"]),
    (
      ["c", "h", "cc", "cpp", "cxx", "hpp", "hh", "cu", "cuh", "m", "mm", "metal"],
      ["struct", "class", "enum", "union", "namespace", "template", "typedef"]
    ),
    (
      ["java", "cs", "php", "dart", "groovy"],
      ["class", "interface", "enum", "record", "struct", "namespace", "function", "trait", "mixin"]
    ),
    (["sql"], ["create", "select", "insert", "update", "delete", "alter", "with", "drop"]),
    (
      ["sh", "bash", "zsh", "fish", "ps1", "pl", "pm", "lua", "r", "jl", "hs", "ml", "ex", "exs"],
      ["function", "sub", "local", "module", "struct", "defmodule", "let", "data", "type", "class"]
    ),
    (["css", "scss", "less", "proto", "graphql", "tf", "cmake", "mk", "gradle", "dockerfile"], []),
  ]

  private static let modifiers: Set<String> = [
    "public", "private", "internal", "package", "fileprivate", "open", "final", "static", "export",
    "default", "abstract", "sealed", "data", "pub", "async", "unsafe", "const", "inline",
    "override",
    "protected", "indirect", "nonisolated", "virtual", "extern", "declare",
  ]

  var extensions: Set<String> {
    Self.languages.reduce(into: []) { $0.formUnion($1.extensions) }
  }

  func read(_ source: DocumentSource) throws(SkipReason) -> Extraction {
    let text = try source.text()
    let keywords = Self.keywords(of: source.fileExtension)
    var blocks = LineBlocks()
    var state = Position.between
    for (index, line) in text.lines.enumerated() {
      let next = Self.position(of: line, after: state, keywords)
      if next == .opening || (next == .lead && state != .lead) { blocks.close() }
      state = next
      blocks.add(line, at: index + 1, kind: .code)
    }
    let document = ExtractedDocument(title: source.fileName, blocks: blocks.finished())
    return Extraction(document: document, encoding: text.encoding)
  }

  /// Where a line stands: before a declaration, at one, inside one, or between two.
  private enum Position {
    case lead
    case opening
    case inside
    case between
  }

  private static func position(
    of line: Substring, after state: Position, _ keywords: Set<String>
  ) -> Position {
    if line.isBlank { return state == .lead ? .lead : .between }
    guard let first = line.first, first.isLetter || "_@#/*\"'`-".contains(first) else {
      return .inside
    }
    if isLead(line) { return state == .lead || state == .between ? .lead : .inside }
    if state == .lead { return .inside }
    if declares(line, keywords) || state == .between { return .opening }
    return .inside
  }

  /// A comment, attribute or decorator: it belongs to the declaration below it.
  private static func isLead(_ line: Substring) -> Bool {
    ["//", "/*", "#", "@", "--", "\"\"\""].contains { line.hasPrefix($0) }
  }

  private static func declares(_ line: Substring, _ keywords: Set<String>) -> Bool {
    let words = line.prefix(200).split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "!") }
    for word in words.prefix(6) {
      let word = word.lowercased()
      if keywords.contains(word) { return true }
      guard modifiers.contains(word) else { return false }
    }
    return false
  }

  private static func keywords(of fileExtension: String) -> Set<String> {
    languages.first { $0.extensions.contains(fileExtension) }?.keywords ?? []
  }
}
