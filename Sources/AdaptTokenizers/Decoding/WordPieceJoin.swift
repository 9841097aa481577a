// How WordPiece tokens become a text again, and how SentencePiece writes single bytes.

/// The joining of WordPiece tokens.
enum WordPieceJoin {
  /// What English clean-up writes anew, in this order.
  private static let repairs: [(String, String)] = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"),
    (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
  ]

  /// A token as it follows those before: bare where it continues a word, else behind a space.
  static func joined(
    _ token: [UInt8], isFirst: Bool, _ prefix: [UInt8], cleansUp: Bool
  ) -> [UInt8] {
    var result = token
    if !isFirst {
      result = token.starts(with: prefix) ? Array(token.dropFirst(prefix.count)) : [32] + token
    }
    guard cleansUp, result.contains(32) else { return result }
    for (wanted, content) in repairs {
      result = replacing(Array(wanted.utf8), by: Array(content.utf8), in: result)
    }
    return result
  }

  private static func replacing(
    _ wanted: [UInt8], by content: [UInt8], in text: [UInt8]
  ) -> [UInt8] {
    var result: [UInt8] = []
    var place = 0
    while place < text.count {
      if text[place...].starts(with: wanted) {
        result += content
        place += wanted.count
      } else {
        result.append(text[place])
        place += 1
      }
    }
    return result
  }
}

/// The pieces that stand for single bytes.
package enum ByteFallback {
  /// The piece of a byte, as `<0x0A>`.
  package static func piece(_ byte: UInt8) -> [UInt8] {
    let digits = String(byte, radix: 16, uppercase: true)
    return Array("<0x\(digits.count == 1 ? "0" : "")\(digits)>".utf8)
  }

  /// The byte that a piece stands for.
  package static func byte(_ piece: [UInt8]) -> UInt8? {
    guard piece.count == 6, piece.starts(with: "<0x".utf8), piece[5] == UInt8(ascii: ">"),
      let high = digit(piece[3]), let low = digit(piece[4])
    else { return nil }
    return high << 4 | low
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x37
    case 0x61...0x66: byte - 0x57
    default: nil
    }
  }

  /// The numbers of all byte pieces, −1 for a missing one.
  package static func ids(_ pieces: PieceTable) -> [Int32] {
    (0...255).map { pieces.id(of: piece(UInt8($0))) ?? -1 }
  }
}
