// Text becomes keywords here, the same way when a document is indexed and when a question is asked.
import Foundation

/// Turns text into the terms of keyword search.
///
/// Words are lower-cased, Latin accents folded, ASCII words stemmed (Porter2). Scripts without spaces
/// between words (Han, kana, Hangul, Thai, Lao, Khmer, Burmese) give every character and every pair of
/// neighbours. `LoRA微调` parts where the script changes. Identifiers give their parts and the whole:
/// `q_proj` → `q`, `proj`, `qproj`; `BitFit` → `bit`, `fit`, `bitfit`.
/// Terms hold only letters, digits and marks, never white space, quotation marks or operators.
package struct TextAnalyzer: Sendable {
  /// Changes whenever the same text would give other terms: an index made by another version is stale.
  package static let version = 1
  /// A word of more characters is cut: encoded data is no word.
  package static let longestWord = 64

  private let stemmer = PorterStemmer()

  package init() {}

  /// The terms of a text in order, repeats included: what an index keeps.
  package func terms(_ text: String) -> [String] { terms(text, isQuestion: false) }

  /// The terms that a question is searched by, without function words; a repeated word counts twice.
  ///
  /// When nothing else is left ("to be or not to be"), the function words stay.
  package func queryTerms(_ text: String) -> [String] {
    let all = terms(text, isQuestion: true)
    let content = all.filter { !FunctionWords.contains($0) }
    return content.isEmpty ? all : content
  }

  private func terms(_ text: String, isQuestion: Bool) -> [String] {
    var builder = TermBuilder(stemmer: stemmer, isQuestion: isQuestion)
    for scalar in Self.normalised(text).unicodeScalars { builder.take(scalar) }
    return builder.finished()
  }

  /// Full-width forms, ligatures and split accents made one, where the text has any.
  private static func normalised(_ text: String) -> String {
    let needed = text.unicodeScalars.contains { scalar in
      switch scalar.value {
      case 0...0xA9: false
      case 0xAA...0xBE, 0x300...0x36F, 0x2070...0x209F, 0x2100...0x218F, 0x2460...0x24FF,
        0x3200...0x33FF, 0xF900...0xFAFF, 0xFB00...0xFB06, 0xFF00...0xFFEF,
        0x1D400...0x1D7FF:
        true
      default: false
      }
    }
    return needed ? text.precomposedStringWithCompatibilityMapping : text
  }
}

/// Whether a term of a character-based script stands for characters rather than for a spelt word.
extension TextAnalyzer {
  package static func isCharacterTerm(_ term: String) -> Bool {
    term.unicodeScalars.first.map { ScriptClass($0) == .unspaced } ?? false
  }
}

/// How the analyser treats a scalar.
enum ScriptClass {
  /// A letter, digit or mark of a script with spaces between words.
  case word
  /// A character of a script without them.
  case unspaced
  /// Joins the parts of an identifier: `_`, `-`, `.`.
  case connector
  case apostrophe
  case other

  init(_ scalar: Unicode.Scalar) {
    switch scalar.value {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: self = .word
    case 0x5F, 0x2D, 0x2E, 0x2010, 0x2011: self = .connector
    case 0x27, 0x2019: self = .apostrophe
    case 0...0x7F, 0x30FB, 0x3000...0x3004, 0x3008...0x3020: self = .other
    case 0x0E01...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3005...0x3007, 0x3041...0x30FF,
      0x31F0...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
      0x20000...0x3FFFF:
      self = .unspaced
    default: self = ScriptClass.isWordPart(scalar) ? .word : .other
    }
  }

  private static func isWordPart(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .decimalNumber, .letterNumber, .otherNumber, .nonspacingMark, .spacingMark:
      true
    default: false
    }
  }
}
