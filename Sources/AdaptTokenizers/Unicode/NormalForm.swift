// The four normal forms of Unicode (UAX #15) over scalars, with what became of each scalar.

/// A normal form of Unicode.
package enum NormalForm: Sendable, CaseIterable {
  case nfc
  case nfd
  case nfkc
  case nfkd

  var isComposed: Bool { self == .nfc || self == .nfkc }
  var isCompatible: Bool { self == .nfkc || self == .nfkd }

  /// Every scalar below stays as it is, wherever it stands.
  private var stableLimit: UInt32 {
    switch self {
    case .nfc: 0x300
    case .nfd: 0xC0
    case .nfkc, .nfkd: 0xA0
    }
  }

  /// Whether a scalar stays as it is and keeps its neighbours apart, without a look-up; most text
  /// consists of such scalars.
  @inline(__always)
  func isSurelyStable(_ scalar: UInt32) -> Bool {
    if scalar < stableLimit { return true }
    if (0x4E00...0x9FFF).contains(scalar) || (0x3400...0x4DBF).contains(scalar) { return true }
    if (0x3001...0x3029).contains(scalar) { return true }
    if isComposed, (0xAC00...0xD7A3).contains(scalar) { return true }
    return !isCompatible && (0x2002...0x20CF).contains(scalar)
  }

  /// Whether nothing in a text would change, told from the single scalars; some normal texts (with
  /// combining marks) are not found to be so.
  package func isSurelyNormal(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    var tables = NormalTables(self)
    return tables.firstUnstable(in: text, from: 0) == nil
  }

  /// The scalars of a text in this form.
  package func changes(of scalars: [UInt32]) -> [ScalarChange] {
    var tables = NormalTables(self)
    return tables.changes(of: scalars)
  }
}

extension AlignedText {
  /// The text in a normal form; costs one pass where it already is in that form.
  package func normalised(_ form: NormalForm) -> AlignedText {
    var tables = NormalTables(form)
    return rewritten { writer in
      let text = writer.text
      var from = 0
      while let span = tables.firstUnstable(in: text, from: from) {
        var scalars: [UInt32] = []
        var next = span.lowerBound
        while next < span.upperBound {
          let (scalar, length) = UTF8Scalars.decode(text, at: next)
          scalars.append(scalar)
          next += length
        }
        let changes = tables.changes(of: scalars)
        let isSame =
          changes.count == scalars.count
          && zip(changes, scalars).allSatisfy { $0.change == 0 && $0.scalar == $1 }
        if !isSame {
          writer.copy(upTo: span.lowerBound)
          writer.replace(upTo: span.upperBound, by: changes)
        }
        from = span.upperBound
      }
    }
  }

  /// The text in small letters, scalar by scalar: Σ becomes σ everywhere, as in Rust's `char`.
  package func lowercased() -> AlignedText {
    rewritten { writer in
      let text = writer.text
      var next = 0
      while next < text.count {
        let (scalar, length) = UTF8Scalars.decode(text, at: next)
        if let small = ScalarMapping.lowercase(scalar) {
          writer.copy(upTo: next)
          let changes = small.enumerated().map { ScalarChange($1, change: $0 == 0 ? 0 : 1) }
          writer.replace(upTo: next + length, by: changes)
        }
        next += length
      }
    }
  }
}

/// Mappings of single scalars.
package enum ScalarMapping {
  /// The scalars of the small letter, nil where it is the scalar itself.
  package static func lowercase(_ scalar: UInt32) -> [UInt32]? {
    if scalar < 0x80 { return (65...90).contains(scalar) ? [scalar + 32] : nil }
    // Only capital and title-case letters, letter numbers and enclosed letters have small ones.
    let mayChange: UInt32 = 1 << 0 | 1 << 2 | 1 << 9 | 1 << 21
    let category = UInt32(ScalarCategories.bits(of: scalar) & 31)
    guard mayChange >> category & 1 == 1, let value = Unicode.Scalar(scalar) else { return nil }
    let mapped = value.properties.lowercaseMapping.unicodeScalars.map(\.value)
    return mapped == [scalar] ? nil : mapped
  }
}
