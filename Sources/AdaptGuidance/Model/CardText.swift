// Splits a card's Markdown into its parts.

/// Reads the fixed parts of a card's Markdown.
enum CardText {
  static func summary(of markdown: String) -> String {
    var lines: [Substring] = []
    for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("## ") { break }
      if !line.hasPrefix("# ") { lines.append(line) }
    }
    return trimmed(lines)
  }

  static func sections(of markdown: String) -> [Card.Section] {
    var sections: [Card.Section] = []
    var heading: Substring?
    var lines: [Substring] = []
    func close() {
      guard let heading else { return }
      sections.append(Card.Section(heading: String(heading), body: trimmed(lines)))
    }
    for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("## ") {
        close()
        heading = line.dropFirst(3)
        lines = []
      } else {
        lines.append(line)
      }
    }
    close()
    return sections
  }

  private static func trimmed(_ lines: [Substring]) -> String {
    let kept = lines.drop { $0.isEmpty }
    let end = kept.lastIndex { !$0.isEmpty } ?? kept.startIndex
    guard !kept.isEmpty else { return "" }
    return kept[...end].joined(separator: "\n")
  }
}
