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

  /// The sentences of the results, in their order.
  func sentences(of results: [SearchResult]) -> [Sentence] {
    results.enumerated().flatMap { index, result in
      SentenceSplitter.sentences(in: result.text).map { String(result.text[$0]) }
        .filter { $0.contains(where: \.isLetter) }
        .enumerated().map { ordinal, text in
          Sentence(
            passage: index, ordinal: ordinal, text: text, terms: Set(analyze(text)))
        }
    }
  }

  /// What a passage is about besides its own words: title and headings.
  func context(of result: SearchResult) -> Set<String> {
    Set(analyze(result.title + " " + result.heading))
  }
}
