// Embedding of texts from every kind of file, with a random model.
import AdaptTestSupport
import Foundation
import Testing

struct EmbedTests {
  /// A random BERT folder `model` with a small vocabulary.
  private func fixture() throws -> BenchFixture {
    let fixture = try BenchFixture()
    let file = try fixture.folder.write(
      """
      {"model_type": "bert", "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
       "intermediate_size": 24, "vocab_size": 9, "max_position_embeddings": 40}
      """, to: "in.json")
    let result = try fixture.run(["model", file, "--out", "model"])
    try #require(result.status == 0, "\(result.errors)")
    try fixture.folder.write(
      ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "model", "##s", "."]
        .joined(separator: "\n"), to: "model/vocab.txt")
    return fixture
  }

  @Test func madeUpTextsGiveEveryFigure() throws {
    let fixture = try fixture()
    let report = try fixture.report(["embed", "--model", "model", "--tiny", "--runs", "2"])
    let names = report.results.map(\.name)
    #expect(names.prefix(3) == ["open, first time", "first text after that", "open again"])
    #expect(
      names.dropFirst(3) == [
        "one text", "all texts", "all texts, arithmetic", "one text", "all texts",
        "all texts, arithmetic",
      ])
    #expect(report.results.prefix(4).allSatisfy { $0.unit == "ms" && $0.median > 0 })
  }

  @Test(arguments: [
    ("the model.\n\nmodels\n", ["texts": 2.0]), (#"["the", "models", "."]"#, ["texts": 3.0]),
    (#"{"b": ["the"], "a": ["the model", "."], "n": [4]}"#, ["a": 2.0, "b": 1.0]),
  ])
  func textsComeInThreeForms(text: String, counts: [String: Double]) throws {
    let fixture = try fixture()
    try fixture.folder.write(text, to: "texts")
    let arguments = ["embed", "--model", "model", "--texts", "texts", "--runs", "1", "--tiny"]
    let table = try fixture.run(arguments)
    try #require(table.status == 0, "\(table.errors)")
    for (name, count) in counts {
      #expect(table.output.contains("\n\(name): \(Int(count)) texts\n"), "\(table.output)")
    }
    let all = try fixture.report(arguments).results.filter { $0.name == "all texts" }
    for (figure, count) in zip(all, counts.sorted { $0.key < $1.key }.map(\.value)) {
      #expect(abs((figure.also?["texts/s"] ?? 0) * figure.seconds - count) < 1e-6)
    }
    #expect(all.count == counts.count)
  }

  @Test func tokensAreThoseTheModelReads() throws {
    let fixture = try fixture()
    let long = Array(repeating: "the", count: 100).joined(separator: " ")
    try fixture.folder.write("the models.\n\(long)\n", to: "texts")
    let report = try fixture.report([
      "embed", "--model", "model", "--texts", "texts", "--runs", "1", "--tiny",
    ])
    let all = try #require(report.results.first { $0.name == "all texts" })
    // [CLS] the model ##s . [SEP], and forty of the long one.
    #expect(abs(all.median * all.seconds - 46) < 1e-6)
  }

  @Test(arguments: [
    ("", "no texts"), ("[]", "no texts"), ("{}", "no texts"), ("[1]", "JSON"),
    ("[\"a\"", "JSON"), ("{\"a\": []}", "no texts"),
  ])
  func filesWithoutTextsAreNamed(text: String, wanted: String) throws {
    let fixture = try fixture()
    try fixture.folder.write(text, to: "texts")
    let error = try fixture.failure(["embed", "--model", "model", "--texts", "texts"])
    #expect(error.contains(wanted) && error.contains("texts"), "\(error)")
  }
}
