// English word forms meet in one keyword: "adapting", "adapts" and "adapted" are all found by "adapt".

/// The Porter2 ("English") stemmer of the Snowball project, as of Snowball 3.
///
/// Works on lower-case ASCII letters; a word with any other byte comes back as it is. Apostrophes are
/// the analyser's business and never arrive here. Source: snowballstem/snowball `algorithms/english.sbl`.
package struct PorterStemmer: Sendable {
  package init() {}

  /// The stem of one lower-case word.
  package func stem(_ word: String) -> String {
    var word = word
    let result: String? = word.withUTF8 { bytes in
      guard bytes.count > 2, bytes.count <= 64, bytes.allSatisfy(isLowerCaseLetter) else {
        return nil
      }
      if let known = exceptions[String(decoding: bytes, as: UTF8.self)] { return known }
      var state = PorterWord(Array(bytes))
      state.run()
      return state.text
    }
    return result ?? word
  }

  private func isLowerCaseLetter(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
  }

  /// Words whose stem the rules would get wrong.
  private var exceptions: [String: String] { Self.exceptionTable }

  private static let exceptionTable: [String: String] = [
    "skis": "ski", "skies": "sky", "idly": "idl", "gently": "gentl", "ugly": "ugli",
    "early": "earli", "only": "onli", "singly": "singl", "sky": "sky", "news": "news",
    "howe": "howe", "atlas": "atlas", "cosmos": "cosmos", "bias": "bias", "andes": "andes",
  ]
}

/// A word on its way through the steps: its letters and where the regions R1 and R2 begin.
///
/// A `y` that acts as a consonant is kept as `Y`, as in the original.
private struct PorterWord {
  private var letters: [UInt8]
  private var region1: Int
  private var region2: Int

  var text: String {
    String(
      decoding: letters.map { $0 == UInt8(ascii: "Y") ? UInt8(ascii: "y") : $0 }, as: UTF8.self)
  }

  init(_ letters: [UInt8]) {
    self.letters = letters
    region1 = letters.count
    region2 = letters.count
    markConsonantY()
    markRegions()
  }

  mutating func run() {
    removePlural()
    removePast()
    replaceFinalY()
    replaceLongest(of: Self.step2, from: region1)
    replaceLongest(of: Self.step3, from: region1)
    removeSuffix()
    removeFinalLetter()
  }

  private mutating func markConsonantY() {
    for i in letters.indices where letters[i] == UInt8(ascii: "y") {
      if i == 0 || isVowel(letters[i - 1]) { letters[i] = UInt8(ascii: "Y") }
    }
  }

  private mutating func markRegions() {
    let long = Self.prefixes.filter { starts(with: $0) }.map(\.utf8.count).max()
    region1 = long ?? endOfSyllable(from: 0)
    region2 = endOfSyllable(from: region1)
  }

  /// The position after the first non-vowel that follows a vowel, or the word's end.
  private func endOfSyllable(from start: Int) -> Int {
    var i = start
    while i < letters.count, !isVowel(letters[i]) { i += 1 }
    while i < letters.count, isVowel(letters[i]) { i += 1 }
    return min(i + 1, letters.count)
  }

  private func isVowel(_ letter: UInt8) -> Bool {
    switch letter {
    case UInt8(ascii: "a"), UInt8(ascii: "e"), UInt8(ascii: "i"), UInt8(ascii: "o"),
      UInt8(ascii: "u"), UInt8(ascii: "y"):
      true
    default: false
    }
  }

  private func starts(with prefix: String) -> Bool { letters.starts(with: prefix.utf8) }

  private func ends(with suffix: String) -> Bool {
    suffix.utf8.count <= letters.count
      && letters[(letters.count - suffix.utf8.count)...].elementsEqual(suffix.utf8)
  }

  private mutating func replace(last count: Int, with replacement: String) {
    letters.removeLast(count)
    letters.append(contentsOf: replacement.utf8)
  }

  private func hasVowel(before end: Int) -> Bool {
    letters[..<max(end, 0)].contains(where: isVowel)
  }

  /// Whether the first `end` letters end in a short syllable.
  private func endsShort(_ end: Int) -> Bool {
    if end >= 4, letters[(end - 4)..<end].elementsEqual("past".utf8) { return true }
    guard end >= 2, !isVowel(letters[end - 1]), isVowel(letters[end - 2]) else { return false }
    if end == 2 { return true }
    let last = letters[end - 1]
    let open = [UInt8(ascii: "w"), UInt8(ascii: "x"), UInt8(ascii: "Y")].contains(last)
    return !open && !isVowel(letters[end - 3])
  }
}

// MARK: - Steps

extension PorterWord {
  /// Step 1a: plurals.
  private mutating func removePlural() {
    if ends(with: "sses") {
      replace(last: 2, with: "")
    } else if ends(with: "ied") || ends(with: "ies") {
      replace(last: 3, with: letters.count > 4 ? "i" : "ie")
    } else if ends(with: "us") || ends(with: "ss") {
      return
    } else if ends(with: "s"), hasVowel(before: letters.count - 2) {
      letters.removeLast()
    }
  }

