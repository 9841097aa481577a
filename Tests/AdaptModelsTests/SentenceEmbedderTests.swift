// The embedder on the tiny model: its golden vectors from text settings, batches, and folders that are wrong.
import AdaptModels
import AdaptSystem
import AdaptTensors
import AdaptTokenizers
import Foundation
import Testing

struct SentenceEmbedderTests {
  static let texts = [
    "how many points did they score?", "", "who won",
    String(repeating: "the long text ", count: 90),
    "who won", "   ", "你好 world",
  ]

  @Test func vectorsAreUnitAndInOrder() throws {
    let embedder = try SentenceEmbedder(folder: ModelFixtures.bert)
    let vectors = try embedder.embed(Self.texts)
    #expect(vectors.count == Self.texts.count && embedder.dimensions == 40)
    for (text, vector) in zip(Self.texts, vectors) {
      let length = vector.reduce(0.0) { $0 + Double($1) * Double($1) }
      #expect(vector.count == 40 && abs(length - 1) < 1e-6)
      let alone = try #require(try embedder.embed([text]).first)
      #expect(largestDifference(alone, vector) < 1e-6, "\(text.prefix(20))")
    }
    #expect(vectors[2] == vectors[4] && vectors[1] == vectors[5])
    try #expect(embedder.embed([]).isEmpty)
  }

  @Test func longTextIsCutAtTheLimit() throws {
    let embedder = try SentenceEmbedder(folder: ModelFixtures.bert)
    #expect(embedder.maximumTokens == 64)
    let long = String(repeating: "points ", count: 5_000)
    let kept = embedder.tokens(of: long).prefix(62)
    let cut = String(
      decoding: Array(long.utf8)[..<(kept.last?.bytes.upperBound ?? 0)], as: UTF8.self)
    let vectors = try embedder.embed([long, cut])
    #expect(largestDifference(vectors[0], vectors[1]) < 1e-6)
  }

