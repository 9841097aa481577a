// Tokens that stand for themselves when a text writes them out.

/// Literal tokens found in the text before anything is normalised.
struct SpecialTokens: Sendable {
  struct Entry: Sendable, Equatable {
    var text: [UInt8]
    var id: Int32
    /// Whether white space before or after belongs to the token.
    var takesLeft = false
    var takesRight = false
  }

  /// The longest first, so that the longest match wins.
  private let entries: [Entry]
  private var startsEntry = [Bool](repeating: false, count: 256)

  init(_ entries: [Entry]) {
    self.entries = entries.filter { !$0.text.isEmpty }.sorted { $0.text.count > $1.text.count }
    for entry in self.entries {
      startsEntry[Int(entry.text[0])] = true
      if entry.takesLeft {
        for space in [9, 10, 13, 32] { startsEntry[space] = true }
      }
    }
  }

  /// One more than the largest number of a special token.
  var size: Int { entries.map { Int($0.id) + 1 }.max() ?? 0 }

  /// The token written at `position`, with the white space it takes.
  func match(
    in text: UnsafeBufferPointer<UInt8>, at position: Int
  ) -> (id: Int32, bytes: Range<Int>)? {
    guard startsEntry[Int(text[position])] else { return nil }
    for entry in entries {
      var start = position
      if entry.takesLeft { while start < text.count, Self.isSpace(text[start]) { start += 1 } }
      var end = start + entry.text.count
      guard end <= text.count, text[start..<end].elementsEqual(entry.text) else { continue }
      if entry.takesRight { while end < text.count, Self.isSpace(text[end]) { end += 1 } }
      return (entry.id, position..<end)
    }
    return nil
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 32 || (9...13).contains(byte)
  }
}
