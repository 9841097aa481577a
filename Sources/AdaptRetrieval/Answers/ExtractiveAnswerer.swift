// Answers without a language model: the best sentences of the passages found, each with its source.

/// Picks the sentences that answer a question and judges whether they do.
package struct ExtractiveAnswerer: Sendable {
  /// Text to analysed terms, as the keyword index has them.
  let analyze: @Sendable (String) -> [String]
  let embedder: (any TextEmbedder)?
  package var gate = EvidenceGate()
  /// At most so many sentences make an answer.
  package var maximumSentences = 3

  /// Passages that are read for sentences, and sentences that are embedded.
  private static let passagesRead = 5
  private static let sentencesEmbedded = 10

  package init(
    analyze: @escaping @Sendable (String) -> [String], embedder: (any TextEmbedder)?
  ) {
    self.analyze = analyze
    self.embedder = embedder
  }

  /// The answer that `results` (best first) give to `question`.
  ///
  /// `weights` are of the question's content terms (`QuestionTerms.terms`); `readability`, 0…1, says how
  /// far the embedder can read the question.
  ///
  /// - Throws: what the embedder throws.
  package func answer(
    _ question: String, results: [SearchResult], weights: TermWeights, readability: Double
  ) throws -> Answer {
    let read = Array(results.prefix(Self.passagesRead))
    let scored = try score(question, read, weights, readability)
    let evidence = evidence(read, scored, weights, readability)
    guard evidence.support >= gate.threshold, let best = scored.max(by: { $0.score < $1.score })
    else { return declined(question, results, evidence) }
    let chosen = choose(from: scored, best: best)
    return compose(question, chosen, read, evidence)
  }

  /// The word that the documents hold no answer, with the nearest passages.
  package func declined(
    _ question: String, _ results: [SearchResult], _ evidence: AnswerEvidence
  ) -> Answer {
    let nearest = results.prefix(3).enumerated().map { Citation(n: $0.offset + 1, $0.element) }
    return Answer(
      question: question, isAnswered: false, statements: [], citations: nearest,
      evidence: evidence)
  }

  struct ScoredSentence {
    var sentence: Sentence
    var score: Double
    /// Cosine with the question; nil where it was not computed.
    var cosine: Double?
  }

  private func score(
    _ question: String, _ results: [SearchResult], _ weights: TermWeights, _ readability: Double
  ) throws -> [ScoredSentence] {
    let reader = PassageReader(analyze: analyze)
    let contexts = results.map(reader.context)
    var scored = reader.sentences(of: results).map { sentence in
      let inContext = weights.share(of: sentence.terms.union(contexts[sentence.passage]))
      let words = 0.6 * weights.share(of: sentence.terms) + 0.4 * inContext
      return ScoredSentence(
        sentence: sentence, score: words / (1 + 0.2 * Double(sentence.passage)))
    }
    guard let embedder, readability > 0, !scored.isEmpty else { return scored }
    scored.sort { ($1.score, $0.sentence.passage) < ($0.score, $1.sentence.passage) }
    scored = Array(scored.prefix(Self.sentencesEmbedded))
    let vectors = try embedder.embed([question] + scored.map(\.sentence.text))
    for index in scored.indices {
      let cosine = Double(zip(vectors[0], vectors[index + 1]).reduce(0) { $0 + $1.0 * $1.1 })
      scored[index].cosine = cosine
      let damping = 1 + 0.2 * Double(scored[index].sentence.passage)
      scored[index].score =
        (1 - readability / 2) * scored[index].score + readability / 2 * max(0, cosine) / damping
    }
    return scored
  }

  private func evidence(
    _ results: [SearchResult], _ scored: [ScoredSentence], _ weights: TermWeights,
    _ readability: Double
  ) -> AnswerEvidence {
    let reader = PassageReader(analyze: analyze)
    let coverage =
      results.prefix(3).map { result in
        weights.share(of: Set(analyze(result.text)).union(reader.context(of: result)))
      }.max() ?? 0
    var evidence = AnswerEvidence(
      coverage: coverage, cosine: results.compactMap(\.stages.cosine).max(),
      sentenceCosine: scored.compactMap(\.cosine).max(), readability: readability)
    evidence.support = results.isEmpty ? 0 : gate.support(evidence)
    return evidence
  }

  /// The best sentence, the best one of the passage that search ranks first, and those nearly as good
  /// that say something else.
  private func choose(from scored: [ScoredSentence], best: ScoredSentence) -> [Sentence] {
    var chosen = [best.sentence]
    var ranked = scored.sorted { $0.score > $1.score }
    if let first = ranked.firstIndex(where: { $0.sentence.passage == 0 }),
      ranked[first].score >= 0.5 * best.score
    {
      chosen.append(contentsOf: [ranked.remove(at: first).sentence].filter { $0 != chosen[0] })
    }
    for candidate in ranked
    where chosen.count < maximumSentences && candidate.score >= 0.75 * best.score {
      let repeated = chosen.contains { overlap($0.terms, candidate.sentence.terms) > 0.6 }
      if !repeated { chosen.append(candidate.sentence) }
    }
    return chosen.sorted {
      ($0.passage == best.sentence.passage ? -1 : $0.passage, $0.ordinal)
        < ($1.passage == best.sentence.passage ? -1 : $1.passage, $1.ordinal)
    }
  }

  private func overlap(_ a: Set<String>, _ b: Set<String>) -> Double {
    let smaller = min(a.count, b.count)
    return smaller == 0 ? 1 : Double(a.intersection(b).count) / Double(smaller)
  }

  private func compose(
    _ question: String, _ sentences: [Sentence], _ results: [SearchResult],
    _ evidence: AnswerEvidence
  ) -> Answer {
    var citations: [Citation] = []
    var numbers: [Int: Int] = [:]
    let statements = sentences.map { sentence in
      if numbers[sentence.passage] == nil {
        numbers[sentence.passage] = citations.count + 1
        citations.append(Citation(n: citations.count + 1, results[sentence.passage]))
      }
      return Statement(
        text: sentence.text, citations: [numbers[sentence.passage]].compactMap { $0 })
    }
    return Answer(
      question: question, isAnswered: true, statements: statements, citations: citations,
      evidence: evidence)
  }
}
