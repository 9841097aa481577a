// Breaks text into lines of a terminal: Latin at spaces, Chinese between any two characters except
// where punctuation may not start or end a line.

/// Line breaking by display columns.
package enum LineWrap {
  /// The lines of `text`, none wider than `width` columns unless a single character is.
  ///
  /// Line breaks in the text stay. The first line of each paragraph starts with `first`, all others with `rest`;
  /// both count towards the width.
  package static func lines(
    _ text: String, width: Int, first: String = "", rest: String? = nil
  ) -> [String] {
    let rest = rest ?? String(repeating: " ", count: DisplayWidth.columns(of: first))
    var result: [String] = []
    for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let lead = result.isEmpty ? first : rest
      result += wrap(paragraph, width: width, first: lead, rest: rest)
    }
    return result
  }

  private static func wrap(
    _ paragraph: Substring, width: Int, first: String, rest: String
  ) -> [String] {
    var filler = LineFiller(width: max(width, 8), first: first, rest: rest)
    for piece in pieces(of: paragraph) {
      filler.add(piece)
    }
    return filler.finish()
  }

  /// What may not be broken, with the spaces that stand before it.
  struct Piece: Equatable {
    var spaces = 0
    var text = ""
  }

  /// Cuts a paragraph where a line may end.
  static func pieces(of paragraph: Substring) -> [Piece] {
    var pieces: [Piece] = []
    var current = Piece()
    var previous: Character?
    for character in paragraph {
      if character == " " || character == "\t" {
        if !current.text.isEmpty {
          pieces.append(current)
          current = Piece()
        }
        current.spaces += 1
      } else {
        if let previous, !current.text.isEmpty, mayBreak(between: previous, and: character) {
          pieces.append(current)
          current = Piece()
        }
        current.text.append(character)
      }
      previous = character
    }
    if !current.text.isEmpty { pieces.append(current) }
    return pieces
  }

  private static func mayBreak(between left: Character, and right: Character) -> Bool {
    guard isIdeographic(left) || isIdeographic(right) else { return false }
    return !closing.contains(right) && !opening.contains(left)
  }

  private static func isIdeographic(_ character: Character) -> Bool {
    character.unicodeScalars.first.map { DisplayWidth.isWide($0.value) } ?? false
  }

  private static let closing: Set<Character> = Set("。，、；：？！）」』》】〉”’…—%）.,;:?!)]}`")
  private static let opening: Set<Character> = Set("（「『《【〈“‘([{`")
}

/// Fills lines piece by piece.
private struct LineFiller {
  let width: Int
  let rest: String
  private var line: String
  private var used: Int
  private var hasPiece = false
  private var done: [String] = []

  init(width: Int, first: String, rest: String) {
    self.width = width
    self.rest = rest
    line = first
    used = DisplayWidth.columns(of: first)
  }

  mutating func add(_ piece: LineWrap.Piece) {
    let columns = DisplayWidth.columns(of: piece.text)
    let isFirstOfParagraph = !hasPiece && done.isEmpty
    let spaces = hasPiece || isFirstOfParagraph ? piece.spaces : 0
    if hasPiece && used + spaces + columns > width {
      startLine()
      append(piece.text, columns: columns)
    } else {
      append(String(repeating: " ", count: spaces) + piece.text, columns: spaces + columns)
    }
  }

  /// Appends text, cutting inside it only when no line could hold it.
  private mutating func append(_ text: String, columns: Int) {
    hasPiece = true
    guard used + columns > width else {
      line += text
      used += columns
      return
    }
    for character in text {
      let step = DisplayWidth.columns(of: character)
      if used + step > width && used > DisplayWidth.columns(of: rest) { startLine() }
      line.append(character)
      used += step
      hasPiece = true
    }
  }

  private mutating func startLine() {
    done.append(trimmed(line))
    line = rest
    used = DisplayWidth.columns(of: rest)
    hasPiece = false
  }

  mutating func finish() -> [String] { done + [trimmed(line)] }

  private func trimmed(_ line: String) -> String {
    var line = line
    while line.last == " " { line.removeLast() }
    return line
  }
}
