import AdaptTestSupport
import Foundation
import Testing

/// Search with an embedding model, a tiny one, and folders that are none.
struct DocumentsModelTests {
  private func indexed(_ model: URL) throws -> DocumentsFixture {
    let fixture = try DocumentsFixture()
    _ = try fixture.object("index", "docs", "--embedder", model.path)
    return fixture
  }

  @Test func theEmbedderIsRememberedAndMeaningIsSearched() throws {
    let fixture = try DocumentsFixture()
    let model = try fixture.model()
    let object = try fixture.object("index", "docs", "--embedder", model.path)
    #expect(object["embedder"] as? String == model.path)
    let dense = try fixture.object("search", "zebra", "--mode", "dense")
    #expect(dense["mode"] as? String == "dense")
    #expect(dense.objects("results").count >= 3)
    #expect(dense.objects("results").allSatisfy { $0.object("stages")["cosine"] is Double })
    let hybrid = try fixture.object("search", "notice period")
    #expect(hybrid["mode"] as? String == "hybrid")
    #expect(hybrid.foundPaths.first == "docs/contract.md")
    let weights = hybrid.object("explanation").object("weights")
    #expect(
      Set(weights.keys) == ["agreement", "readable", "idealBM25", "cosineMean", "cosineSpread"])
    #expect(try fixture.run("search", "notice", "--explain").output.contains("weights: words"))
    let again = try fixture.object("index", "docs")
    #expect(again.number("unchanged") == 2)
    #expect(again["embedder"] as? String == model.path)
    let asked = try fixture.object("ask", "How long is the notice period?")
    #expect(asked.object("evidence")["cosine"] is Double)
  }

  @Test func anotherEmbedderIsRefusedUnlessAllIsEmbeddedAgain() throws {
    let fixture = try DocumentsFixture()
    _ = try fixture.object("index", "docs", "--embedder", try fixture.model().path)
    let before = try fixture.run("search", "notice", "--json").output
    let other = try fixture.model("other")
    try fixture.edit(
      other.appendingPathComponent("config.json"), "\"layer_norm_eps\": 1e-12",
      "\"layer_norm_eps\": 1e-06")
    try fixture.expectError("index", "docs", "--embedder", other.path, holding: "`--reembed`")
    #expect(try fixture.run("search", "notice", "--json").output == before)
    let apart = try fixture.object("search", "notice", "--embedder", other.path)
    #expect(apart["mode"] as? String == "lexical")
    #expect(apart.object("explanation").objects("notes").first?.keys.first == "otherEmbedder")
    let again = try fixture.object("index", "docs", "--embedder", other.path, "--reembed")
    #expect(again.number("unchanged") == 2)
    #expect(try fixture.object("search", "notice")["mode"] as? String == "hybrid")
    #expect(try fixture.object("index")["embedder"] as? String == other.path)
  }

  /// Regression: the next run cut every document in another way and dropped its vectors.
  @Test func aVanishedEmbedderIsAnErrorAndTheVectorsStay() throws {
    let fixture = try DocumentsFixture()
    let model = try fixture.model()
    _ = try fixture.object("index", "docs", "--embedder", model.path)
    let before = try fixture.run("search", "notice", "--json").output
    let away = model.deletingLastPathComponent().appendingPathComponent("away")
    try FileManager.default.moveItem(at: model, to: away)
    try fixture.expectError("index", "docs", holding: "is gone")
    let words = try fixture.object("search", "notice")
    #expect(words["mode"] as? String == "lexical")
    try FileManager.default.moveItem(at: away, to: model)
    #expect(try fixture.run("search", "notice", "--json").output == before)
  }

  @Test func aModelMayComeLater() throws {
    let fixture = try DocumentsFixture()
    _ = try fixture.object("index", "docs")
    #expect(
      try fixture.object("search", "notice", "--mode", "dense")["mode"] as? String == "lexical")
    let model = try fixture.model()
    #expect(try fixture.object("index", "--embedder", model.path).number("documents") == 2)
    #expect(try fixture.object("search", "notice", "--mode", "dense")["mode"] as? String == "dense")
  }

  /// What is done to a model's folder, and what the error must say.
  struct Damage: CustomStringConvertible, Sendable {
    let description: String
    let words: String
    let apply: @Sendable (DocumentsFixture, URL) throws -> Void
  }

  static let damages: [Damage] = [
    Damage(description: "a tensor is missing", words: "no tensor `encoder.layer.1.") {
      try $0.edit(
        $1.appendingPathComponent("model.safetensors"), "encoder.layer.1.output.dense.weight",
        "encoder.layer.1.output.dense.wEIGHT")
    },
    Damage(description: "shapes contradict", words: "wanted shape [320, 48], got shape [320, 40]") {
      try $0.edit(
        $1.appendingPathComponent("config.json"), "\"hidden_size\": 40", "\"hidden_size\": 48")
    },
    Damage(description: "no tokenizer", words: "tokenizer.json or vocab.txt") {
      try FileManager.default.removeItem(at: $1.appendingPathComponent("tokenizer.json"))
    },
    Damage(description: "no weights", words: "model.safetensors") {
      try FileManager.default.removeItem(at: $1.appendingPathComponent("model.safetensors"))
    },
    Damage(description: "weights are cut", words: "damaged or cut") {
      #expect(truncate($1.appendingPathComponent("model.safetensors").path, 50_000) == 0)
    },
    Damage(description: "a header without end", words: "model.safetensors") {
      let file = $1.appendingPathComponent("model.safetensors")
      try Data([255, 255, 255, 255, 255, 255, 255, 127, 123]).write(to: file)
    },
    Damage(description: "a configuration that is no JSON", words: "config.json") {
      try Data("{".utf8).write(to: $1.appendingPathComponent("config.json"))
    },
    Damage(description: "a tokenizer that is no JSON", words: "tokenizer.json") {
      try Data("[1, 2".utf8).write(to: $1.appendingPathComponent("tokenizer.json"))
    },
    Damage(description: "sizes that no machine holds", words: "config.json") {
      try $0.edit(
        $1.appendingPathComponent("config.json"), "\"num_hidden_layers\": 2",
        "\"num_hidden_layers\": 9223372036854775807")
    },
    Damage(description: "another architecture", words: "config.json") {
      try $0.edit(
        $1.appendingPathComponent("config.json"), "\"model_type\": \"bert\"",
        "\"model_type\": \"llama\"")
    },
    Damage(description: "no folder at all", words: "config.json") {
      try FileManager.default.removeItem(at: $1)
    },
  ]

  /// Before anything is indexed no workspace is made; afterwards everything is as it was.
  @Test(arguments: damages)
  func aFolderThatIsNoModelIsNamed(damage: Damage) throws {
    let fixture = try DocumentsFixture()
    let bad = try fixture.model("bad")
    try damage.apply(fixture, bad)
    try fixture.expectError("index", "docs", "--embedder", bad.path, holding: damage.words)
    #expect(!FileManager.default.fileExists(atPath: fixture.database.path))
    _ = try fixture.object("index", "docs", "--embedder", try fixture.model().path)
    let before = try fixture.run("search", "notice", "--json").output
    try fixture.expectError("index", "docs", "--embedder", bad.path, holding: damage.words)
    try fixture.expectError(
      "index", "docs", "--embedder", bad.path, "--reembed", holding: damage.words)
    try fixture.expectError("search", "notice", "--embedder", bad.path, holding: damage.words)
    try fixture.expectError("ask", "notice?", "--embedder", bad.path, holding: damage.words)
    #expect(try fixture.run("search", "notice", "--json").output == before)
  }

  /// Regression: without vectors the named folder was not even looked at.
  @Test func aNamedFolderMustBeThereEvenWithoutVectors() throws {
    let fixture = try DocumentsFixture()
    _ = try fixture.object("index", "docs")
    try fixture.expectError("search", "fee", "--embedder", "/nowhere", holding: "/nowhere")
    let lexical = try fixture.run("search", "fee", "--mode", "lexical", "--embedder", "/nowhere")
    #expect(lexical.status == 0)
  }
}
