// The analyser's state while it reads a text scalar by scalar.
import Foundation

/// Collects words, compounds and runs of characters into terms.
struct TermBuilder {
  /// A compound of more parts (a version string, a path) is indexed by its parts only.
  static let mostParts = 6

  private let stemmer: PorterStemmer
  private var terms: [String] = []
  /// The word being read, in its own case.
  private var word = String.UnicodeScalarView()
  private var wordLength = 0
  /// The finished parts of the compound being read, in small letters.
  private var parts: [String] = []
  private var run: [Unicode.Scalar] = []
  /// A connector or apostrophe that has been read after a word and not yet used.
  private var pending: ScriptClass?
  private var pendingIsUnderscore = false
  private var hasUnderscore = false
  private let isQuestion: Bool

  init(stemmer: PorterStemmer, isQuestion: Bool) {
    self.stemmer = stemmer
    self.isQuestion = isQuestion
  }

  mutating func take(_ scalar: Unicode.Scalar) {
    let kind = ScriptClass(scalar)
    if kind != .unspaced { endRun() }
    switch kind {
    case .word: append(scalar)
    case .unspaced:
      endCompound()
      run.append(scalar)
    case .connector, .apostrophe:
      if wordLength > 0, pending == nil {
        pending = kind
        pendingIsUnderscore = scalar == "_"
      } else {
        endCompound()
      }
    case .other: endCompound()
    }
  }

  mutating func finished() -> [String] {
    endRun()
    endCompound()
    return terms
  }

  private mutating func append(_ scalar: Unicode.Scalar) {
    if pending == .connector {
      endWord()
      hasUnderscore = hasUnderscore || pendingIsUnderscore
    } else if pending == .apostrophe {
      endCompound()
      parts = []
      afterApostrophe = true
    }
    pending = nil
    wordLength += 1
    if wordLength <= TextAnalyzer.longestWord { word.append(scalar) }
  }

  /// The word being read follows an apostrophe: a lone `s` then is a possessive, no word.
  private var afterApostrophe = false

  private mutating func endWord() {
    guard wordLength > 0 else { return }
    let text = String(word)
    word = String.UnicodeScalarView()
    wordLength = 0
    let possessive = afterApostrophe && (text == "s" || text == "S")
    afterApostrophe = false
    if possessive { return }
    let small = Self.folded(text)
    for piece in Self.camelPieces(text) { terms.append(stemmer.stem(Self.folded(piece))) }
    terms.append(stemmer.stem(small))
    parts.append(small)
  }

  private mutating func endCompound() {
    endWord()
    pending = nil
    if joinsParts { terms.append(stemmer.stem(parts.joined())) }
    parts.removeAll(keepingCapacity: true)
    hasUnderscore = false
  }

  /// Whether the whole of a compound is a term beside its parts.
  ///
  /// Numbers never ("0.41"). In a question only identifiers: "boundary-layer" would count three times
  /// where a document has it and thereby outweigh the other words.
  private var joinsParts: Bool {
    guard parts.count > 1, parts.count <= Self.mostParts else { return false }
    let digits = parts.contains { $0.utf8.contains { (0x30...0x39).contains($0) } }
    let letters = parts.contains { !$0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
    return letters && (!isQuestion || digits || hasUnderscore)
  }

  private mutating func endRun() {
    guard !run.isEmpty else { return }
    for (i, scalar) in run.enumerated() {
      var character = String.UnicodeScalarView()
      character.append(scalar)
      terms.append(String(character))
      guard i + 1 < run.count else { break }
      character.append(run[i + 1])
      terms.append(String(character))
    }
    run.removeAll(keepingCapacity: true)
  }
}

// MARK: - Letters

extension TermBuilder {
  /// The word in small letters, accents of Latin letters dropped.
  static func folded(_ word: String) -> String {
    if word.utf8.allSatisfy({ $0 < 0x80 }) { return word.lowercased() }
    let small = word.lowercased()
    guard small.unicodeScalars.contains(where: isAccentedLatin) else { return small }
    var result = String.UnicodeScalarView()
    for scalar in small.decomposedStringWithCanonicalMapping.unicodeScalars {
      if (0x300...0x36F).contains(scalar.value) { continue }
      if let plain = plainLetters[scalar] {
        result.append(contentsOf: plain.unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }

  private static func isAccentedLatin(_ scalar: Unicode.Scalar) -> Bool {
    (0xC0...0x24F).contains(scalar.value) || (0x1E00...0x1EFF).contains(scalar.value)
  }

  /// Latin letters that have no canonical decomposition.
  private static let plainLetters: [Unicode.Scalar: String] = [
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "ð": "d", "þ": "th",
  ]

  /// The parts of a camel-case word, none when there is only one or when any is too short to be a word.
  static func camelPieces(_ word: String) -> [String] {
    let letters = Array(word.utf8)
    guard letters.count >= 6, letters.allSatisfy(isASCIILetter) else { return [] }
    var pieces: [String] = []
    var start = 0
    for i in 1..<letters.count {
      let rises = !isCapital(letters[i - 1]) && isCapital(letters[i])
      let acronymEnds =
        isCapital(letters[i - 1]) && isCapital(letters[i]) && i + 1 < letters.count
        && !isCapital(letters[i + 1])
      guard rises || acronymEnds else { continue }
      pieces.append(String(decoding: letters[start..<i], as: UTF8.self))
      start = i
    }
    pieces.append(String(decoding: letters[start...], as: UTF8.self))
    return pieces.count > 1 && pieces.allSatisfy { $0.utf8.count >= 3 } ? pieces : []
  }

  private static func isCapital(_ byte: UInt8) -> Bool { byte < 0x61 }

  private static func isASCIILetter(_ byte: UInt8) -> Bool {
    (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }
}
