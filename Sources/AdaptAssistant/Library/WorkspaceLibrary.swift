// The workspace's documents as the walk and the commands use them, with or without a language model.
package import AdaptRetrieval
import AdaptSystem

/// A library in a workspace; answers are extractive, or written by `model` from the passages found.
package struct WorkspaceLibrary: DocumentLibrary {
  private let library: Library
  /// Writes the answers; nil makes them of the documents' own sentences.
  package var model: (any LanguageModel)?
  package var mode: SearchMode = .hybrid
  /// Replaces the vectors of another embedder when indexing.
  package var reembed = false
  /// Passages that an answer is drawn from.
  package var passages = 8

  package init(_ library: Library, model: (any LanguageModel)? = nil) {
    self.library = library
    self.model = model
  }

  package var isEmpty: Bool {
    get async throws { try library.isEmpty }
  }

  package func index(
    _ paths: [String], progress: @escaping @Sendable (IndexProgress) -> Void
  ) async throws -> IndexOutcome {
    let report = try await library.index(paths, reembed: reembed, progress: progress)
    let summary = report.summary
    var outcome = IndexOutcome(
      new: summary.new, updated: summary.updated, unchanged: summary.unchanged,
      removed: summary.removed,
      skipped: report.skipped.map {
        .init(
          path: DisplayPath.relative($0.path), reason: $0.reason.label, detail: $0.reason.detail)
      })
    outcome.warnings = report.warnings.map { .init(path: $0.path, text: $0.text) }
    outcome.documents = report.documents
    outcome.chunks = report.chunks
    outcome.embedder = report.embedderFolder
    outcome.seconds = summary.seconds
    return outcome
  }

  package func search(_ query: String, limit: Int) async throws -> FoundPassages {
    let open = try library.open(mode: mode)
    guard open.hasTerms(query) else { throw LibraryFault.emptyQuestion }
    let outcome = try open.search(query, mode: mode, k: limit)
    return FoundPassages(
      passages: outcome.results.enumerated().map { Passage(n: $0.offset + 1, $0.element) },
      explanation: outcome.explanation)
  }

  package func ask(
    _ question: String, stream: @escaping @Sendable (String) -> Void
  ) async throws -> CitedAnswer {
    let open = try library.open(mode: mode)
    guard open.hasTerms(question) else { throw LibraryFault.emptyQuestion }
    let (answer, results) = try open.ask(question, mode: mode, k: passages)
    if let model {
      return try await GeneratedAnswer(model: model, library: open)
        .answer(question, results, answer.evidence, stream: stream)
    }
    guard answer.isAnswered else { return .declined(results, answer.evidence) }
    return CitedAnswer(
      isAnswered: true, statements: answer.statements, citations: answer.citations, nearest: [],
      evidence: answer.evidence)
  }
}

extension CitedAnswer {
  /// The word that the documents do not hold the answer, with the nearest passages.
  static func declined(_ results: [SearchResult], _ evidence: AnswerEvidence) -> CitedAnswer {
    CitedAnswer(
      isAnswered: false, statements: [], citations: [],
      nearest: results.prefix(3).enumerated().map { Passage(n: $0.offset + 1, $0.element) },
      evidence: evidence)
  }
}
