// Reads found passages sentence by sentence, with the analysed terms that scoring needs.

/// A sentence of a found passage.
struct Sentence: Sendable, Equatable {
  /// Index of its passage among the results.
  var passage: Int
  /// Position in the passage.
  var ordinal: Int
  var text: String
  var terms: Set<String>
}

/// Splits passages into sentences and analyses them once.
struct PassageReader {
  let analyze: @Sendable (String) -> [String]

  /// The sentences of the results, in their order, list markers taken off.
  ///
  /// Reference lists give none: an entry names its subject without saying anything about it.
  func sentences(of results: [SearchResult]) -> [Sentence] {
    results.enumerated().flatMap { index, result in
      Self.isReferenceList(result) ? [] : sentences(of: result, index)
    }
  }

  private func sentences(of result: SearchResult, _ passage: Int) -> [Sentence] {
    SentenceSplitter.sentences(in: result.text).map { Self.unmarked(result.text[$0]) }
      .filter { !$0.hasPrefix("[") && $0.contains(where: \.isLetter) }
      .enumerated().map { ordinal, text in
        Sentence(
          passage: passage, ordinal: ordinal, text: String(text), terms: Set(analyze(String(text))))
      }
  }

  /// What a passage is about besides its own words: title and headings.
  func context(of result: SearchResult) -> Set<String> {
    Set(analyze(result.title + " " + result.heading))
  }

  private static func unmarked(_ sentence: Substring) -> Substring {
    for marker in ["- ", "* ", "+ ", "• "] where sentence.hasPrefix(marker) {
      return sentence.dropFirst(marker.count).drop(while: \.isWhitespace)
    }
    return sentence
  }

  private static let referenceHeadings: Set<String> = [
    "sources", "references", "bibliography", "further reading", "来源", "参考文献", "参考资料", "引用",
  ]

  private static func isReferenceList(_ result: SearchResult) -> Bool {
    let innermost = result.heading.split(separator: "›").last ?? ""
    let name = innermost.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return referenceHeadings.contains(name)
  }
}
