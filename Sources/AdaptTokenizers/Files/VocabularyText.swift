// vocab.txt: one piece a line, its number is the line.
import Foundation

extension Vocabulary {
  /// Reads a vocabulary of one piece a line; a repeated piece keeps its last number, as in the reference.
  ///
  /// - Throws: `TokenizerFault.malformed` for text that is not UTF-8, `.vocabulary` for too many lines.
  static func reading(
    text: UnsafeBufferPointer<UInt8>, path: String
  ) throws(TokenizerFault) -> Vocabulary {
    guard String(validating: text, as: UTF8.self) != nil else {
      throw .malformed(path: path, reason: "it is not UTF-8")
    }
    var vocabulary = Vocabulary(capacity: text.count / 7, byteCapacity: text.count)
    var start = 0
    var id: Int32 = 0
    while start < text.count {
      var end = start
      while end < text.count, text[end] != 0x0A { end += 1 }
      var piece = text[start..<end]
      if piece.last == 0x0D { piece = piece.dropLast() }
      guard id < VocabularyLimits.pieces else {
        throw .vocabulary(path: path, offset: start, reason: "more pieces than can be")
      }
      vocabulary.insert(
        written: UnsafeBufferPointer(rebasing: piece), prefix: [0x23, 0x23], id: id)
      id += 1
      start = end + 1
    }
    return vocabulary
  }

  /// Adds a piece as files write it: with `prefix` before it where it continues a word.
  @discardableResult
  mutating func insert(
    written piece: UnsafeBufferPointer<UInt8>, prefix: [UInt8], id: Int32
  ) -> Bool {
    let continues = !prefix.isEmpty && piece.count > prefix.count && piece.starts(with: prefix)
    let bare = UnsafeBufferPointer(rebasing: piece[(continues ? prefix.count : 0)...])
    return insert(bare, continues: continues, id: id)
  }
}

/// What a vocabulary may hold at most: far beyond any model, far below what memory bears.
enum VocabularyLimits {
  static let pieces: Int32 = 4_000_000
  static let fileBytes = 256 << 20
}
