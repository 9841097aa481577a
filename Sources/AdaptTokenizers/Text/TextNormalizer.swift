// The normalisers of tokenizer files: what happens to a text before it is cut.

/// One rewriting of a text, or several in order.
package enum TextNormalizer: Sendable {
  case form(NormalForm)
  case lowercase
  case stripAccents
  case strip(left: Bool, right: Bool)
  case replace(TextPattern, by: [UInt8])
  case prepend([UInt8])
  case bert(BertNormalizer)
  case precompiled(PrecompiledMap)
  /// SentencePiece's clean-up for translation.
  case nmt
  /// Each byte as its letter of `ByteAlphabet`.
  case byteLetters
  indirect case sequence([TextNormalizer])

  /// The text rewritten; an empty text stays empty.
  func apply(_ text: AlignedText) -> AlignedText {
    switch self {
    case .form(let form): text.normalised(form)
    case .lowercase: text.lowercased()
    case .stripAccents: text.mappingScalars { $0.isMark ? [] : nil }
    case .strip(let left, let right): text.stripped(left: left, right: right)
    case .replace(let pattern, let content): text.replacing(pattern, by: content)
    case .prepend(let start): text.prepending(start)
    case .bert(let normalizer): normalizer.apply(text)
    case .precompiled(let map): map.applied(to: text)
    case .nmt: text.mappingScalars(Self.nmt)
    case .byteLetters: text.mappingToLetters()
    case .sequence(let parts): parts.reduce(text) { $1.apply($0) }
    }
  }

  /// Whether the text would surely stay as it is, found out without rewriting it.
  func isSurelyIdentity(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    switch self {
    case .form(let form): form.isSurelyNormal(text)
    case .sequence(let parts): parts.allSatisfy { $0.isSurelyIdentity(text) }
    default: false
    }
  }

  /// Whether bytes become letters here.
  var makesLetters: Bool {
    switch self {
    case .byteLetters: true
    case .sequence(let parts): parts.contains(where: \.makesLetters)
    default: false
    }
  }

  private static func nmt(_ scalar: Unicode.Scalar) -> [Unicode.Scalar]? {
    switch scalar.value {
    case 1...8, 0xB, 0xE...0x1F, 0x7F, 0x8F, 0x9F: []
    case 9, 0xA, 0xC, 0xD, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD: [" "]
    default: nil
    }
  }
}

extension BertNormalizer {
  /// The same rules as BERT's own reader, scalar by scalar.
  func apply(_ text: AlignedText) -> AlignedText {
    var block: (number: UInt32, forms: ScalarBlock)?
    return text.rewritten { writer in
      let text = writer.text
      var place = 0
      while place < text.count {
        let (scalar, length) = UTF8Scalars.decode(text, at: place)
        if block?.number != scalar >> 8 { block = (scalar >> 8, self.block(of: scalar)) }
        if let forms = block?.forms[scalar], !(forms.count == 1 && forms.first?.value == scalar) {
          writer.copy(upTo: place)
          let changes = forms.enumerated().map {
            ScalarChange($0.element.value, change: $0.offset == 0 ? 0 : 1)
          }
          writer.replace(upTo: place + length, by: changes)
        }
        place += length
      }
    }
  }
}

extension Unicode.Scalar {
  /// Combining marks of all kinds.
  var isMark: Bool {
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: true
    default: false
    }
  }
}
