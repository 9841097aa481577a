// SentencePiece's own normaliser: replacements by the longest match, spaces in order, and offsets that
// leave no byte of the text without a token.

/// How SentencePiece rewrites a text before it is cut.
package struct SentencePieceNormalizer: Sendable {
  package var map: PrecompiledMap?
  package var addsDummyPrefix = true
  package var removesExtraSpaces = true
  package var escapesSpaces = true
  package var spaceIsSuffix = false

  package init() {}

  /// The same without what only the ends of a whole text get: a token as a text would hold it.
  var withoutEnds: SentencePieceNormalizer {
    var result = self
    result.addsDummyPrefix = false
    result.removesExtraSpaces = false
    return result
  }

  /// The text rewritten; each byte's source reaches to where the next one's begins.
  func apply(_ text: AlignedText) -> AlignedText {
    var state = State(normalizer: self)
    text.bytes.withUnsafeBufferPointer { bytes in
      var place = 0
      if removesExtraSpaces {
        while place < bytes.count, isSpaces(bytes, &place) {}
      }
      if addsDummyPrefix, !spaceIsSuffix, place < bytes.count { state.addSpace(at: place) }
      state.lastIsSpace = removesExtraSpaces
      while place < bytes.count {
        let (next, new) = replacement(bytes, place)
        state.add(new, at: place)
        place = next
      }
      state.finish(at: place)
    }
    return state.aligned(text)
  }

  /// The scalars at a place as they are to be, and where the next ones start.
  private func replacement(
    _ bytes: UnsafeBufferPointer<UInt8>, _ place: Int
  ) -> (Int, ArraySlice<UInt8>) {
    if let found = map?.longest(of: bytes, from: place) {
      return (place + found.length, found.text)
    }
    let end = place + UTF8Scalars.decode(bytes, at: place).1
    return (end, ArraySlice(bytes[place..<end]))
  }

  /// Whether only spaces come of the next scalars, which are passed then.
  private func isSpaces(_ bytes: UnsafeBufferPointer<UInt8>, _ place: inout Int) -> Bool {
    let (next, new) = replacement(bytes, place)
    guard new.elementsEqual([32]) else { return false }
    place = next
    return true
  }

  private struct State {
    let normalizer: SentencePieceNormalizer
    var bytes: [UInt8] = []
    /// Where in the text each byte comes from.
    var starts: [Int] = []
    var end = 0
    var lastIsSpace = false

    private var space: [UInt8] { normalizer.escapesSpaces ? Marker.bytes : [32] }

    mutating func addSpace(at place: Int) {
      for byte in space {
        bytes.append(byte)
        starts.append(place)
      }
    }

    mutating func add(_ new: ArraySlice<UInt8>, at place: Int) {
      var rest = new
      if normalizer.removesExtraSpaces {
        while lastIsSpace, rest.first == 32 { rest = rest.dropFirst() }
      }
      for byte in rest {
        if byte == 32 {
          addSpace(at: place)
        } else {
          bytes.append(byte)
          starts.append(place)
        }
      }
      if let last = rest.last { lastIsSpace = last == 32 } else { return }
      if !normalizer.removesExtraSpaces { lastIsSpace = false }
    }

    mutating func finish(at place: Int) {
      end = place
      if normalizer.removesExtraSpaces {
        while !bytes.isEmpty, bytes.suffix(space.count).elementsEqual(space) {
          end = starts[starts.count - space.count]
          bytes.removeLast(space.count)
          starts.removeLast(space.count)
        }
      }
      if normalizer.addsDummyPrefix, normalizer.spaceIsSuffix, !bytes.isEmpty {
        addSpace(at: end)
      }
    }

    func aligned(_ text: AlignedText) -> AlignedText {
      var sources: [Range<Int>] = []
      sources.reserveCapacity(bytes.count)
      for (number, start) in starts.enumerated() {
        var next = number + 1
        // All bytes of a scalar have the source of the scalar.
        while next < bytes.count, bytes[next] & 0xC0 == 0x80 { next += 1 }
        let stop = next < starts.count ? starts[next] : end
        sources.append(start..<max(start, stop))
      }
      return AlignedText(bytes, sources: sources, of: text)
    }
  }
}
