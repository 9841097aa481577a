// What a text becomes: numbers, and which part of which text each stands for.

/// The tokens of a text, or of two in one frame.
package struct Encoding: Sendable, Equatable {
  package internal(set) var ids: [Int32] = []
  /// The bytes of UTF-8 of the own text that each token stands for; empty at 0 for special tokens.
  package internal(set) var offsets: [Range<Int>] = []
  /// The segment of each token as BERT counts them.
  package internal(set) var typeIds: [Int32] = []
  /// The text of each token, 0 or 1; −1 for special tokens.
  package internal(set) var sequenceIds: [Int8] = []
  /// 1 for each token that the frame brought, not the text.
  package internal(set) var specialMask: [UInt8] = []

  package init() {}

  package var count: Int { ids.count }

  mutating func append(_ other: Encoding, type: Int32, sequence: Int8) {
    ids += other.ids
    offsets += other.offsets
    typeIds += [Int32](repeating: type, count: other.count)
    sequenceIds += [Int8](repeating: sequence, count: other.count)
    specialMask += [UInt8](repeating: 0, count: other.count)
  }

  mutating func appendSpecial(_ id: Int32, type: Int32) {
    ids.append(id)
    offsets.append(0..<0)
    typeIds.append(type)
    sequenceIds.append(-1)
    specialMask.append(1)
  }

  /// The tokens in `range` alone.
  func slice(_ range: Range<Int>) -> Encoding {
    var part = Encoding()
    part.ids = Array(ids[range])
    part.offsets = Array(offsets[range])
    return part
  }

  /// The offsets as Hugging Face counts them in Python: in Unicode scalars instead of bytes.
  ///
  /// `text` is the one that was encoded, and `sequence` says which of two it is; offsets of the tokens of the
  /// other are empty at 0.
  package func scalarOffsets(in text: String, sequence: Int8 = 0) -> [Range<Int>] {
    var counts: [Int] = [0]
    counts.reserveCapacity(text.utf8.count + 1)
    var count = 0
    for byte in text.utf8 {
      if byte & 0xC0 != 0x80 { count += 1 }
      counts.append(count)
    }
    return zip(offsets, sequenceIds).map { range, owner in
      guard owner == sequence, range.upperBound < counts.count else { return 0..<0 }
      return counts[range.lowerBound]..<counts[range.upperBound]
    }
  }
}

/// Tokens while a text is read.
struct TokenSink {
  var ids: [Int32] = []
  /// The bytes of each token, first of the rewritten text, then of the source; empty without tracking.
  var ranges: [Range<Int>] = []
  let tracks: Bool

  @inline(__always)
  mutating func append(_ tokens: WordTokens, _ range: Range<Int>, at place: Int) {
    tokens.ids.withUnsafeBufferPointer { all in
      for i in range { ids.append(all[i]) }
    }
    guard tracks else { return }
    for span in tokens.spans[range] {
      ranges.append(place + Int(span.lower)..<place + Int(span.upper))
    }
  }

  mutating func append(_ id: Int32, _ range: Range<Int>) {
    ids.append(id)
    if tracks { ranges.append(range) }
  }
}
