// Wraps text to a number of columns, with wide characters counted as two.

/// Wraps text by columns.
package enum TextWrap {
  /// The columns a text takes on a terminal: wide characters two, combining ones none.
  package static func columns(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + columns($1) }
  }

  private static func columns(_ scalar: Unicode.Scalar) -> Int {
    let value = scalar.value
    if value < 0x300 { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    return isWide(value) ? 2 : 1
  }

  /// The blocks that terminals draw two columns wide (East Asian Wide and Fullwidth).
  private static func isWide(_ value: UInt32) -> Bool {
    switch value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
      0xA000...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE4F, 0xFF00...0xFF60,
      0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      true
    default: false
    }
  }

  /// The text in lines of at most `width` columns (0: one line), each indented by `indent`.
  ///
  /// Lines break at spaces and between wide characters; a longer word stays whole.
  package static func lines(_ text: String, indent: Int, width: Int) -> [String] {
    let margin = String(repeating: " ", count: indent)
    guard width > 0 else { return [margin + text] }
    let room = max(width - indent, 10)
    var lines: [String] = []
    var line = ""
    var used = 0
    for piece in pieces(text) {
      let size = columns(piece)
      if used > 0, used + size > room, !isClosing(piece) {
        lines.append(line)
        line = ""
        used = 0
      }
      if used == 0, piece == " " { continue }
      line += piece
      used += size
    }
    if !line.isEmpty || lines.isEmpty { lines.append(line) }
    return lines.map { line in
      margin + (line.hasSuffix(" ") ? String(line.dropLast()) : line)
    }
  }

  /// Words, single spaces and single wide characters.
  private static func pieces(_ text: String) -> [String] {
    var pieces: [String] = []
    var word = ""
    for character in text {
      let wide = character.unicodeScalars.first.map { isWide($0.value) } ?? false
      if character == " " || wide {
        if !word.isEmpty { pieces.append(word) }
        word = ""
        pieces.append(String(character))
      } else {
        word.append(character)
      }
    }
    return word.isEmpty ? pieces : pieces + [word]
  }

  /// Chinese punctuation that must not start a line.
  private static func isClosing(_ piece: String) -> Bool { "，。；：、！？）】》”’".contains(piece) }
}
