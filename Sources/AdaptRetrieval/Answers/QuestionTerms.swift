// Separates what a question asks about from the words that only make it a question.

/// The content of a question: its terms without question words, articles and politeness.
///
/// Stop words are dropped here and not in the index, so that a phrase search still finds them.
package enum QuestionTerms {
  /// The part of the question that carries content, question words replaced by spaces.
  package static func content(of question: String) -> String {
    var text = question
    for word in chineseFunctionWords {
      text = text.replacing(word, with: " ")
    }
    var kept: [Substring] = []
    for word in text.split(whereSeparator: { $0.isWhitespace || "?!.,;:()\"？！。，；：".contains($0) }) {
      let plain = word.lowercased().split(separator: "'").first.map(String.init) ?? ""
      if !englishFunctionWords.contains(plain) { kept.append(word) }
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

  /// Longest first, so that `为什么` goes before `什么`.
  private static let chineseFunctionWords: [String] = [
    "为什么", "是什么", "什么时候", "什么样", "怎么样", "怎么办", "有什么", "有哪些", "请问", "什么", "怎么", "怎样", "如何",
    "为何", "何时", "哪些", "哪个", "哪种", "哪一", "哪里", "多少", "多大", "几个", "是否", "能否", "可否", "能不能", "可不可以",
    "是不是", "有没有", "应该", "可以", "需要", "我们", "你们", "他们", "我的", "一个", "一种", "这个", "那个", "以及", "还是",
    "或者", "如果", "但是", "因为", "所以", "时候", "的话", "才能", "比较", "吗", "呢", "吧", "啊", "的", "了", "着", "过",
    "我", "你", "它", "和", "与", "在", "是", "把", "被", "让", "给", "对", "从", "到", "就", "都", "也", "很", "更",
    "最", "会", "要",
    "请", "该", "哪",
  ].sorted { ($0.count, $0) > ($1.count, $1) }

  private static let englishFunctionWords: Set<String> = [
    "a", "an", "the", "this", "that", "these", "those", "it", "its", "i", "im", "me", "my", "mine",
    "we",
    "us", "our", "you", "your", "he", "she", "they", "them", "their", "is", "are", "was", "were",
    "be",
    "been", "being", "am", "do", "does", "did", "doing", "done", "have", "has", "had", "can",
    "could",
    "should", "would", "will", "shall", "may", "might", "must", "what", "whats", "which", "who",
    "whom",
    "whose", "when", "where", "why", "how", "if", "then", "than", "and", "or", "but", "not", "no",
    "nor",
    "so", "as", "at", "by", "for", "from", "in", "into", "of", "on", "onto", "to", "with",
    "without",
    "within", "about", "over", "under", "between", "there", "here", "any", "some", "all", "each",
    "every",
    "both", "such", "only", "just", "also", "too", "very", "much", "many", "more", "most", "less",
    "least",
    "few", "own", "same", "other", "another", "tell", "please", "give", "get", "got", "let", "make",
    "made", "want", "need", "know", "mean", "means", "kind", "sort", "way", "thing", "things",
    "something",
    "anything", "because", "while", "during", "still", "even", "ever", "actually", "really",
    "instead",
  ]
}