  /// Step 1b: past tense and the -ing form.
  private mutating func removePast() {
    for suffix in ["eedly", "eed"] where ends(with: suffix) {
      let start = letters.count - suffix.utf8.count
      let kept = ["proc", "exc", "succ"].contains { letters[..<start].elementsEqual($0.utf8) }
      if start >= region1, !kept { replace(last: suffix.utf8.count, with: "ee") }
      return
    }
    guard let suffix = ["ingly", "edly", "ing", "ed"].first(where: { ends(with: $0) }) else {
      return
    }
    let start = letters.count - suffix.utf8.count
    if suffix == "ing", keepsOrReplacesIng(stemLength: start) { return }
    guard hasVowel(before: start) else { return }
    letters.removeLast(suffix.utf8.count)
    restoreEnding()
  }

  /// Whether an -ing word is one of the exceptions, which are dealt with here ("dying", "evening").
  private mutating func keepsOrReplacesIng(stemLength: Int) -> Bool {
    if stemLength == 2, letters[1] == UInt8(ascii: "y"), !isVowel(letters[0]) {
      replace(last: 4, with: "ie")
      return true
    }
    let kept = ["inn", "out", "cann", "herr", "earr", "even"]
    return kept.contains { letters[..<stemLength].elementsEqual($0.utf8) }
  }

  /// After step 1b: "hoping" needs its e again, "hopping" loses a p.
  private mutating func restoreEnding() {
    if ends(with: "at") || ends(with: "bl") || ends(with: "iz") {
      letters.append(UInt8(ascii: "e"))
    } else if let last = letters.last, letters.count >= 2, letters[letters.count - 2] == last,
      "bdfgmnprt".utf8.contains(last)
    {
      let open = letters.count == 3 && "aeo".utf8.contains(letters[0])
      if !open { letters.removeLast() }
    } else if letters.count == region1, endsShort(letters.count) {
      letters.append(UInt8(ascii: "e"))
    }
  }

  /// Step 1c: a final y after a consonant.
  private mutating func replaceFinalY() {
    guard letters.count > 2, ends(with: "y") || ends(with: "Y") else { return }
    if !isVowel(letters[letters.count - 2]) { letters[letters.count - 1] = UInt8(ascii: "i") }
  }

  /// Steps 2 and 3: derived endings become simpler ones.
  private mutating func replaceLongest(of rules: [PorterRule], from region: Int) {
    guard let rule = rules.first(where: { ends(with: $0.suffix) }) else { return }
    let start = letters.count - rule.suffix.utf8.count
    guard start >= region, !rule.onlyInRegion2 || start >= region2 else { return }
    if let before = rule.after {
      guard start > 0, before.utf8.contains(letters[start - 1]) else { return }
    }
    replace(last: rule.suffix.utf8.count, with: rule.replacement)
  }

  /// Step 4: what is left of a derived ending, in R2.
  private mutating func removeSuffix() {
    guard let suffix = Self.step4.first(where: { ends(with: $0) }) else { return }
    let start = letters.count - suffix.utf8.count
    guard start >= region2 else { return }
    if suffix == "ion" {
      guard start > 0, "st".utf8.contains(letters[start - 1]) else { return }
    }
    letters.removeLast(suffix.utf8.count)
  }

  /// Step 5: a final e, or one of two final l.
  private mutating func removeFinalLetter() {
    let start = letters.count - 1
    if ends(with: "e") {
      if start >= region2 || (start >= region1 && !endsShort(start)) { letters.removeLast() }
    } else if ends(with: "ll"), start >= region2 {
      letters.removeLast()
    }
  }
}

// MARK: - Tables, longest suffix first

/// One ending, what it becomes, and where.
private struct PorterRule {
  var suffix: String
  var replacement: String
  var after: String?
  var onlyInRegion2 = false

  init(_ suffix: String, _ replacement: String, after: String? = nil, onlyInRegion2: Bool = false) {
    self.suffix = suffix
    self.replacement = replacement
    self.after = after
    self.onlyInRegion2 = onlyInRegion2
  }
}

extension PorterWord {
  private static let prefixes = [
    "gener", "commun", "arsen", "past", "univers", "later", "emerg", "organ", "inter",
  ]

  private static let step2: [PorterRule] = [
    PorterRule("ational", "ate"), PorterRule("ization", "ize"), PorterRule("fulness", "ful"),
    PorterRule("ousness", "ous"), PorterRule("iveness", "ive"), PorterRule("tional", "tion"),
    PorterRule("biliti", "ble"), PorterRule("lessli", "less"), PorterRule("entli", "ent"),
    PorterRule("ation", "ate"), PorterRule("alism", "al"), PorterRule("aliti", "al"),
    PorterRule("ousli", "ous"), PorterRule("iviti", "ive"), PorterRule("fulli", "ful"),
    PorterRule("ogist", "og"), PorterRule("enci", "ence"), PorterRule("anci", "ance"),
    PorterRule("abli", "able"), PorterRule("izer", "ize"), PorterRule("ator", "ate"),
    PorterRule("alli", "al"), PorterRule("bli", "ble"), PorterRule("ogi", "og", after: "l"),
    PorterRule("li", "", after: "cdeghkmnrt"),
  ]

  private static let step3: [PorterRule] = [
    PorterRule("ational", "ate"), PorterRule("tional", "tion"), PorterRule("alize", "al"),
    PorterRule("icate", "ic"), PorterRule("iciti", "ic"),
    PorterRule("ative", "", onlyInRegion2: true), PorterRule("ical", "ic"),
    PorterRule("ness", ""), PorterRule("ful", ""),
  ]

  private static let step4 = [
    "ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous",
    "ive", "ize", "ion", "al", "er", "ic",
  ]
}
