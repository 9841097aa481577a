// Tokens that stand in a text as they are: they are cut out before anything else looks at it.

/// A token of the `added_tokens` of a tokenizer file.
package struct AddedToken: Sendable, Equatable {
  package var text: String
  package var id: Int32
  /// Whether decoding can leave it out.
  package var isSpecial = true
  /// Whether it is looked for in the normalised text.
  package var isNormalized = false
  /// Whether white space before or behind belongs to it.
  package var takesLeft = false
  package var takesRight = false
  /// Whether letters next to it prevent it.
  package var isWholeWord = false

  package init(_ text: String, id: Int32) {
    self.text = text
    self.id = id
  }
}

/// Added tokens that are looked for together.
struct AddedTokenFinder: Sendable {
  private let tokens: [AddedToken]
  private let trie: PieceTrie
  /// The byte that all of them start with, if it is one.
  private let firstByte: UInt8?

  /// A finder of `tokens`, whose written forms `spelling` gives.
  init(_ tokens: [AddedToken], spelling: (AddedToken) -> [UInt8]) {
    self.tokens = tokens
    var trie = PieceTrie()
    var firsts: Set<UInt8> = []
    for (index, token) in tokens.enumerated() {
      let bytes = spelling(token)
      guard let first = bytes.first else { continue }
      trie.insert(bytes, value: Int32(index))
      firsts.insert(first)
    }
    self.trie = trie
    firstByte = firsts.count == 1 ? firsts.first : nil
  }

  var isEmpty: Bool { trie.isEmpty }

  /// Calls `body` with each part of the text in order: a token, or −1 for what lies between.
  ///
  /// Of the tokens that start at one place the longest counts; an empty text is one empty part.
  func forEachPart(
    of text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>, Int32) -> Void
  ) {
    var start = 0
    var place = next(in: text, from: 0)
    while place < text.count {
      guard let (index, end) = trie.longestMatch(in: text, at: place) else {
        place = next(in: text, from: place + 1)
        continue
      }
      let token = tokens[Int(index)]
      if !token.isWholeWord || isAlone(place..<end, text) {
        let lower = token.takesLeft ? max(start, Self.spaceStart(text, place)) : place
        let upper = token.takesRight ? ScalarClass.whitespace.end(in: text, from: end) : end
        let from = max(lower, start)
        if start < from { body(start..<from, -1) }
        if from < upper { body(from..<upper, token.id) }
        start = max(start, upper)
      }
      place = next(in: text, from: end)
    }
    if start < text.count || text.isEmpty { body(start..<text.count, -1) }
  }

  private func next(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var place = start
    if let firstByte {
      while place < text.count, text[place] != firstByte { place += 1 }
    } else {
      while place < text.count, !trie.starts(with: text[place]) { place += 1 }
    }
    return place
  }

  private func isAlone(_ range: Range<Int>, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
    if range.lowerBound > 0 {
      let before = Self.scalarStart(text, before: range.lowerBound)
      if Self.isWord(UTF8Scalars.decode(text, at: before).0) { return false }
    }
    return range.upperBound == text.count
      || !Self.isWord(UTF8Scalars.decode(text, at: range.upperBound).0)
  }

  /// Letters, marks, digits and connecting signs.
  private static func isWord(_ value: UInt32) -> Bool {
    guard let scalar = Unicode.Scalar(value) else { return false }
    switch scalar.properties.generalCategory {
    case .connectorPunctuation, .decimalNumber: return true
    default:
      return scalar.properties.isAlphabetic || scalar.isMark
        || scalar.properties.isJoinControl
    }
  }

  private static func scalarStart(
    _ text: UnsafeBufferPointer<UInt8>, before place: Int
  ) -> Int {
    var start = place - 1
    while start > 0, text[start] & 0xC0 == 0x80 { start -= 1 }
    return start
  }

  /// Where the white space that ends at `place` starts.
  private static func spaceStart(_ text: UnsafeBufferPointer<UInt8>, _ place: Int) -> Int {
    var place = place
    while place > 0 {
      let before = scalarStart(text, before: place)
      guard ScalarClass.whitespace.contains(UTF8Scalars.decode(text, at: before).0) else { break }
      place = before
    }
    return place
  }
}
