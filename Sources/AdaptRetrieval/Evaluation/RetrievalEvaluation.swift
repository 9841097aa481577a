// Runs every question of a test collection through a search and says how well each mode does.
import Foundation

/// The figures of `adapt evaluate retrieval`.
package struct RetrievalEvaluation: Sendable, Equatable, Codable {
  /// One mode's means over the judged questions.
  package struct Row: Sendable, Equatable, Codable {
    package var mode: SearchMode
    package var metrics: RetrievalMetrics
    /// This mode's nDCG@10 minus the first mode's, with its 95 % interval; nil in the first row.
    package var nDCG10AgainstFirst: PairedBootstrap?
    /// The same for MRR@10.
    package var mrr10AgainstFirst: PairedBootstrap?
    package var secondsPerQuery: Double
  }

  package var documents: Int
  /// Questions with at least one relevant document: the ones measured.
  package var queries: Int
  /// Questions left out because no judgement calls a document relevant.
  package var unjudgedQueries: Int
  /// Judged questions that the file of questions lacks.
  package var missingQueries: Int
  /// Relevant documents that the collection lacks; they count as not found.
  package var missingDocuments: Int
  package var rows: [Row]

  /// Documents for a question, best first, at most `k`.
  package typealias Searcher = (_ query: String, _ mode: SearchMode, _ k: Int) throws -> [String]

  /// How deep rankings go: as trec_eval's, for recall and average precision.
  package static let depth = 1000

  /// Measures `searcher` in every mode.
  ///
  /// `progress` is called after every question with how many of all are done.
  ///
  /// - Throws: `EvaluationFault.nothingJudged`, and what the searcher throws.
  package static func run(
    corpus: [EvaluationText], queries: [EvaluationText], judgements: RelevanceJudgements,
    modes: [SearchMode] = SearchMode.allCases, searcher: Searcher,
    progress: (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) throws -> RetrievalEvaluation {
    let judged = queries.filter { judgements.grades(of: $0.id).values.contains { $0 > 0 } }
    guard !judged.isEmpty else {
      throw EvaluationFault.nothingJudged(queries: queries.count, judged: judgements.grades.count)
    }
    var evaluation = RetrievalEvaluation(
      corpus: corpus, queries: queries, judged: judged, judgements: judgements)
    var first: [RetrievalMetrics] = []
    for (i, mode) in modes.enumerated() {
      let start = ContinuousClock.now
      let metrics = try judged.enumerated().map { j, query in
        let ranking = try searcher(query.text, mode, depth)
        progress(i * judged.count + j + 1, modes.count * judged.count)
        return RetrievalMetrics(ranking: ranking, grades: judgements.grades(of: query.id))
      }
      let elapsed = (ContinuousClock.now - start) / .seconds(1)
      if i == 0 { first = metrics }
      evaluation.rows.append(
        row(mode, metrics, against: i == 0 ? nil : first, elapsed / Double(judged.count)))
    }
    return evaluation
  }

  private init(
    corpus: [EvaluationText], queries: [EvaluationText], judged: [EvaluationText],
    judgements: RelevanceJudgements
  ) {
    let documents = Set(corpus.map(\.id))
    let names = Set(queries.map(\.id))
    self.documents = corpus.count
    self.queries = judged.count
    unjudgedQueries = queries.count - judged.count
    missingQueries = judgements.grades.keys.count { !names.contains($0) }
    missingDocuments = judged.reduce(0) { sum, query in
      sum + judgements.grades(of: query.id).count { $0.value > 0 && !documents.contains($0.key) }
    }
    rows = []
  }

  private static func row(
    _ mode: SearchMode, _ metrics: [RetrievalMetrics], against first: [RetrievalMetrics]?,
    _ seconds: Double
  ) -> Row {
    Row(
      mode: mode, metrics: .mean(metrics),
      nDCG10AgainstFirst: first.map {
        PairedBootstrap(metrics.map(\.nDCG10), minus: $0.map(\.nDCG10))
      },
      mrr10AgainstFirst: first.map {
        PairedBootstrap(metrics.map(\.mrr10), minus: $0.map(\.mrr10))
      },
      secondsPerQuery: seconds)
  }
}

extension RetrievalEvaluation {
  /// The figures as a table for a terminal, with a line for everything that was left out.
  package var text: String {
    let heads = ["mode", "nDCG@10", "MRR@10", "R@10", "R@100", "MAP", "ms/query"]
    var table = [heads]
    for row in rows {
      let m = row.metrics
      let figures = [m.nDCG10, m.mrr10, m.recall10, m.recall100, m.map]
      let cells = figures.map { String(format: "%.3f", $0) }
      table.append(
        [row.mode.rawValue] + cells + [String(format: "%.1f", row.secondsPerQuery * 1e3)])
    }
    let lines = table.map { cells in
      cells.enumerated().map { i, cell in
        let padding = String(repeating: " ", count: max(0, 8 - cell.count))
        return i == 0 ? cell + padding : padding + cell
      }.joined(separator: " ")
    }
    return (["\(queries) questions, \(documents) documents"] + lines + remarks)
      .joined(separator: "\n") + "\n"
  }

  private var remarks: [String] {
    [
      (unjudgedQueries, "questions without a relevant document were left out"),
      (missingQueries, "judged questions are not among the questions"),
      (missingDocuments, "relevant documents are not in the collection and count as not found"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
  }
}
