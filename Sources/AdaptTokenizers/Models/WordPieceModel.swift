// WordPiece over any splitter; BERT's own chain has its faster reader in WordPieceTokenizer.

/// The longest known piece from the left, again and again.
package struct WordPieceModel: Sendable {
  package let pieces: PieceTable
  private let unknown: Int32
  /// Written before each piece but the first of a word.
  private let prefix: [UInt8]
  /// Words of more scalars are unknown as a whole.
  private let longestWord: Int

  package init(pieces: PieceTable, unknown: Int32, prefix: [UInt8], longestWord: Int) {
    self.pieces = pieces
    self.unknown = unknown
    self.prefix = prefix
    self.longestWord = longestWord
  }

  /// Appends the tokens of a word that is not empty.
  func encode(_ word: UnsafeBufferPointer<UInt8>, into out: inout WordTokens) {
    let first = out.ids.count
    let scalars = word.reduce(into: 0) { $0 += $1 & 0xC0 != 0x80 ? 1 : 0 }
    if scalars <= longestWord, appendPieces(word, &out) { return }
    out.ids.removeSubrange(first...)
    out.spans.removeSubrange(first...)
    out.append(unknown, 0, word.count)
  }

  private func appendPieces(
    _ word: UnsafeBufferPointer<UInt8>, _ out: inout WordTokens
  ) -> Bool {
    var start = 0
    while start < word.count {
      let before = start == 0 ? [] : prefix
      let longest = min(word.count - start, pieces.longest - before.count)
      guard longest > 0 else { return false }
      let written = before + word[start..<start + longest]
      let found = written.withUnsafeBufferPointer { written -> (Int32, Int)? in
        for length in stride(from: longest, to: 0, by: -1) where isEnd(word, start + length) {
          let piece = UnsafeBufferPointer(rebasing: written[..<(before.count + length)])
          if let id = pieces.id(of: piece) { return (id, length) }
        }
        return nil
      }
      guard let (id, length) = found else { return false }
      out.append(id, start, start + length)
      start += length
    }
    return true
  }

  /// Whether a scalar ends at `place`.
  private func isEnd(_ word: UnsafeBufferPointer<UInt8>, _ place: Int) -> Bool {
    place == word.count || word[place] & 0xC0 != 0x80
  }
}
