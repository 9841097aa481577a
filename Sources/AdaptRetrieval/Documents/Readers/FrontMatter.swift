// The YAML block before a Markdown text: what in it says what the text is about.

/// Title and names from front matter, read as a small subset of YAML: keys, texts, lists and maps.
struct FrontMatter {
  /// Lines from the first `---` to the last, both included.
  let lineCount: Int
  /// `title` or `name`, followed by `full_name` in brackets.
  let title: String?
  /// Other names and what describes the text, as a paragraph; nil when there is none.
  let paragraph: String?

  private static let longest = 500
  private static let described: [(key: String, label: String)] = [
    ("aliases", "Also known as"), ("alias", "Also known as"), ("full_name", "Full name"),
    ("summary", "Summary"), ("description", "Description"), ("subtitle", "Subtitle"),
    ("keywords", "Keywords"), ("tags", "Tags"), ("author", "Author"), ("authors", "Authors"),
  ]

  /// Nil when the text does not start with a closed block of front matter.
  init?(_ lines: [Substring]) {
    guard lines.first?.trimmed == "---" else { return nil }
    let end = lines.dropFirst().prefix(Self.longest).firstIndex {
      $0.trimmed == "---" || $0.trimmed == "..."
    }
    guard let end else { return nil }
    lineCount = end + 1
    let values = Self.values(in: lines[1..<end])
    let name = (values["title"] ?? values["name"])?.joined(separator: " / ")
    let fullName = values["full_name"]?.joined(separator: " / ")
    let heading: String? =
      switch (name, fullName) {
      case (let name?, let full?) where name != full: "\(name) (\(full))"
      default: name ?? fullName
      }
    title = heading
    let shown = Self.described.compactMap { key, label -> String? in
      guard let list = values[key], !list.isEmpty, !(key == "full_name" && heading != nil) else {
        return nil
      }
      return "\(label): \(list.joined(separator: ", "))."
    }
    paragraph = shown.isEmpty ? nil : shown.joined(separator: " ")
  }

  /// All texts below each key of the first column, in order.
  private static func values(in lines: ArraySlice<Substring>) -> [String: [String]] {
    var result: [String: [String]] = [:]
    var key = ""
    for line in lines where !line.isBlank && line.trimmed.first != "#" {
      var text = line.trimmed
      if line.indentation == 0, text.first != "-", let colon = text.firstIndex(of: ":") {
        key = text[..<colon].trimmed.lowercased()
        text = text[colon...].dropFirst().trimmed
      } else if text.first == "-" {
        text = text.dropFirst().trimmed
      } else if let colon = text.firstRange(of: ": ") {
        text = text[colon.upperBound...].trimmed
      }
      result[key, default: []] += scalars(text)
    }
    return result.mapValues { $0.filter { !$0.isEmpty } }.filter { !$0.value.isEmpty }
  }

  /// One text, or the texts of `[a, b]` and `{k: a, l: b}`.
  private static func scalars(_ text: Substring) -> [String] {
    if ["|", ">", "|-", ">-"].contains(text) { return [] }
    if text.first == "[", text.last == "]" {
      return pieces(text.dropFirst().dropLast()).map(unquoted)
    }
    if text.first == "{", text.last == "}" {
      return pieces(text.dropFirst().dropLast()).map { piece in
        unquoted(piece.firstIndex(of: ":").map { piece[$0...].dropFirst() } ?? piece)
      }
    }
    return [unquoted(text)]
  }

  /// Cuts at commas outside of quotes.
  private static func pieces(_ text: Substring) -> [Substring] {
    var pieces: [Substring] = []
    var start = text.startIndex
    var quote: Character?
    for index in text.indices {
      let character = text[index]
      if let open = quote {
        if character == open { quote = nil }
      } else if character == "\"" || character == "'" {
        quote = character
      } else if character == "," {
        pieces.append(text[start..<index])
        start = text.index(after: index)
      }
    }
    return pieces + [text[start...]]
  }

  private static func unquoted(_ text: Substring) -> String {
    let text = text.trimmed
    if text.count >= 2, let first = text.first, first == text.last, first == "\"" || first == "'" {
      return String(text.dropFirst().dropLast())
    }
    return String(text.firstRange(of: " #").map { text[..<$0.lowerBound].trimmed } ?? text)
  }
}
