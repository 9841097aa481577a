// BERT's text clean-up, scalar by scalar: control characters dropped, CJK ideographs set apart, accents
// stripped, lower case. Each scalar's outcome depends on nothing else, so it is looked up, not computed.
import Foundation
import Synchronization

/// The options of `BertNormalizer` in a tokenizer file.
package struct BertNormalizerOptions: Sendable, Equatable {
  package var cleansText = true
  package var separatesCJK = true
  /// nil follows `lowercases`, as the reference does.
  package var stripsAccents: Bool?
  package var lowercases = true

  package init() {}

  var strips: Bool { stripsAccents ?? lowercases }
}

/// What a normalised scalar is to the splitter that follows.
enum ScalarKind: UInt32 {
  case letter, space, punctuation
}

/// One scalar of normalised text with its kind.
struct NormalScalar {
  private let bits: UInt32

  init(_ scalar: Unicode.Scalar) {
    let kind: ScalarKind =
      scalar.isBertSpace ? .space : scalar.isBertPunctuation ? .punctuation : .letter
    bits = scalar.value | kind.rawValue << 24
  }

  var value: UInt32 { bits & 0xFF_FFFF }
  var kind: ScalarKind { ScalarKind(rawValue: bits >> 24) ?? .letter }
}

/// The normalised form of 256 neighbouring scalars.
struct ScalarBlock: Sendable {
  /// Where each scalar's form starts in `forms`; 257 numbers.
  fileprivate var starts: [UInt16] = [0]
  fileprivate var forms: [NormalScalar] = []

  subscript(scalar: UInt32) -> ArraySlice<NormalScalar> {
    let i = Int(scalar & 0xFF)
    return forms[Int(starts[i])..<Int(starts[i + 1])]
  }
}

/// Normalises scalars; blocks are made when a text first needs them and kept.
package final class BertNormalizer: Sendable {
  let options: BertNormalizerOptions
  private let blocks = Mutex<[UInt32: ScalarBlock]>([:])

  package init(_ options: BertNormalizerOptions) {
    self.options = options
  }

  /// The block that holds `scalar`.
  func block(of scalar: UInt32) -> ScalarBlock {
    blocks.withLock { blocks in
      if let block = blocks[scalar >> 8] { return block }
      let block = makeBlock(scalar >> 8)
      blocks[scalar >> 8] = block
      return block
    }
  }

  private func makeBlock(_ number: UInt32) -> ScalarBlock {
    var block = ScalarBlock()
    for low in UInt32(0)..<256 {
      if let scalar = Unicode.Scalar(number << 8 | low) {
        block.forms.append(contentsOf: normalised(scalar).map(NormalScalar.init))
      }
      block.starts.append(UInt16(block.forms.count))
    }
    return block
  }

  /// The scalars that stand for one of the text.
  func normalised(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    var scalar = scalar
    if options.cleansText {
      if scalar.isBertControl || scalar.value == 0xFFFD { return [] }
      if scalar.isBertSpace { scalar = " " }
    }
    let spaced = options.separatesCJK && scalar.isCJKIdeograph
    if spaced, !scalar.isCompatibilityIdeograph { return [" ", scalar, " "] }
    var result = [scalar]
    if !scalar.isASCII, options.strips {
      result = Array(String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars)
        .filter { $0.properties.generalCategory != .nonspacingMark }
    }
    if options.lowercases {
      result = result.flatMap { Array($0.properties.lowercaseMapping.unicodeScalars) }
    }
    return spaced ? [" "] + result + [" "] : result
  }
}

extension Unicode.Scalar {
  /// White space, with the three controls that BERT counts in.
  var isBertSpace: Bool {
    self == "\t" || self == "\n" || self == "\r" || properties.isWhitespace
  }

  /// Controls, format marks and private use, except tab, line feed and carriage return.
  var isBertControl: Bool {
    if self == "\t" || self == "\n" || self == "\r" { return false }
    switch properties.generalCategory {
    case .control, .format, .privateUse, .surrogate: return true
    default: return false
    }
  }

  /// ASCII signs, and every scalar of a Unicode punctuation category.
  var isBertPunctuation: Bool {
    if isASCII {
      switch value {
      case 33...47, 58...64, 91...96, 123...126: return true
      default: return false
      }
    }
    switch properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation:
      return true
    default: return false
    }
  }

  /// The CJK blocks that BERT sets apart, with the reference's own gap before U+2B920.
  var isCJKIdeograph: Bool {
    switch value {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F,
      0x2B740...0x2B81F, 0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
      true
    default: false
    }
  }

  /// CJK ideographs that decompose to another.
  fileprivate var isCompatibilityIdeograph: Bool {
    (0xF900...0xFAFF).contains(value) || (0x2F800...0x2FA1F).contains(value)
  }
}
