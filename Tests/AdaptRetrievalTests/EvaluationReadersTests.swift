// Test collections from files: the formats, and every way a line can be wrong.
import AdaptRetrieval
import AdaptSystem
import Foundation
import Testing

@Suite struct EvaluationReadersTests {
  /// Runs `body` with the path of a file that holds `text`.
  private func withFile<T>(_ text: String, _ body: (String) throws -> T) throws -> T {
    try withFile(Data(text.utf8), body)
  }

  private func withFile<T>(_ data: Data, _ body: (String) throws -> T) throws -> T {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try data.write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url.path)
  }

  private func placeOfFault(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch let fault as any DiagnosableError {
      return fault.diagnosis.place?.split(separator: ":").last.map(String.init)
    } catch {
      return "other"
    }
  }

  @Test func readsBEIR() throws {
    let text = """
      \u{FEFF}{"_id": "a", "title": "T", "text": "one\\ntwo", "metadata": {}}\r

      {"_id": 7, "text": "三"}
      """
    let texts = try withFile(text) { try EvaluationText.read(path: $0) }
    #expect(
      texts == [
        EvaluationText(id: "a", title: "T", text: "one\ntwo"), EvaluationText(id: "7", text: "三"),
      ])
    let grades = try withFile("query-id\tcorpus-id\tscore\nq1\ta\t2\nq1\tb\t0\n") {
      try RelevanceJudgements.read(path: $0)
    }
    #expect(grades.grades == ["q1": ["a": 2, "b": 0]])
    #expect(grades.count == 2)
  }

  @Test func readsTRECAndSMART() throws {
    let grades = try withFile("1 0 d1 3\n1 0 d2 -1\n\n2 0 d1 0\n") {
      try RelevanceJudgements.read(path: $0)
    }
    #expect(grades.grades == ["1": ["d1": 3, "d2": -1], "2": ["d1": 0]])
    let smart =
      ".I 004\n.T\nA title\nof two lines\n.A\nNobody\n.B\n1958\n.W\nText .\n.5 of it\n.I 9\n.W\n"
    let texts = try withFile(smart) { try EvaluationText.read(path: $0) }
    #expect(
      texts == [
        EvaluationText(id: "004", title: "A title of two lines", text: "Text . .5 of it"),
        EvaluationText(id: "9", text: ""),
      ])
    let numbered = try withFile(smart) { try EvaluationText.read(path: $0, numbered: true) }
    #expect(numbered.map(\.id) == ["1", "2"])
  }

  @Test func readsAndWritesRunsByScoreThenName() throws {
    let text = "q Q0 a 1 0.5 x\nq Q0 b 2 0.5 x\nq Q0 c 3 0.9 x\n"
    let run = try withFile(text) { try RunFile.read(path: $0) }
    #expect(run.rankings["q"]?.map(\.id) == ["c", "b", "a"])
    let again = try withFile(run.text(tag: "t")) { try RunFile.read(path: $0) }
    #expect(again == run)
  }

  @Test(arguments: [
    "{\"_id\": \"a\", \"text\": \"x\"}\n{\"_id\": \"b\"}\n",
    "{\"_id\": \"a\", \"text\": \"x\"}\nnot json\n",
    "{\"_id\": \"a\", \"text\": \"x\"}\n{\"_id\": \"a\", \"text\": \"y\"}\n",
    "{\"_id\": \"a\", \"text\": \"x\"}\n[1, 2]",
    ".I 1\n.I\n", ".I 1\n.I 1\n", ".W\ntext\n",
  ])
  func namesTheLineOfABadText(_ text: String) throws {
    let place = try withFile(text) { path in
      placeOfFault { _ = try EvaluationText.read(path: path) }
    }
    #expect(place == "2")
  }

  @Test(arguments: [
    "q\td\t1\nq\td\n", "q\td\t1\nq\te\thigh\n", "q\td\t1\nq\td\t2\n", "q 0 d 1\nq 0 d 1 1\n",
    "q 0 d 1\nq 0 e 99999999999999999999\n",
  ])
  func namesTheLineOfABadJudgement(_ text: String) throws {
    let place = try withFile(text) { path in
      placeOfFault { _ = try RelevanceJudgements.read(path: path) }
    }
    #expect(place == "2")
  }

  @Test(arguments: [
    "q Q0 a 1 1 t\nq Q0 b 2 t\n", "q Q0 a 1 1 t\nq Q0 b 2 nan t\n", "q Q0 a 1 1 t\nq Q0 a 2 1 t\n",
  ])
  func namesTheLineOfABadRun(_ text: String) throws {
    let place = try withFile(text) { path in placeOfFault { _ = try RunFile.read(path: path) } }
    #expect(place == "2")
  }

  @Test func refusesEmptyMissingAndBinaryFiles() throws {
    #expect(throws: EvaluationFault.self) {
      try withFile(" \n\n") { try EvaluationText.read(path: $0) }
    }
    #expect(throws: EvaluationFault.self) {
      try withFile("") { try RelevanceJudgements.read(path: $0) }
    }
    #expect(throws: FileFault.missing(path: "/nowhere/x")) {
      try EvaluationText.read(path: "/nowhere/x")
    }
    #expect(throws: FileFault.self) { try EvaluationText.read(path: "/tmp") }
    let bytes = Data("a\t".utf8 + [0xFF, 0xFE, 0x0A])
    let line = try withFile(bytes) { path in
      placeOfFault { _ = try RelevanceJudgements.read(path: path) }
    }
    #expect(line == "1")
  }
}
