// An answer that a language model writes from the passages found.
import AdaptRetrieval

/// Asks a model, streams its sentences as they are complete, and sees to their citations.
struct GeneratedAnswer {
  let model: any LanguageModel
  let library: OpenLibrary
  /// Below this support the model is not even asked.
  ///
  /// It is lower than for extracted sentences, because a model understands a paraphrase and can decline
  /// itself.
  private static let leastSupport = 0.15

  func answer(
    _ question: String, _ results: [SearchResult], _ evidence: AnswerEvidence,
    stream: @escaping @Sendable (String) -> Void
  ) async throws -> CitedAnswer {
    guard !results.isEmpty, evidence.support >= Self.leastSupport else {
      return .declined(results, evidence)
    }
    var options = GenerationOptions()
    let (messages, results, left) = try await fitting(question, results, &options)
    let citations = results.enumerated().map { Citation(n: $0.offset + 1, $0.element) }
    let analyzer = library.analyzer
    var sentences = CitedSentences(passages: results) { analyzer.terms($0) }
    var statements: [Statement] = []
    func take(_ more: [Statement]) {
      for statement in more where !statement.text.contains(AnswerPrompt.missing) {
        stream((statements.isEmpty ? "" : " ") + Self.text(statement))
        statements.append(statement)
      }
    }
    for try await piece in model.generate(messages, options: options) {
      take(sentences.add(piece))
    }
    take(sentences.finish())
    guard !statements.isEmpty else { return .declined(results, evidence) }
    let used = Set(statements.flatMap(\.citations))
    return CitedAnswer(
      isAnswered: true, statements: statements, citations: citations.filter { used.contains($0.n) },
      nearest: [], evidence: evidence, leftOut: left)
  }

  /// The prompt with as many of the best passages as the model's context holds beside the answer, and how
  /// many were left out.
  ///
  /// A single passage is never left out: the model says that it is too long.
  private func fitting(
    _ question: String, _ results: [SearchResult], _ options: inout GenerationOptions
  ) async throws -> (messages: [ChatMessage], read: [SearchResult], left: Int) {
    if let context = model.contextTokens {
      options.maximumTokens = min(options.maximumTokens, max(1, context / 4))
    }
    var read = results
    while true {
      let messages = try AnswerPrompt.messages(
        question: question, passages: read,
        citations: read.enumerated().map { Citation(n: $0.offset + 1, $0.element) })
      guard read.count > 1, let context = model.contextTokens,
        let length = try await model.tokens(in: messages),
        length + options.maximumTokens > context
      else { return (messages, read, results.count - read.count) }
      read.removeLast()
    }
  }

  /// A sentence with its marks; `[?]` where no passage supports it.
  private static func text(_ statement: Statement) -> String {
    let marks = statement.citations.map { "[\($0)]" }.joined()
    return statement.text + " " + (marks.isEmpty ? "[?]" : marks)
  }
}
