// The small part of Markdown that cards use, as blocks for the terminal.
import AdaptSystem

/// Reads headings, lists and paragraphs; everything else stays as it is written.
package enum MarkdownBlocks {
  /// The blocks of a text: fenced code and tables verbatim, paragraphs filled anew.
  package static func blocks(_ markdown: String) -> [WalkBlock] {
    var reader = Reader()
    for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
      reader.take(String(line))
    }
    return reader.finish()
  }

  /// The first sentence of a text, without line breaks.
  package static func firstSentence(_ text: String) -> String {
    let flat = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    var previous: Character?
    for index in flat.indices {
      let character = flat[index]
      if character == "。" { return String(flat[...index]) }
      if character == " ", previous == "." { return String(flat[..<index]) }
      previous = character
    }
    return flat
  }

  private struct Reader {
    var blocks: [WalkBlock] = []
    var paragraph: [String] = []
    var isBullet = false
    var isCode = false

    mutating func take(_ line: String) {
      let trimmed = line.trimmedSpaces
      if trimmed.hasPrefix("```") {
        close()
        isCode.toggle()
      } else if isCode || trimmed.hasPrefix("|") {
        close()
        blocks.append(.verbatim("  " + line))
      } else if trimmed.isEmpty {
        close()
        if blocks.last != .blank, !blocks.isEmpty { blocks.append(.blank) }
      } else if trimmed.hasPrefix("#") {
        close()
        blocks.append(.heading(String(trimmed.drop { $0 == "#" }).trimmedSpaces))
      } else if trimmed.hasPrefix("- ") || trimmed.hasPrefix("* ") {
        close()
        isBullet = true
        paragraph = [String(trimmed.dropFirst(2))]
      } else {
        paragraph.append(trimmed)
      }
    }

    private mutating func close() {
      guard !paragraph.isEmpty else { return }
      let text = Self.joined(paragraph)
      blocks.append(isBullet ? .bullet(text) : .text(text))
      paragraph = []
      isBullet = false
    }

    mutating func finish() -> [WalkBlock] {
      close()
      while blocks.last == .blank { blocks.removeLast() }
      return blocks
    }

    /// Lines joined by a space, except between Chinese characters.
    private static func joined(_ lines: [String]) -> String {
      lines.reduce(into: "") { text, line in
        let isTight = [text.unicodeScalars.last, line.unicodeScalars.first]
          .allSatisfy { $0.map { DisplayWidth.isWide($0.value) } ?? false }
        text += text.isEmpty || isTight ? line : " " + line
      }
    }
  }
}
