// What can be wrong with a test collection, told with file and line.
package import AdaptSystem

package enum EvaluationFault: DiagnosableError, Equatable {
  /// A line that does not follow its format.
  case malformed(path: String, line: Int, what: String, wanted: String, got: String)
  case duplicate(path: String, line: Int, id: String)
  case empty(path: String, wanted: String)
  /// No judged question is among the questions, or no judgement says "relevant".
  case nothingJudged(queries: Int, judged: Int)
  /// A mode that compares meaning, and no model to do it.
  case noEmbedder(mode: String)

  package var diagnosis: Diagnosis {
    switch self {
    case .malformed(let path, let line, let what, let wanted, let got):
      Diagnosis(what, wanted: wanted, got: got, place: "\(path):\(line)")
    case .duplicate(let path, let line, let id):
      Diagnosis(
        "`\(id)` is given twice", place: "\(path):\(line)", hint: "identifiers must be unique")
    case .empty(let path, let wanted):
      Diagnosis("the file is empty", wanted: wanted, got: "nothing", place: path)
    case .nothingJudged(let queries, let judged):
      Diagnosis(
        "no question has a relevant document",
        wanted: "judgements above 0 for some of the \(queries) questions",
        got: "\(judged) judged questions, none of them among these with a judgement above 0",
        hint: "questions and judgements must use the same identifiers")
    case .noEmbedder(let mode):
      Diagnosis(
        "no embedding model is installed, and mode `\(mode)` needs one",
        hint: "`make setup` installs one, `--embedder DIR` names another")
    }
  }
}
