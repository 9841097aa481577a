// How often the right document is cited, and how often silence is kept where there is nothing to say.
package import AdaptRetrieval
import Foundation

/// The outcome of asking questions whose source is known.
package struct GateReport: Sendable, Equatable, Codable {
  package struct Row: Sendable, Equatable, Codable {
    package var question: String
    package var kind: String
    /// The document that answers, nil when none does.
    package var wanted: String?
    package var isAnswered: Bool
    /// Documents cited, in order, without folder, extension and language.
    package var cited: [String]
    package var evidence: AnswerEvidence

    /// The right document is cited, or the question is declined because there is none.
    package var isRight: Bool {
      guard let wanted else { return !isAnswered }
      return isAnswered && cited.contains(wanted)
    }
  }

  package var rows: [Row]

  package init(rows: [Row]) {
    self.rows = rows
  }

  /// Asks every question and judges the answers; `progress` is told how many are done.
  package static func measure(
    _ questions: [GateQuestion], in library: OpenLibrary, mode: SearchMode = .hybrid,
    progress: (Int) -> Void = { _ in }
  ) throws -> GateReport {
    var rows: [Row] = []
    for question in questions {
      try Task.checkCancellation()
      rows.append(row(question, try library.ask(question.question, mode: mode).answer))
      progress(rows.count)
    }
    return GateReport(rows: rows)
  }

  package static func row(_ question: GateQuestion, _ answer: Answer) -> Row {
    Row(
      question: question.question, kind: question.kind, wanted: question.card,
      isAnswered: answer.isAnswered,
      cited: answer.isAnswered ? answer.citations.map { document($0.path) } : [],
      evidence: answer.evidence)
  }

  /// `a/b/lora.zh.md` → `lora`.
  static func document(_ path: String) -> String {
    let file = path.split(separator: "/").last ?? ""
    return file.split(separator: ".").first.map(String.init) ?? ""
  }

  /// Right and all, per kind in order of first appearance.
  package var kinds: [(kind: String, right: Int, all: Int)] {
    var order: [String] = []
    for row in rows where !order.contains(row.kind) { order.append(row.kind) }
    return order.map { kind in
      let own = rows.filter { $0.kind == kind }
      return (kind, own.filter(\.isRight).count, own.count)
    }
  }

  /// Share of the declined questions that had no answer; nil when none was declined.
  package var refusalPrecision: Double? {
    ratio(rows.filter { !$0.isAnswered && $0.wanted == nil }, of: rows.filter { !$0.isAnswered })
  }

  /// Share of the questions without an answer that were declined; nil when all have one.
  package var refusalRecall: Double? {
    ratio(
      rows.filter { !$0.isAnswered && $0.wanted == nil }, of: rows.filter { $0.wanted == nil })
  }

  private func ratio(_ part: [Row], of whole: [Row]) -> Double? {
    whole.isEmpty ? nil : Double(part.count) / Double(whole.count)
  }

  /// The figures for a terminal: a line per kind, the refusals, and every question that went wrong.
  package var text: String {
    var lines = kinds.map { "\($0.kind): \($0.right) of \($0.all) right" }
    let refusals: [String] = [("precision", refusalPrecision), ("recall", refusalRecall)].compactMap
    {
      name, value in value.map { "\(name) \(String(format: "%.2f", $0))" }
    }
    if !refusals.isEmpty { lines.append("refusals: " + refusals.joined(separator: ", ")) }
    for row in rows where !row.isRight {
      let wanted = row.wanted ?? "no answer"
      let got = row.isAnswered ? row.cited.joined(separator: ", ") : "no answer"
      lines.append("wrong: \(row.question) - wanted \(wanted), got \(got)")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
