// Cuts a streamed answer into sentences and sees to it that each one is cited.
package import AdaptRetrieval

/// Collects a streamed answer and gives each sentence as soon as it is complete, with its citations.
///
/// Numbers that name no passage are dropped. A sentence without a valid number gets the passage that
/// holds most of its words, if it holds at least half of them; else it stays uncited and is marked.
package struct CitedSentences {
  private let count: Int
  private let passageTerms: [Set<String>]
  private let analyze: @Sendable (String) -> [String]
  private var pending = ""

  package init(passages: [SearchResult], analyze: @escaping @Sendable (String) -> [String]) {
    self.count = passages.count
    self.passageTerms = passages.map { Set(analyze($0.title + " " + $0.heading + " " + $0.text)) }
    self.analyze = analyze
  }

  /// Adds a piece of the stream and gives the sentences that are complete.
  package mutating func add(_ piece: String) -> [Statement] {
    pending += piece
    var done: [Statement] = []
    while let end = boundary(in: pending) {
      if let statement = statement(String(pending[..<end])) { done.append(statement) }
      pending = String(pending[end...])
    }
    return done
  }

  /// The rest of the stream as a last sentence.
  package mutating func finish() -> [Statement] {
    defer { pending = "" }
    return statement(pending).map { [$0] } ?? []
  }

  /// Where the first complete sentence ends: after its full stop and the citations behind it, once
  /// something else follows; a citation may still be on its way.
  private func boundary(in text: String) -> String.Index? {
    var index = text.startIndex
    var length = 0
    while index < text.endIndex {
      let character = text[index]
      let next = text.index(after: index)
      if character == "\n", next < text.endIndex { return next }
      if Self.isEnd(character, before: text[next...]) {
        let end = Self.skipCitations(in: text, from: next)
        if !Self.mayContinue(text[end...]) { return end }
      }
      index = next
      length += 1
      if length == Self.longestSentence { return next }
    }
    return nil
  }

  /// A sentence without an end is cut after so many characters: text is looked through again with
  /// every piece that comes.
  private static let longestSentence = 2000

  private static func isEnd(_ character: Character, before rest: Substring) -> Bool {
    if "。！？".contains(character) { return true }
    guard ".!?".contains(character), let next = rest.first else { return false }
    return next.isWhitespace || next == "["
  }

  /// Whether a citation may still be on its way: nothing but blanks follows, or a bracket still open.
  private static func mayContinue(_ rest: Substring) -> Bool {
    let next = rest.drop(while: \.isWhitespace)
    if next.isEmpty { return true }
    return next.first == "[" && next.count < longestCitation && !next.contains("]")
  }

  /// No list of passage numbers is longer than this, in characters.
  private static let longestCitation = 40

  private static func skipCitations(in text: String, from start: String.Index) -> String.Index {
    var index = start
    while true {
      var probe = index
      while probe < text.endIndex, text[probe] == " " { probe = text.index(after: probe) }
      guard probe < text.endIndex, text[probe] == "[",
        let close = text[probe...].firstIndex(of: "]"),
        text[text.index(after: probe)..<close].allSatisfy({ $0.isNumber || ", ".contains($0) })
      else { return index }
      index = text.index(after: close)
    }
  }

  private func statement(_ raw: String) -> Statement? {
    let (text, numbers) = Self.separate(raw)
    guard text.contains(where: { $0.isLetter || $0.isNumber }) else { return nil }
    let valid = numbers.filter { (1...max(count, 1)).contains($0) && count > 0 }
    return Statement(text: text, citations: valid.isEmpty ? attributed(text) : valid)
  }

  /// The sentence without its `[n]`, and the numbers in order, each once.
  package static func separate(_ raw: String) -> (text: String, numbers: [Int]) {
    var text = ""
    var numbers: [Int] = []
    var rest = raw[...]
    while let open = rest.firstIndex(of: "["), let close = rest[open...].firstIndex(of: "]") {
      let inside = rest[rest.index(after: open)..<close]
      let parts = inside.split(separator: ",").map { Int($0.filter { !$0.isWhitespace }) }
      if parts.isEmpty || parts.contains(nil) {
        text += rest[...close]
      } else {
        text += rest[..<open]
        while text.last == " " { text.removeLast() }
        for number in parts.compactMap({ $0 }) where !numbers.contains(number) {
          numbers.append(number)
        }
      }
      rest = rest[rest.index(after: close)...]
    }
    text += rest
    let words = text.split(whereSeparator: { $0 == "\n" || $0 == " " })
    return (words.joined(separator: " "), numbers)
  }

  private func attributed(_ text: String) -> [Int] {
    let terms = Set(analyze(text))
    guard !terms.isEmpty else { return [] }
    let shares = passageTerms.map { Double($0.intersection(terms).count) / Double(terms.count) }
    guard let best = shares.max(), best >= 0.5, let index = shares.firstIndex(of: best) else {
      return []
    }
    return [index + 1]
  }
}
