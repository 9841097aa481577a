import AdaptAssistant
import AdaptRetrieval
import AdaptSystem
import AdaptTestSupport
import Testing

/// The report on questions whose source is known, and the files they are read from.
struct LibraryGateTests {
  private func row(_ kind: String, wanted: String?, cited: [String]) -> GateReport.Row {
    let answer = Answer(
      question: "q", isAnswered: !cited.isEmpty, statements: [],
      citations: cited.enumerated().map {
        Citation(n: $0 + 1, path: $1, heading: "", chunk: Int64($0))
      }, evidence: AnswerEvidence())
    return GateReport.row(GateQuestion(question: "q", card: wanted, kind: kind), answer)
  }

  private var report: GateReport {
    GateReport(rows: [
      row("named", wanted: "lora", cited: ["a/b/lora.zh.md"]),
      row("named", wanted: "lora", cited: ["rag.md", "lora.md"]),
      row("named", wanted: "lora", cited: ["lorax.md"]), row("named", wanted: "rag", cited: []),
      row("outside", wanted: nil, cited: []), row("outside", wanted: nil, cited: ["rag.md"]),
    ])
  }

  @Test func aDocumentIsItsFileWithoutFolderAndLanguage() {
    #expect(report.rows.map(\.cited) == [["lora"], ["rag", "lora"], ["lorax"], [], [], ["rag"]])
    #expect(report.rows.map(\.isRight) == [true, true, false, false, true, false])
  }

  @Test func figuresArePerKindInOrder() {
    let kinds = report.kinds
    #expect(kinds.map(\.kind) == ["named", "outside"])
    #expect(kinds.map(\.right) == [2, 1])
    #expect(kinds.map(\.all) == [4, 2])
    #expect(report.refusalPrecision == 0.5)
    #expect(report.refusalRecall == 0.5)
    #expect(GateReport(rows: []).refusalPrecision == nil)
    #expect(GateReport(rows: []).refusalRecall == nil)
  }

  @Test func theTextNamesWhatWentWrong() {
    let text = report.text
    #expect(text.hasPrefix("named: 2 of 4 right\noutside: 1 of 2 right\n"))
    #expect(text.contains("refusals: precision 0.50, recall 0.50"))
    #expect(text.contains("wrong: q - wanted lora, got lorax"))
    #expect(text.contains("wrong: q - wanted rag, got no answer"))
    #expect(text.contains("wrong: q - wanted no answer, got rag"))
  }

  @Test func questionsAreReadLineByLine() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "{\"question\":\"a\",\"card\":\"lora\",\"kind\":\"named\"}\r\n\n"
        + "{\"question\":\"b\",\"kind\":\"outside\"}", to: "q.jsonl")
    #expect(
      try GateQuestion.read(path) == [
        GateQuestion(question: "a", card: "lora", kind: "named"),
        GateQuestion(question: "b", card: nil, kind: "outside"),
      ])
  }

  @Test func faultsNameTheLine() throws {
    let folder = try TemporaryFolder()
    let broken = try folder.write("\n{\"question\":\"a\",\"kind\":\"x\"}\n{}\n", to: "b.jsonl")
    #expect(throws: GateQuestionsFault.malformed(path: broken, line: 3)) {
      try GateQuestion.read(broken)
    }
    #expect(
      GateQuestionsFault.malformed(path: "b", line: 3).diagnosis.place == "b:3")
    let empty = try folder.write("\n \n", to: "e.jsonl")
    #expect(throws: GateQuestionsFault.empty(path: empty)) { try GateQuestion.read(empty) }
    #expect(throws: FileFault.missing(path: "/nowhere")) { try GateQuestion.read("/nowhere") }
    #expect(throws: FileFault.unreadable(path: folder.path, reason: "it is a folder")) {
      try GateQuestion.read(folder.path)
    }
  }
}
