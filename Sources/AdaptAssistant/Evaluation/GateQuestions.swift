// Questions whose right source is known, or known to be absent: what the evidence gate is measured on.
import AdaptRetrieval
package import AdaptSystem
import Foundation

/// A question and the document that answers it; nil when no document does.
package struct GateQuestion: Sendable, Equatable, Codable {
  package var question: String
  /// File name without extension (and without a language suffix) of the document that answers.
  package var card: String?
  /// A label that groups the report: `named`, `described`, `chinese`, `outside`.
  package var kind: String

  package init(question: String, card: String?, kind: String) {
    self.question = question
    self.card = card
    self.kind = kind
  }

  /// Reads JSON Lines, an object of `question`, `card` and `kind` a line.
  ///
  /// - Throws: `GateQuestionsFault` and `EvaluationFault` naming the line, `FileFault` when there is no such file.
  package static func read(_ path: String) throws -> [GateQuestion] {
    var questions: [GateQuestion] = []
    try EvaluationLines(path: path).visit { number, line in
      guard line.contains(where: { !$0.isWhitespace }) else { return }
      do {
        questions.append(try JSONDecoder().decode(GateQuestion.self, from: Data(line.utf8)))
      } catch {
        throw GateQuestionsFault.malformed(path: path, line: number)
      }
    }
    guard !questions.isEmpty else { throw GateQuestionsFault.empty(path: path) }
    return questions
  }
}

/// A file of questions that cannot be used.
package enum GateQuestionsFault: DiagnosableError, Equatable {
  case malformed(path: String, line: Int)
  case empty(path: String)

  package var diagnosis: Diagnosis {
    switch self {
    case .malformed(let path, let line):
      Diagnosis(
        "not a question", wanted: #"{"question": "…", "card": "name" or null, "kind": "…"}"#,
        place: "\(path):\(line)")
    case .empty(let path):
      Diagnosis("no question in the file", place: path)
    }
  }
}
