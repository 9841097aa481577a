// Separates what a question asks about from the words that only make it a question.

/// The content of a question: its terms without question words, articles and politeness.
///
/// Stop words are dropped here and not in the index, so that a phrase search still finds them.
package enum QuestionTerms {
  /// The part of the question that carries content, question words replaced by spaces.
  package static func content(of question: String) -> String {
    var text = question
    for phrase in FunctionWords.chinesePhrases {
      text = text.replacing(phrase, with: " ")
    }
    var kept: [Substring] = []
    for word in text.split(whereSeparator: { $0.isWhitespace || "?!.,;:()\"？！。，；：".contains($0) }) {
      let plain = word.lowercased().split(separator: "'").first.map(String.init) ?? ""
      if !FunctionWords.isAsking(plain) { kept.append(word) }
    }
    return kept.joined(separator: " ")
  }

  /// The analysed content terms of a question, each once, in order; all its terms when nothing else is left.
  package static func terms(
    of question: String, analyze: (String) -> [String]
  ) -> [String] {
    let content = analyze(content(of: question))
    var seen: Set<String> = []
    return (content.isEmpty ? analyze(question) : content).filter { seen.insert($0).inserted }
  }
}
