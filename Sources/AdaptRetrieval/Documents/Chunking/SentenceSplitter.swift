// Finds sentences in English and Chinese text, for chunking and for extractive answers.

/// Cuts text into sentences by punctuation and the words around it.
package enum SentenceSplitter {
  /// The sentences of `text` in order, without the white space around them.
  ///
  /// Together they hold every character that is no white space. A sentence ends at `。！？；` and at
  /// `.!?` before white space, quotes that close it included, but not in abbreviations, initials, decimals
  /// or list numbers; a blank line and the start of a list item end it too.
  package static func sentences(in text: String) -> [Range<String.Index>] {
    var scanner = Scanner(text)
    return scanner.run()
  }

  private struct Scanner {
    private let characters: [Character]
    private let indices: [String.Index]
    private let end: String.Index
    private var start: Int?
    private var ranges: [Range<String.Index>] = []

    init(_ text: String) {
      characters = Array(text)
      indices = Array(text.indices)
      end = text.endIndex
    }

    mutating func run() -> [Range<String.Index>] {
      var i = 0
      while i < characters.count {
        let character = characters[i]
        if character.isNewline, breaksLine(at: i) {
          close(before: i)
        } else if !character.isWhitespace {
          if start == nil { start = i }
          if let after = sentenceEnd(at: i) {
            close(before: after)
            i = after
            continue
          }
        }
        i += 1
      }
      close(before: characters.count)
      return ranges
    }

    private mutating func close(before next: Int) {
      guard let first = start else { return }
      var last = next
      while last > first, characters[last - 1].isWhitespace { last -= 1 }
      ranges.append(indices[first]..<(last < indices.count ? indices[last] : end))
      start = nil
    }

    /// Whether the line break at `i` is followed by a blank line or a list item.
    private func breaksLine(at i: Int) -> Bool {
      var j = i + 1
      while j < characters.count, characters[j] == " " || characters[j] == "\t" { j += 1 }
      guard j < characters.count else { return true }
      if characters[j].isNewline { return true }
      return ListMarker(Substring(String(characters[j..<min(j + 14, characters.count)]))) != nil
    }

    /// The position behind the sentence that ends with the mark at `i`, or nil when none ends.
    private func sentenceEnd(at i: Int) -> Int? {
      let mark = characters[i]
      let isWide = "。！？；".contains(mark)
      guard isWide || ".!?…".contains(mark) else { return nil }
      var next = i + 1
      while next < characters.count, "。！？；.!?…".contains(characters[next]) { next += 1 }
      let isRun = next > i + 1
      while next < characters.count, "”’」』）》〉\"')]*_".contains(characters[next]) { next += 1 }
      guard next < characters.count, !isWide else { return next }
      guard characters[next].isWhitespace || isIdeograph(characters[next]) else { return nil }
      if mark == ".", !isRun, isPartOfWord(dot: i, next: next) { return nil }
      return startsSentence(from: next) ? next : nil
    }

    /// A lower-case letter goes on with the sentence.
    private func startsSentence(from position: Int) -> Bool {
      guard let first = characters[position...].first(where: { !$0.isWhitespace }) else {
        return true
      }
      return !first.isLowercase
    }

    /// Whether the full stop belongs to an abbreviation, an initial or a list number.
    private func isPartOfWord(dot: Int, next: Int) -> Bool {
      var first = dot
      while first > start ?? 0, isWordCharacter(characters[first - 1]) { first -= 1 }
      let word = String(characters[first..<dot])
      if word.isEmpty { return false }
      if isIdeograph(characters[next]) { return word.allSatisfy(\.isNumber) }
      if word.allSatisfy({ $0.isNumber && $0.isASCII }) { return first == start }
      if word.count == 1, word.first?.isUppercase == true { return word != "I" }
      return SentenceSplitter.abbreviations.contains(word.lowercased())
    }

    private func isWordCharacter(_ character: Character) -> Bool {
      (character.isLetter || character.isNumber || character == ".") && !isIdeograph(character)
    }

    private func isIdeograph(_ character: Character) -> Bool {
      character.unicodeScalars.first.map { CJK.contains($0) } ?? false
    }
  }

  /// Words before a full stop that rarely end a sentence, in lower case without their last stop.
  private static let abbreviations: Set<String> = [
    "dr", "mr", "mrs", "ms", "prof", "rev", "gen", "st", "sr", "jr", "vs", "e.g", "eg", "i.e", "ie",
    "cf", "viz", "al", "etc", "fig", "figs", "eq", "eqs", "sec", "sect", "ch", "chap", "no", "nos",
    "vol", "vols", "pp", "p", "ed", "eds", "inc", "ltd", "co", "corp", "dept", "univ", "approx",
    "ca", "resp", "def", "thm", "prop", "ref", "refs", "tab", "app", "jan", "feb", "mar", "apr",
    "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "u.s", "u.k", "ph.d", "a.m", "p.m",
    "w.r.t", "wrt", "incl", "max", "min", "arxiv",
  ]
}

/// The scripts that write without spaces.
enum CJK {
  /// Ideographs, kana, and Hangul syllables, each a word of its own for counting.
  static func contains(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x3040...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xAC00...0xD7AF, 0xF900...0xFAFF,
      0x20000...0x3FFFF:
      true
    default: false
    }
  }
}
