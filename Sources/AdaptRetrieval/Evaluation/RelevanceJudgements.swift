// Which documents answer which question, as people judged it.

/// Grades by question and document; 0 and less mean "not relevant".
package struct RelevanceJudgements: Sendable, Equatable {
  package private(set) var grades: [String: [String: Int]]

  package init(_ grades: [String: [String: Int]]) { self.grades = grades }

  /// The grades of one question's documents.
  package func grades(of query: String) -> [String: Int] { grades[query] ?? [:] }

  /// The number of judgements of all questions.
  package var count: Int { grades.values.reduce(0) { $0 + $1.count } }

  /// Reads BEIR's `.tsv` (header; question, document, grade) or TREC's qrels (question, iteration,
  /// document, grade); each line is told by its number of fields.
  ///
  /// - Throws: `EvaluationFault` with file and line, `FileFault`.
  package static func read(path: String) throws -> RelevanceJudgements {
    let lines = try EvaluationLines(path: path)
    var grades: [String: [String: Int]] = [:]
    try lines.visit { number, line in
      let fields = line.split(whereSeparator: \.isWhitespace).map(String.init)
      if fields.isEmpty || (number == 1 && fields.first == "query-id") { return }
      guard fields.count == 3 || fields.count == 4, let grade = Int(fields[fields.count - 1]) else {
        throw lines.fault(
          number, "not a judgement",
          wanted: "question, document, grade or question, iteration, document, grade", got: line)
      }
      let query = fields[0]
      let document = fields[fields.count - 2]
      guard grades[query]?[document] == nil else {
        throw EvaluationFault.duplicate(
          path: lines.path, line: number, id: "\(query) \(document)")
      }
      grades[query, default: [:]][document] = grade
    }
    guard !grades.isEmpty else { throw EvaluationFault.empty(path: path, wanted: "judgements") }
    return RelevanceJudgements(grades)
  }
}
