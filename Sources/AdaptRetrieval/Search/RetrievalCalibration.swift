// How far the embedder can be trusted with this collection, measured on the collection itself.

/// What fusion has to know about an embedder and a collection, measured once when it is indexed.
///
/// Sentences of the collection are put to both retrievers as questions. Over the passages of *other*
/// documents that share a word with the sentence, an embedder that reads the text ranks much like
/// the words do; one that cannot read it ranks by chance. The median correlation is the agreement,
/// and the agreement is the weight of the dense score. No labels and no list of languages are needed.
package struct RetrievalCalibration: Sendable, Equatable, Codable {
  /// `TextEmbedder.identity` of the embedder that was measured.
  package var embedder: String
  /// Median correlation of cosine and keyword scores, 0...1; 0 means that the embedder tells nothing here.
  package var agreement: Double
  /// Mean cosine of a sentence and a passage that has nothing to do with it.
  package var cosineMean: Double
  /// Spread (standard deviation) of that cosine over passages, mean over sentences.
  package var cosineSpread: Double
  /// Sentences the figures rest on.
  package var sentences: Int

  package init(
    embedder: String, agreement: Double, cosineMean: Double, cosineSpread: Double, sentences: Int
  ) {
    self.embedder = embedder
    self.agreement = agreement
    self.cosineMean = cosineMean
    self.cosineSpread = cosineSpread
    self.sentences = sentences
  }

  /// Before anything is measured: the agreement and scale of MiniLM on English text.
  package static func assumed(for embedder: String) -> RetrievalCalibration {
    RetrievalCalibration(
      embedder: embedder, agreement: 0.4, cosineMean: 0.1, cosineSpread: 0.1, sentences: 0)
  }

  /// As many passages as `measure` looks at; callers choose them evenly over the collection.
  package static let sampleSize = 200
  /// Fewer sentences than about this many are outweighed by the assumption.
  static let priorSentences = 8.0
}

/// A passage as calibration needs it.
package struct CalibrationPassage: Sendable {
  /// Passages of one document are never compared with each other.
  package var document: Int64
  package var text: String
  /// `[D]`, of unit length.
  package var vector: [Float]

  package init(document: Int64, text: String, vector: [Float]) {
    self.document = document
    self.text = text
    self.vector = vector
  }
}

extension RetrievalCalibration {
  /// Measures `embedder` on passages of a collection that are already embedded.
  ///
  /// Costs one embedding of a sentence per passage, at most `sampleSize`; more passages are thinned evenly.
  package static func measure(
    _ passages: [CalibrationPassage], embedder: any TextEmbedder,
    analyzer: TextAnalyzer = TextAnalyzer()
  ) throws -> RetrievalCalibration {
    let sample = thinned(passages).filter { $0.vector.contains { $0 != 0 } }
    let questions = sample.compactMap { passage in
      sentence(of: passage.text, analyzer).map { (document: passage.document, text: $0) }
    }
    let vectors = try embedder.embed(questions.map(\.text))
    let index = BM25Index(analyzer: analyzer)
    index.upsert(
      sample.enumerated().map { i, passage in
        KeywordRow(id: Int64(i), collection: 0, title: "", headings: "", body: passage.text)
      })
    var evidence = CalibrationSums()
    for (question, vector) in zip(questions, vectors) {
      let hits = index.search(
        analyzer.queryTerms(question.text), k: sample.count, filter: SearchFilter())
      evidence.add(question.document, vector, hits, sample)
    }
    return evidence.calibration(for: embedder.identity)
  }

  private static func thinned(_ passages: [CalibrationPassage]) -> [CalibrationPassage] {
    guard passages.count > sampleSize else { return passages }
    return (0..<sampleSize).map { passages[$0 * passages.count / sampleSize] }
  }

  /// The sentence of a text nearest its middle that has between 4 and 60 different terms.
  static func sentence(of text: String, _ analyzer: TextAnalyzer) -> String? {
    let sentences = SentenceSplitter.sentences(in: text).map { String(text[$0]) }
    let middle = sentences.count / 2
    let order = sentences.indices.sorted { abs($0 - middle) < abs($1 - middle) }
    return order.lazy.map { sentences[$0] }.first { sentence in
      sentence.utf8.count <= 2000 && (4...60).contains(analyzer.queryTerms(sentence).count)
    }
  }
}

/// Sums over sentences from which the calibration follows.
private struct CalibrationSums {
  private var correlations: [Double] = []
  private var means: [Double] = []
  private var spreads: [Double] = []

  mutating func add(
    _ document: Int64, _ question: [Float], _ hits: [Hit], _ sample: [CalibrationPassage]
  ) {
    let cosines = sample.map { passage -> Double in
      zip(question, passage.vector).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let others = sample.indices.filter { sample[$0].document != document }.map { cosines[$0] }
    if others.count > 1 {
      let mean = others.reduce(0, +) / Double(others.count)
      means.append(mean)
      spreads.append(
        (others.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(others.count)).squareRoot())
    }
    let shared = hits.filter { sample[Int($0.id)].document != document }
    guard shared.count >= 5 else { return }
    let pairs = shared.map { (Double($0.score), cosines[Int($0.id)]) }
    if let correlation = Self.correlation(pairs) { correlations.append(correlation) }
  }

  /// Pearson's correlation, nil where either side is constant.
  static func correlation(_ pairs: [(Double, Double)]) -> Double? {
    let n = Double(pairs.count)
    let meanX = pairs.reduce(0) { $0 + $1.0 } / n
    let meanY = pairs.reduce(0) { $0 + $1.1 } / n
    var xx = 0.0
    var yy = 0.0
    var xy = 0.0
    for (x, y) in pairs {
      xx += (x - meanX) * (x - meanX)
      yy += (y - meanY) * (y - meanY)
      xy += (x - meanX) * (y - meanY)
    }
    guard xx > 1e-18, yy > 1e-18 else { return nil }
    return xy / (xx * yy).squareRoot()
  }

  func calibration(for embedder: String) -> RetrievalCalibration {
    let assumed = RetrievalCalibration.assumed(for: embedder)
    let prior = RetrievalCalibration.priorSentences
    func blend(_ measured: Double, _ assumed: Double, _ n: Int) -> Double {
      n == 0 ? assumed : (measured * Double(n) + assumed * prior) / (Double(n) + prior)
    }
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }
    let sorted = correlations.sorted()
    let middle =
      sorted.isEmpty ? 0 : (sorted[sorted.count / 2] + sorted[(sorted.count - 1) / 2]) / 2
    return RetrievalCalibration(
      embedder: embedder,
      agreement: min(1, max(0, blend(middle, assumed.agreement, sorted.count))),
      cosineMean: blend(mean(means), assumed.cosineMean, means.count),
      cosineSpread: max(1e-4, blend(mean(spreads), assumed.cosineSpread, spreads.count)),
      sentences: correlations.count)
  }
}
