// Takes Markdown's marks out of running text, so that words are found as words.

enum MarkdownInline {
  /// `text` without emphasis marks, links' addresses, images and tags; code and formulas stay as they
  /// are, and so does every line break.
  static func plain(_ text: String) -> String {
    guard text.utf8.contains(where: { "\\`*_~[]<&$!".utf8.contains($0) }) else { return text }
    var cleaner = Cleaner(Array(text))
    return cleaner.run()
  }

  private struct Cleaner {
    let text: [Character]
    var index = 0
    var output = ""
    /// The first `]` at or after the last bracket that was looked at.
    private var nextClosing = -1

    init(_ text: [Character]) {
      self.text = text
    }

    mutating func run() -> String {
      while index < text.count {
        switch text[index] {
        case "\\": takeEscape()
        case "`": takeVerbatim("`")
        case "$": takeVerbatim("$")
        case "!" where next == "[": index += 1
        case "[": takeLink()
        case "<": takeTag()
        case "*", "_", "~": takeEmphasis()
        case "&": takeEntity()
        default: keep()
        }
      }
      return output
    }

    private var next: Character? { index + 1 < text.count ? text[index + 1] : nil }
    private var previous: Character? { index > 0 ? text[index - 1] : nil }

    private mutating func keep() {
      output.append(text[index])
      index += 1
    }

    private mutating func takeEscape() {
      if let next, next.isASCII, next.isPunctuation || next.isSymbol { index += 1 }
      keep()
    }

    /// A span between equal runs of `mark`: code without its marks, a formula with them.
    private mutating func takeVerbatim(_ mark: Character) {
      let length = run(of: mark, at: index)
      guard let end = closing(mark, length, from: index + length) else {
        for _ in 0..<length { keep() }
        return
      }
      let keepsMarks = mark == "$"
      let inner = text[(keepsMarks ? index : index + length)..<(keepsMarks ? end + length : end)]
      output.append(contentsOf: inner)
      index = end + length
    }

    private func run(of mark: Character, at start: Int) -> Int {
      text[start...].prefix { $0 == mark }.count
    }

    /// Where a run of exactly `length` marks starts, within 2,000 characters.
    private func closing(_ mark: Character, _ length: Int, from start: Int) -> Int? {
      var i = start
      let end = min(text.count, start + 2000)
      while i < end {
        guard text[i] == mark else {
          i += 1
          continue
        }
        let found = run(of: mark, at: i)
        if found == length { return i }
        i += found
      }
      return nil
    }

    /// `[text](address)`, `[text][reference]`, `[[page|text]]` and `[^note]`; other brackets stay.
    private mutating func takeLink() {
      if nextClosing < index { nextClosing = text[index...].firstIndex(of: "]") ?? text.count }
      guard nextClosing - index < 2000, let end = matchingBracket(from: index) else {
        return keep()
      }
      let inner = text[(index + 1)..<end]
      if inner.first == "[", inner.last == "]" {
        let page = String(inner.dropFirst().dropLast())
        output += page.split(separator: "|").last.map(String.init) ?? page
        index = end + 1
      } else if end + 1 < text.count, text[end + 1] == "(",
        let close = text[(end + 1)...].prefix(2000).firstIndex(of: ")")
      {
        var address = Cleaner(Array(inner))
        output += inner.contains("[") ? String(inner) : address.run()
        index = close + 1
      } else {
        keep()
      }
    }

    private func matchingBracket(from start: Int) -> Int? {
      var depth = 0
      for i in start..<min(text.count, start + 2000) {
        if text[i] == "[" { depth += 1 }
        if text[i] == "]" { depth -= 1 }
        if depth == 0 { return i }
      }
      return nil
    }

    /// A tag is dropped, `<https://…>` keeps its address, a lone `<` stays.
    private mutating func takeTag() {
      guard let next, next.isLetter || next == "/" || next == "!",
        let end = text[index...].prefix(2000).firstIndex(of: ">")
      else { return keep() }
      let inner = text[(index + 1)..<end]
      if inner.contains(":"), !inner.contains(" ") { output += String(inner) }
      output += String(inner.filter { $0 == "\n" })
      index = end + 1
    }

    /// Drops a run of marks that opens or closes emphasis; `snake_case`, `2 * 3` and `~5` stay.
    private mutating func takeEmphasis() {
      let mark = text[index]
      let length = run(of: mark, at: index)
      let after = index + length < text.count ? text[index + length] : nil
      let before = previous
      let opens = after.map { !$0.isWhitespace } ?? false
      let closes = before.map { !$0.isWhitespace } ?? false
      let inWord =
        (before.map { $0.isLetter || $0.isNumber } ?? false)
        && (after.map { $0.isLetter || $0.isNumber } ?? false)
      let stays =
        length > 3 || !(opens || closes) || (mark == "_" && inWord) || (mark == "~" && length < 2)
        || (mark == "*" && inWord && length == 1 && isNumeric(before) && isNumeric(after))
      guard stays else {
        index += length
        return
      }
      for _ in 0..<length { keep() }
    }

    private func isNumeric(_ character: Character?) -> Bool { character?.isNumber ?? false }

    private mutating func takeEntity() {
      let end = text[index...].prefix(12).firstIndex(of: ";")
      guard let end, let value = HTMLEntities.decode(String(text[(index + 1)..<end])) else {
        return keep()
      }
      output += value
      index = end + 1
    }
  }
}
