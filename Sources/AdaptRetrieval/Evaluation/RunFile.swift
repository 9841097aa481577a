// Rankings as TREC exchanges them, so that other systems can be measured and ours elsewhere.

/// A ranking for every question: `question Q0 document rank score tag`, one line each.
package struct RunFile: Sendable, Equatable {
  /// Documents by question, best first.
  package var rankings: [String: [RankedDocument]]

  package init(_ rankings: [String: [RankedDocument]]) { self.rankings = rankings }

  /// Reads a run; as in trec_eval, the score decides, then the greater document id, never the rank column.
  ///
  /// - Throws: `EvaluationFault` with file and line, `FileFault`.
  package static func read(path: String) throws -> RunFile {
    let lines = try EvaluationLines(path: path)
    var rankings: [String: [RankedDocument]] = [:]
    var seen: Set<[String]> = []
    try lines.visit { number, line in
      let fields = line.split(whereSeparator: \.isWhitespace).map(String.init)
      if fields.isEmpty { return }
      guard fields.count == 6, let score = Double(fields[4]), score.isFinite else {
        throw lines.fault(
          number, "not a line of a run", wanted: "question Q0 document rank score tag", got: line)
      }
      guard seen.insert([fields[0], fields[2]]).inserted else {
        throw EvaluationFault.duplicate(
          path: path, line: number, id: "\(fields[0]) \(fields[2])")
      }
      rankings[fields[0], default: []].append(RankedDocument(id: fields[2], score: score))
    }
    return RunFile(
      rankings.mapValues { ranking in
        ranking.sorted { $0.score != $1.score ? $0.score > $1.score : $0.id > $1.id }
      })
  }

  /// The run as text, questions in ascending order.
  package func text(tag: String) -> String {
    rankings.sorted { $0.key < $1.key }.flatMap { query, ranking in
      ranking.enumerated().map { i, document in
        "\(query) Q0 \(document.id) \(i + 1) \(document.score) \(tag)\n"
      }
    }.joined()
  }
}

/// A document and its score in a ranking.
package struct RankedDocument: Sendable, Equatable {
  package var id: String
  package var score: Double

  package init(id: String, score: Double) {
    self.id = id
    self.score = score
  }
}
