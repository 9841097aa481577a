// Text that comes in pieces, set while it comes: no word is cut at the right edge, blank ends are not shown.
import AdaptSystem

/// Lays out a text that is still being made.
package struct StreamedText: Sendable {
  /// Columns of a line; nil breaks no lines.
  private let width: Int?
  private var column = 0
  private var hasBegun = false
  /// White space and the beginning of a word that wait for what follows them.
  private var gap = ""
  private var word = ""

  package init(width: Int?) {
    self.width = width
  }

  /// Takes a piece and gives what can be shown of the text by now.
  package mutating func add(_ piece: String) -> String {
    var shown = ""
    for character in piece {
      if character.isWhitespace {
        shown += closeWord()
        if hasBegun { gap.append(character) }
      } else if DisplayWidth.columns(of: character) > 1 {
        shown += closeWord()
        word = String(character)
        // Two columns stay free for a full stop, which must not begin a line.
        shown += closeWord(margin: character.isPunctuation ? 0 : 2)
      } else {
        word.append(character)
      }
    }
    return width == nil ? shown + closeWord() : shown
  }

  /// The rest of the text, without white space behind it.
  package mutating func finish() -> String {
    defer { gap = "" }
    return closeWord()
  }

  /// The word with the gap before it, or on a new line where it does not fit.
  private mutating func closeWord(margin: Int = 0) -> String {
    guard !word.isEmpty else { return "" }
    defer { (word, gap) = ("", "") }
    hasBegun = true
    let columns = DisplayWidth.columns(of: word)
    var lead = gap
    if let end = gap.lastIndex(where: \.isNewline) {
      column = DisplayWidth.columns(of: gap[gap.index(after: end)...])
    } else {
      column += DisplayWidth.columns(of: gap)
      if let width, column > 0, column + columns > width - margin { (lead, column) = ("\n", 0) }
    }
    column += columns
    if let width, width > 0 { column %= width + 1 }
    return lead + word
  }
}