  @Test func settingsOfTheFolderAreFollowed() throws {
    try ModelFixtures.withCopy { folder in
      try write(
        #"[{"path": "", "type": "sentence_transformers.models.Transformer"}, {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]"#,
        folder, "modules.json")
      try write(
        #"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}"#, folder,
        "1_Pooling/config.json")
      try write(
        #"{"max_seq_length": 16, "do_lower_case": false}"#, folder, "sentence_bert_config.json")
      let embedder = try SentenceEmbedder(folder: folder)
      #expect(embedder.pooling == .cls && embedder.maximumTokens == 16)
      let plain = try SentenceEmbedder(folder: ModelFixtures.bert)
      #expect(embedder.identity != plain.identity)
      try #expect(embedder.embed(["who won"]) != plain.embed(["who won"]))
    }
  }

  @Test func aFirstTokenThatIsNeverPutIsAnError() throws {
    try ModelFixtures.withCopy { folder in
      let module = #"[{"path": "p", "type": "models.Pooling"}]"#
      try write(module, folder, "modules.json")
      try write(#"{"pooling_mode": "cls"}"#, folder, "p/config.json")
      let url = folder.appendingPathComponent("tokenizer.json")
      let data = try Data(contentsOf: url)
      var root = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      let bare: [String: Any] = ["Sequence": ["id": "A", "type_id": 0]]
      root["post_processor"] = ["type": "TemplateProcessing", "single": [bare]]
      try JSONSerialization.data(withJSONObject: root).write(to: url)
      try expectFault(folder, "takes the first token")
    }
  }

  @Test func identityNamesContentNotPlace() throws {
    let plain = try SentenceEmbedder(folder: ModelFixtures.bert).identity
    try ModelFixtures.withCopy { folder in
      try #expect(SentenceEmbedder(folder: folder).identity == plain)
      let weights = folder.appendingPathComponent("model.safetensors")
      var data = try Data(contentsOf: weights)
      data[data.count - data.count / 64 * 2] ^= 1
      for i in stride(from: data.count / 2, to: data.count, by: 4) { data[i] ^= 1 }
      try data.write(to: weights)
      try #expect(SentenceEmbedder(folder: folder).identity != plain)
    }
  }

  @Test(arguments: [
    (#""model_type": "bert""#, #""model_type": "brt""#, "did you mean `bert`"),
    (#""hidden_size": 40"#, #""hidden_size": 44"#, "wanted shape [320, 44], got shape [320, 40]"),
    (#""hidden_size": 40"#, #""hidden_size": -40"#, "`hidden_size` is out of range"),
    (#""hidden_size": 40"#, #""hidden_size": 1e300"#, "`hidden_size` is out of range"),
    (#""hidden_size": 40"#, #""hidden_sise": 40"#, "no `hidden_size`"),
    (#""num_attention_heads": 4"#, #""num_attention_heads": 3"#, "does not divide"),
    (#""num_hidden_layers": 2"#, #""num_hidden_layers": 3"#, "no tensor `encoder.layer.2."),
    (#""num_hidden_layers": 2"#, #""num_hidden_layers": 1"#, "more layers"),
    (#""hidden_act": "gelu""#, #""hidden_act": "mish""#, "`hidden_act` is not supported"),
    (#""vocab_size": 320"#, #""vocab_size": 300"#, "wanted shape [300, 40]"),
    (#""is_decoder": false"#, #""is_decoder": true"#, "is_decoder"), ("{", "[", "not JSON"),
  ])
  func configurationFaultsAreNamed(old: String, new: String, words: String) throws {
    try ModelFixtures.withCopy { folder in
      let url = folder.appendingPathComponent("config.json")
      let text = try String(contentsOf: url, encoding: .utf8)
      try #require(text.contains(old))
      try write(text.replacingOccurrences(of: old, with: new), folder, "config.json")
      try expectFault(folder, words)
    }
  }

  @Test func aMissingTensorIsNamedWithItsFile() throws {
    try ModelFixtures.withCopy { folder in
      try rename("encoder.layer.1.output.dense.bias", "encoder.layer.1.output.dense.bios", folder)
      try expectFault(folder, "no tensor `encoder.layer.1.output.dense.bias`")
      try expectFault(folder, "model.safetensors")
    }
  }

  @Test func aPrefixBeforeAllNamesIsFound() throws {
    try ModelFixtures.withCopy { folder in
      let url = folder.appendingPathComponent("model.safetensors")
      let data = try Data(contentsOf: url)
      let file = try SafetensorsFile(url)
      var header = String(decoding: file.headerBytes.dropFirst(8), as: UTF8.self)
      for name in file.tensors.keys {
        header = header.replacingOccurrences(of: "\"\(name)\"", with: "\"bert.\(name)\"")
      }
      let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
      try (length + Data(header.utf8) + data.dropFirst(file.headerBytes.count)).write(to: url)
      let text = ["who won"]
      let plain = try SentenceEmbedder(folder: ModelFixtures.bert).embed(text)
      try #expect(SentenceEmbedder(folder: folder).embed(text) == plain)
    }
  }

  @Test func weightsOfNaNAreAnError() throws {
    try ModelFixtures.withCopy { folder in
      let url = folder.appendingPathComponent("model.safetensors")
      var data = try Data(contentsOf: url)
      let file = try SafetensorsFile(url)
      let start =
        file.headerBytes.count + (try file.info("embeddings.LayerNorm.weight")).bytes.lowerBound
      data.replaceSubrange(start..<start + 4, with: [0, 0, 0xC0, 0x7F])
      try data.write(to: url)
      let embedder = try SentenceEmbedder(folder: folder)
      let error = #expect(throws: ModelFault.self) { try embedder.embed(["who won"]) }
      #expect(error?.description.contains("not finite") == true)
    }
  }

  @Test(arguments: ["config.json", "model.safetensors", "tokenizer.json"])
  func missingAndEmptyFilesAreErrors(name: String) throws {
    try ModelFixtures.withCopy { folder in
      try Data().write(to: folder.appendingPathComponent(name))
      #expect(throws: ModelFault.self) { try SentenceEmbedder(folder: folder) }
      try FileManager.default.removeItem(at: folder.appendingPathComponent(name))
      #expect(throws: ModelFault.self) { try SentenceEmbedder(folder: folder) }
    }
  }

  @Test func tokensOutOfRangeAndTooLongAreErrors() throws {
    let encoder = try Bert(folder: ModelFixtures.bert)
    #expect(throws: ModelFault.tokenOutOfRange(id: 320, vocabulary: 320)) {
      try encoder.hidden(TokenBatch([[1, 320]]), in: Pass())
    }
    #expect(throws: ModelFault.tokenOutOfRange(id: -1, vocabulary: 320)) {
      try encoder.hidden(TokenBatch([[-1]]), in: Pass())
    }
    #expect(throws: ModelFault.tooLong(tokens: 65, limit: 64)) {
      try encoder.hidden(TokenBatch([[Int32](repeating: 1, count: 65)]), in: Pass())
    }
  }

  private func expectFault(_ folder: URL, _ words: String) throws {
    let error = #expect(throws: ModelFault.self) { try SentenceEmbedder(folder: folder) }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  private func write(_ text: String, _ folder: URL, _ name: String) throws {
    let url = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  /// Renames a tensor to a name of the same length.
  private func rename(_ old: String, _ new: String, _ folder: URL) throws {
    let url = folder.appendingPathComponent("model.safetensors")
    var data = try Data(contentsOf: url)
    let range = try #require(data.range(of: Data("\"\(old)\"".utf8)))
    data.replaceSubrange(range, with: Data("\"\(new)\"".utf8))
    try data.write(to: url)
  }
}
