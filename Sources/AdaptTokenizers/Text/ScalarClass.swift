// Kinds of characters that splitters cut at.

/// A class of Unicode scalars.
package enum ScalarClass: Sendable, Equatable {
  case whitespace
  /// ASCII signs and the punctuation of Unicode.
  case punctuation
  /// Digits and other numbers.
  case numeric
  case scalar(UInt32)

  @inline(__always)
  func contains(_ value: UInt32) -> Bool {
    if case .scalar(let wanted) = self { return value == wanted }
    guard value >= 0x80 else { return containsASCII(UInt8(truncatingIfNeeded: value)) }
    guard let scalar = Unicode.Scalar(value) else { return false }
    switch self {
    case .whitespace: return scalar.properties.isWhitespace
    case .punctuation: return scalar.isBertPunctuation
    case .numeric:
      switch scalar.properties.generalCategory {
      case .decimalNumber, .letterNumber, .otherNumber: return true
      default: return false
      }
    case .scalar: return false
    }
  }

  @inline(__always)
  private func containsASCII(_ byte: UInt8) -> Bool {
    switch self {
    case .whitespace: byte == 32 || (9...13).contains(byte)
    case .punctuation:
      (33...47).contains(byte) || (58...64).contains(byte) || (91...96).contains(byte)
        || (123...126).contains(byte)
    case .numeric: (48...57).contains(byte)
    case .scalar: false
    }
  }

  /// Where the scalars of this class that start at `place` end.
  func end(in text: UnsafeBufferPointer<UInt8>, from place: Int) -> Int {
    var place = place
    while place < text.count {
      let (scalar, length) = UTF8Scalars.decode(text, at: place)
      guard contains(scalar) else { break }
      place += length
    }
    return place
  }
}
