// SentencePiece's compiled table of replacements: a double-array trie over bytes, and the texts its
// leaves point to. It comes from files, so every place is checked before it is read.
import Foundation

/// Why a table of replacements cannot be read.
package enum PrecompiledFault: Error, Equatable {
  case truncated(wanted: Int, got: Int)
  case invalidText(offset: Int)
}

/// Replacements of byte sequences (`precompiled_charsmap` of SentencePiece).
///
/// Layout: the trie's length in bytes, its units (32 bit, little-endian, Darts-clone's encoding), then
/// the replacements, each ended by a zero byte.
package struct PrecompiledMap: Sendable {
  private let units: [UInt32]
  private let texts: [UInt8]
  /// Replacements that begin at a byte of `texts` and are valid UTF-8.
  private let isStart: [Bool]

  package init(_ data: [UInt8]) throws(PrecompiledFault) {
    guard data.count >= 4 else { throw .truncated(wanted: 4, got: data.count) }
    let size = Int(Self.word(data, at: 0))
    guard size <= data.count - 4 else {
      throw .truncated(wanted: size, got: data.count - 4)
    }
    units = (0..<size / 4).map { Self.word(data, at: 4 + 4 * $0) }
    let texts = Array(data[(4 + size)...])
    guard String(validating: texts, as: UTF8.self) != nil else {
      throw .invalidText(offset: 4 + size)
    }
    self.texts = texts
    isStart = texts.map { $0 & 0xC0 != 0x80 }
  }

  private static func word(_ data: [UInt8], at place: Int) -> UInt32 {
    var word: UInt32 = 0
    for byte in data[place..<place + 4].reversed() { word = word << 8 | UInt32(byte) }
    return word
  }

  /// The replacements of the beginnings of some bytes, the shortest first.
  ///
  /// - Parameter key: Bytes from which the beginnings are taken; a zero byte ends them.
  func prefixes(
    of key: UnsafeBufferPointer<UInt8>, _ range: Range<Int>,
    _ body: (_ length: Int, _ text: Range<Int>) -> Bool
  ) {
    guard let root = units.first else { return }
    var node = Self.offset(root)
    for place in range {
      let byte = key[place]
      guard byte != 0 else { return }
      node ^= Int(byte)
      guard node < units.count, units[node] & 0x8000_00FF == UInt32(byte) else { return }
      let unit = units[node]
      node ^= Self.offset(unit)
      guard unit >> 8 & 1 == 1 else { continue }
      guard node < units.count else { return }
      let start = Int(units[node] & 0x7FFF_FFFF)
      guard start <= texts.count, start == texts.count || isStart[start] else { continue }
      let end = texts[start...].firstIndex(of: 0) ?? texts.count
      if !body(place + 1 - range.lowerBound, start..<end) { return }
    }
  }

  private static func offset(_ unit: UInt32) -> Int {
    Int(unit >> 10) << Int((unit & 1 << 9) >> 6)
  }

  /// The replacement of the longest beginning, as SentencePiece itself takes it.
  package func longest(
    of key: UnsafeBufferPointer<UInt8>, from: Int
  ) -> (length: Int, text: ArraySlice<UInt8>)? {
    var found: (Int, Range<Int>)?
    prefixes(of: key, from..<key.count) { length, text in
      found = (length, text)
      return true
    }
    return found.map { ($0.0, texts[$0.1]) }
  }

  /// The replacement of the shortest beginning, which `tokenizers` takes for the whole.
  private func shortest(
    of key: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
  ) -> ArraySlice<UInt8>? {
    var found: Range<Int>?
    prefixes(of: key, range) { _, text in
      found = text
      return false
    }
    return found.map { texts[$0] }
  }

  /// The text with its replacements as the normaliser `Precompiled` of `tokenizers` makes them:
  /// characters of less than six bytes as a whole, then scalar by scalar.
  package func applied(to text: AlignedText) -> AlignedText {
    text.rewritten { writer in
      let bytes = writer.text
      var start = 0
      for character in String(decoding: bytes, as: UTF8.self) {
        let end = start + character.utf8.count
        defer { start = end }
        if end - start < 6, let new = shortest(of: bytes, start..<end) {
          replace(start..<end, by: new, &writer)
          continue
        }
        var next = start
        while next < end {
          let length = UTF8Scalars.decode(bytes, at: next).1
          if let new = shortest(of: bytes, next..<next + length) {
            replace(next..<next + length, by: new, &writer)
          }
          next += length
        }
      }
    }
  }

  /// Scalars in excess stand for the last one before; missing ones vanish behind the last.
  private func replace(
    _ range: Range<Int>, by new: ArraySlice<UInt8>, _ writer: inout AlignedText.Writer
  ) {
    let old = writer.text[range].count { $0 & 0xC0 != 0x80 }
    let scalars = String(decoding: new, as: UTF8.self).unicodeScalars.map(\.value)
    var changes = scalars.enumerated().map { ScalarChange($1, change: $0 < old ? 0 : 1) }
    writer.copy(upTo: range.lowerBound)
    if scalars.isEmpty {
      // What vanishes goes with the scalar before in `tokenizers`; no alignment is left of it here.
      writer.replace(upTo: range.upperBound, by: [], removed: old)
      return
    }
    if scalars.count < old { changes[scalars.count - 1].change = scalars.count - old }
    writer.replace(upTo: range.upperBound, by: changes)
  }
}
