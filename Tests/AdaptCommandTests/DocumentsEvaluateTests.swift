import AdaptTestSupport
import Foundation
import Testing

/// `evaluate retrieval` and `evaluate gate` on tiny collections, and on files that are none.
struct DocumentsEvaluateTests {
  private static let corpus = """
    {"_id":"d1","title":"Notice","text":"The notice period is three months."}
    {"_id":"d2","title":"","text":"The monthly fee is 200 euros."}
    {"_id":"d3","text":"知识库更新快时用检索增强。"}

    """
  private static let queries = """
    {"_id":"q1","text":"how long is the notice period"}
    {"_id":"q2","text":"知识库"}

    """
  private static let judgements = "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td3\t1\n"

  private func made() throws -> DocumentsFixture {
    let fixture = try DocumentsFixture()
    try fixture.command.scratch.write(Self.corpus, to: "work/corpus.jsonl")
    try fixture.command.scratch.write(Self.queries, to: "work/queries.jsonl")
    try fixture.command.scratch.write(Self.judgements, to: "work/qrels.tsv")
    return fixture
  }

  private let files = [
    "evaluate", "retrieval", "--corpus", "corpus.jsonl", "--queries", "queries.jsonl", "--qrels",
    "qrels.tsv",
  ]

  @Test func retrievalMeasuresEveryModeThatCanRun() throws {
    let fixture = try made()
    let plain = try fixture.run(files)
    #expect(plain.status == 0, "\(plain.errors)")
    #expect(plain.output.contains("lexical     1.000"))
    #expect(!plain.output.contains("dense"))
    let model = try fixture.model()
    let result = try fixture.run(files + ["--json", "--embedder", model.path])
    let object = try json(result.output)
    #expect(object["schema"] as? String == "adapt.evaluate-retrieval/1")
    let evaluation = object.object("evaluation")
    let rows = evaluation.objects("rows")
    #expect(rows.compactMap { $0["mode"] as? String } == ["lexical", "dense", "hybrid"])
    #expect(evaluation.number("documents") == 3 && evaluation.number("queries") == 2)
    for row in rows {
      let metrics = row.object("metrics")
      #expect(Set(metrics.keys) == ["nDCG10", "mrr10", "recall10", "recall100", "map"])
      #expect(metrics.values.allSatisfy { (0...1).contains(($0 as? Double) ?? -1) })
    }
    #expect(!FileManager.default.fileExists(atPath: fixture.database.path))
  }

  /// Regression: it printed the figures of keyword search under the name of the other mode.
  @Test(arguments: ["dense", "hybrid"])
  func aModeWithoutItsModelIsAnError(mode: String) throws {
    let fixture = try made()
    let result = try fixture.run(files + ["--mode", mode])
    #expect(result.status == 2)
    #expect(result.output == "")
    #expect(result.errors.contains("mode `\(mode)` needs one"))
  }

  @Test(arguments: [
    ("corpus.jsonl", "{\"_id\":\"a\",\"text\":\"x\"}\n{\"text\":1}\n", "corpus.jsonl:2"),
    ("corpus.jsonl", "{\"_id\":\"a\",\"text\":\"x\"}\n{\"_id\":\"a\",\"text\":\"y\"}\n", ":2"),
    ("corpus.jsonl", "", "corpus.jsonl"), ("queries.jsonl", "\nnot json\n", "queries.jsonl:2"),
    ("queries.jsonl", ".I 1\n.W\ntext\n.I\n", "queries.jsonl:4"),
    ("qrels.tsv", "query-id\tcorpus-id\tscore\nq1\td1\tmuch\n", "qrels.tsv:2"),
    ("qrels.tsv", "q1 d1 1\nq1 d1 1\n", "qrels.tsv:2"), ("qrels.tsv", "\n", "qrels.tsv"),
    ("qrels.tsv", "qx d1 1\n", "no question has a relevant document"),
  ])
  func aMalformedFileIsNamedWithItsLine(name: String, text: String, place: String) throws {
    let fixture = try made()
    try fixture.command.scratch.write(text, to: "work/" + name)
    let result = try fixture.run(files)
    #expect(result.status == 2)
    #expect(result.output == "")
    #expect(result.errors.contains(place), "\(result.errors)")
  }

  @Test func missingFilesAndFoldersAreNamed() throws {
    let fixture = try made()
    try fixture.expectError(
      "evaluate", "retrieval", "--corpus", "none", "--queries", "queries.jsonl", "--qrels",
      "qrels.tsv", holding: "no such file or folder: `none`")
    try fixture.expectError(
      "evaluate", "retrieval", "--corpus", "docs", "--queries", "queries.jsonl", "--qrels",
      "qrels.tsv", holding: "cannot read `docs`: it is a folder")
    try Data([0x22, 0xFF, 0xFE, 0x0A]).write(
      to: fixture.command.folder.appendingPathComponent("queries.jsonl"))
    let result = try fixture.run(files)
    #expect(result.errors.contains("queries.jsonl:1"), "\(result.errors)")
  }

  @Test func theGateIsMeasuredOnQuestions() throws {
    let fixture = try made()
    _ = try fixture.object("index", "docs")
    try fixture.command.scratch.write(
      """
      {"question": "How long is the notice period?", "card": "contract", "kind": "named"}

      {"question": "Who won the Brazilian football cup?", "card": null, "kind": "outside"}

      """, to: "work/gate.jsonl")
    let plain = try fixture.run("evaluate", "gate", "gate.jsonl", "--mode", "lexical")
    #expect(plain.status == 0, "\(plain.errors)")
    #expect(plain.output.contains("named: 1 of 1 right"))
    #expect(plain.output.contains("outside: 1 of 1 right"))
    #expect(plain.output.contains("refusals: precision 1.00, recall 1.00"))
    let object = try fixture.object("evaluate", "gate", "gate.jsonl")
    #expect(object["schema"] as? String == "adapt.evaluate-gate/1")
    let rows = object.object("report").objects("rows")
    #expect(rows.map { $0["isAnswered"] as? Bool } == [true, false])
    #expect(rows.first?["cited"] as? [String] == ["contract"])
  }

  @Test(arguments: [
    ("{\"question\": \"x\"}\n", "gate.jsonl:1"), ("\n\n[]\n", "gate.jsonl:3"),
    ("", "no question in the file"),
  ])
  func questionsThatAreNoneAreNamed(text: String, words: String) throws {
    let fixture = try made()
    _ = try fixture.object("index", "docs")
    try fixture.command.scratch.write(text, to: "work/gate.jsonl")
    try fixture.expectError("evaluate", "gate", "gate.jsonl", holding: words)
    try fixture.expectError("evaluate", "gate", "docs", holding: "it is a folder")
    try fixture.expectError("evaluate", "gate", "none.jsonl", holding: "`none.jsonl`")
  }
}
