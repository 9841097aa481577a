// A judged collection indexed in memory, the way the product indexes a user's documents.

/// Documents, questions, and which answers which.
package struct TestCollection: Sendable {
  package var corpus: [EvaluationText]
  package var queries: [EvaluationText]
  package var judgements: RelevanceJudgements

  package init(
    corpus: [EvaluationText], queries: [EvaluationText], judgements: RelevanceJudgements
  ) {
    self.corpus = corpus
    self.queries = queries
    self.judgements = judgements
  }

  /// Measures search in `modes` (all that can run when nil); nothing is written.
  ///
  /// `progress` counts first the texts embedded, then the questions asked.
  ///
  /// - Throws: `ModelFault`, `EvaluationFault` (also when a mode asked for has no model), `CancellationError`.
  package func evaluate(
    embedder choice: EmbedderChoice, modes: [SearchMode]? = nil,
    progress: @escaping (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) throws -> RetrievalEvaluation {
    let needsModel = modes?.contains { $0 != .lexical } ?? true
    let embedder = needsModel ? try choice.load(remembered: nil)?.model : nil
    if embedder == nil, let mode = modes?.first(where: { $0 != .lexical }) {
      throw EvaluationFault.noEmbedder(mode: mode.rawValue)
    }
    let index = try CollectionIndex(corpus, embedder: embedder, progress: progress)
    let possible: [SearchMode] = embedder == nil ? [.lexical] : [.lexical, .dense, .hybrid]
    return try RetrievalEvaluation.run(
      corpus: corpus, queries: queries, judgements: judgements, modes: modes ?? possible,
      searcher: index.search.evaluationSearcher(documents: index.owners), progress: progress)
  }
}

/// A corpus cut, embedded and calibrated in memory.
private struct CollectionIndex {
  let search: HybridSearch
  /// The judged document of each chunk.
  let owners: [Int64: String]

  init(
    _ corpus: [EvaluationText], embedder: (any TextEmbedder)?,
    progress: (_ done: Int, _ all: Int) -> Void
  ) throws {
    let chunker = Chunker(embedder: embedder)
    let keywords = BM25Index(analyzer: TextAnalyzer())
    let vectors = InMemoryVectorStore(
      dimensions: { _ in embedder?.dimensions }, path: { _ in nil }, kernel: ScoreKernels.fast)
    var owners: [Int64: String] = [:]
    var rows: [KeywordRow] = []
    var passages: [CalibrationPassage] = []
    for (number, document) in corpus.enumerated() {
      try Task.checkCancellation()
      let chunks = try chunker.chunks(of: document.extracted)
      let embedded =
        try embedder?.embed(chunks.map { $0.textInContext(title: document.heading) }) ?? []
      for (position, chunk) in chunks.enumerated() {
        let id = Int64(rows.count + 1)
        owners[id] = document.id
        rows.append(
          KeywordRow(
            id: id, collection: 1, title: document.heading, headings: "", body: chunk.text))
        guard position < embedded.count else { continue }
        try vectors.upsert([VectorRow(id: id, collection: 1, vector: embedded[position])])
        passages.append(
          CalibrationPassage(
            document: Int64(number), text: chunk.text, vector: embedded[position]))
      }
      if embedder != nil { progress(number + 1, corpus.count) }
    }
    keywords.upsert(rows)
    self.owners = owners
    search = HybridSearch(
      keywords: keywords, vectors: vectors, embedder: embedder,
      calibration: try embedder.map {
        try RetrievalCalibration.measure(passages, embedder: $0)
      }, passages: { _ in [] })
  }
}

extension EvaluationText {
  /// The title, unless the text says it again at its beginning, as test collections often do.
  fileprivate var heading: String { text.hasPrefix(title) ? "" : title }

  fileprivate var extracted: ExtractedDocument {
    ExtractedDocument(title: heading, blocks: [ExtractedDocument.Block(.paragraph, text)])
  }
}
