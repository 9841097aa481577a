// A collection opened for reading: search and extractive answers.
import Foundation

/// A collection with its indexes and, where there is one, its embedder.
package struct OpenLibrary: Sendable {
  let database: RetrievalDatabase
  let collection: StoredCollection
  let settings: CollectionSettings
  let embedder: (any TextEmbedder)?
  private let keywords: FTS5KeywordIndex
  private let search: HybridSearch
  package let analyzer = TextAnalyzer()

  init(
    database: RetrievalDatabase, collection: StoredCollection, settings: CollectionSettings,
    embedder: (any TextEmbedder)?
  ) {
    self.database = database
    self.collection = collection
    self.settings = settings
    // Vectors of another model would compare apples with pears; words still can be compared.
    let isSame = embedder.map { $0.identity == collection.embedder } ?? false
    self.embedder = isSame ? embedder : nil
    let analyzer = analyzer
    keywords = FTS5KeywordIndex(database) { analyzer.terms($0) }
    search = HybridSearch(
      keywords: keywords, vectors: SQLiteVectorStore(database, kernel: ScoreKernels.fast),
      embedder: self.embedder, calibration: settings.calibration, analyzer: analyzer
    ) { ids in
      try database.chunks(ids).map { stored in
        FoundPassage(
          chunk: stored.id, document: stored.document, path: DisplayPath.relative(stored.path),
          title: stored.title, headings: stored.chunk.headings, text: stored.chunk.text,
          lines: stored.chunk.lines, page: stored.chunk.page)
      }
    }
    self.otherEmbedder =
      isSame || embedder == nil || collection.embedder == nil
      ? nil : .otherEmbedder(indexed: collection.embedder ?? "", loaded: embedder?.identity ?? "")
  }

  private let otherEmbedder: SearchExplanation.Note?

  /// Whether a question holds anything to search by.
  package func hasTerms(_ question: String) -> Bool { !analyzer.queryTerms(question).isEmpty }

  /// The `k` best passages for a query.
  package func search(
    _ query: String, mode: SearchMode = .hybrid, k: Int = 10
  ) throws -> HybridSearch.Outcome {
    var outcome = try search.search(
      query, mode: mode, k: k, filter: SearchFilter(collection: collection.id))
    if let otherEmbedder {
      outcome.explanation.notes.removeAll { $0 == .noEmbedder }
      outcome.explanation.notes.append(otherEmbedder)
    }
    return outcome
  }

  /// An extractive answer with the passages it was read from, best first.
  package func ask(
    _ question: String, mode: SearchMode = .hybrid, k: Int = 8
  ) throws -> (answer: Answer, passages: [SearchResult]) {
    let outcome = try search(question, mode: mode, k: k)
    let analyzer = analyzer
    let terms = QuestionTerms.terms(of: question) { analyzer.terms($0) }
    let (frequencies, total) = try keywords.documentFrequencies(
      terms, filter: SearchFilter(collection: collection.id))
    let answerer = ExtractiveAnswerer(analyze: { analyzer.terms($0) }, embedder: embedder)
    let answer = try answerer.answer(
      question, results: outcome.results,
      weights: TermWeights(terms: terms, frequencies: frequencies, total: total),
      readability: readability(outcome.explanation))
    return (answer, outcome.results)
  }

  /// How far meaning may count: full once the embedder agrees with the words as well as it does on
  /// text that it reads well.
  private func readability(_ explanation: SearchExplanation) -> Double {
    guard let weights = explanation.weights else { return 0 }
    return min(1, weights.dense / 0.25)
  }
}

/// Paths as a person reads them.
package enum DisplayPath {
  /// `path` relative to the current folder when it lies below it, else as it is.
  package static func relative(
    _ path: String, to folder: String = FileManager.default.currentDirectoryPath
  ) -> String {
    let prefix = folder.hasSuffix("/") ? folder : folder + "/"
    return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
  }
}
