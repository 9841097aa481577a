// Weight files of BERT that are other than they should be, and old or partial ones that are still right.
import AdaptGradients
import AdaptModels
import AdaptSystem
import AdaptTensors
import Foundation
import Testing

struct BertWeightsTests {
  @Test func headsOfOtherTasksAreUnused() throws {
    let bare = try Bert(folder: ModelFixtures.bertClassifier)
    #expect(bare.outline.unused.sorted() == ["classifier.bias", "classifier.weight"])
    #expect(bare.outline.parameterCount == 55_939 - 3 * 49)
    try withWeights(ModelFixtures.bertClassifier) { tensors in
      tensors["bert.embeddings.position_ids"] = Tensor([1, 64], (0..<64).map { Float($0) })
      tensors["cls.predictions.bias"] = Tensor([2], [0, 0])
      tensors["qa_outputs.weight"] = Tensor([2, 48], [Float](repeating: 0, count: 96))
      tensors["qa_outputs.bias"] = Tensor([2], [0, 0])
    } body: { folder in
      let model = try BertClassifier(folder: folder)
      #expect(
        model.outline.unused.sorted() == [
          "bert.embeddings.position_ids", "cls.predictions.bias", "qa_outputs.bias",
          "qa_outputs.weight",
        ])
      let spans = try BertSpanModel(folder: folder)
      #expect(spans.outline.unused.contains("bert.pooler.dense.weight"))
      #expect(spans.outline.unused.contains("classifier.weight"))
    }
  }

  @Test func normsOfTheFirstFilesAreRead() throws {
    let golden = try BertGolden(ModelFixtures.bert, "anchor.")
    try withWeights(ModelFixtures.bert) { tensors in
      for name in tensors.keys where name.contains("LayerNorm") {
        let old = name.replacingOccurrences(of: ".weight", with: ".gamma")
          .replacingOccurrences(of: ".bias", with: ".beta")
        tensors[old] = tensors.removeValue(forKey: name)
      }
    } body: { folder in
      let states = try Bert(folder: folder).hidden(golden.batch, in: Pass())
      let plain = try Bert(folder: ModelFixtures.bert).hidden(golden.batch, in: Pass())
      #expect(states.values.value.elements == plain.values.value.elements)
    }
  }

  @Test func aSurplusTensorIsNamed() throws {
    try withWeights(ModelFixtures.bert) { tensors in
      tensors["encoder.layer.0.output.dense.weigth"] = Tensor([1], [0])
    } body: { folder in
      let words = try fault { try Bert(folder: folder) }
      #expect(words.contains("`encoder.layer.0.output.dense.weigth`"))
      #expect(words.contains("nearest name it has: `encoder.layer.0.output.dense.weight`"))
    }
  }

  @Test(arguments: [
    "bert.pooler.dense.bias", "classifier.weight", "classifier.bias",
    "bert.embeddings.word_embeddings.weight", "bert.encoder.layer.1.output.LayerNorm.bias",
  ])
  func aMissingTensorIsNamed(name: String) throws {
    try withWeights(ModelFixtures.bertClassifier) { tensors in
      tensors[name] = nil
    } body: { folder in
      // Without its table of words nothing says what stands before the names.
      let wanted = name.contains("word_embeddings") ? String(name.dropFirst(5)) : name
      let words = try fault { try BertClassifier(folder: folder) }
      #expect(words.contains("no tensor `\(wanted)`"), "\(words)")
    }
  }

  @Test func aHeadOfAnotherShapeIsAnError() throws {
    try withWeights(ModelFixtures.bertClassifier) { tensors in
      tensors["classifier.bias"] = Tensor([4], [0, 0, 0, 0])
      tensors["qa_outputs.weight"] = Tensor([3, 48], [Float](repeating: 0, count: 144))
      tensors["qa_outputs.bias"] = Tensor([3], [0, 0, 0])
    } body: { folder in
      try #expect(fault { try BertClassifier(folder: folder) }.contains("wanted shape [3]"))
      try #expect(fault { try BertSpanModel(folder: folder) }.contains("wanted shape [2, 48]"))
    }
    try withWeights(ModelFixtures.bertClassifier) { tensors in
      tensors["classifier.weight"] = Tensor([], [0])
    } body: { folder in
      try #expect(fault { try BertClassifier(folder: folder) }.contains("classifier.weight"))
    }
  }

  @Test(arguments: ["multi_label_classification", "regression"])
  func classesThatAreNoAlternativesAreAnError(problem: String) throws {
    try ModelFixtures.withCopy(of: ModelFixtures.bertClassifier) { folder in
      try change(
        #""id2label": {"#, to: #""problem_type": "\#(problem)", "id2label": {"#, in: folder)
      try #expect(fault { try BertClassifier(folder: folder) }.contains("`problem_type`"))
    }
  }

  @Test func aConfigurationWithOtherClassesIsAnError() throws {
    try ModelFixtures.withCopy(of: ModelFixtures.bertClassifier) { folder in
      try change(#""2": "LABEL_2""#, to: #""2": "LABEL_2", "3": "LABEL_3""#, in: folder)
      let words = try fault { try BertClassifier(folder: folder) }
      #expect(words.contains("wanted shape [4, 48], got shape [3, 48]"), "\(words)")
    }
  }

  @Test(arguments: ["silu", "gelu_new", "relu"])
  func otherNonlinearitiesRun(name: String) throws {
    let batch = TokenBatch([[2, 50, 61, 3]])
    try ModelFixtures.withCopy { folder in
      try change(#""hidden_act": "gelu""#, to: #""hidden_act": "\#(name)""#, in: folder)
      let model = try Bert(folder: folder)
      let x = try model.hidden(batch, in: Pass()).values.value.elements
      let plain = try Bert(folder: ModelFixtures.bert).hidden(batch, in: Pass())
      #expect(largestDifference(x, plain.values.value.elements) > 1e-5)
      let trained = try model.hidden(batch, in: Pass(adapter: FullTraining(model).adapter))
      #expect(trained.values.value.elements == x)
    }
  }

  /// Replaces text in config.json.
  private func change(_ old: String, to new: String, in folder: URL) throws {
    let url = folder.appendingPathComponent("config.json")
    let text = try String(contentsOf: url, encoding: .utf8)
    try #require(text.contains(old))
    try Data(text.replacingOccurrences(of: old, with: new).utf8).write(to: url)
  }

  @Test func weightsOfNaNGiveNoLoss() throws {
    for name in ["classifier.bias", "bert.embeddings.LayerNorm.weight"] {
      try withWeights(ModelFixtures.bertClassifier) { tensors in
        let shape = try #require(tensors[name]).shape
        tensors[name] = Tensor(shape, [Float](repeating: .nan, count: shape.reduce(1, *)))
      } body: { folder in
        let model = try BertClassifier(folder: folder)
        let words = try fault { try model.loss(TokenBatch([[2, 3]]), labels: [0], in: Pass()) }
        #expect(words.contains("not finite"))
      }
    }
  }

  @Test func numbersOutOfRangeAreErrors() throws {
    let model = try Bert(folder: ModelFixtures.bert)
    let segments = Segments(lengths: [2])
    #expect(throws: ModelFault.tokenOutOfRange(id: 2, vocabulary: 2)) {
      try model.hidden(TokenBatch(tokens: [1, 2], segments: segments, types: [0, 2]), in: Pass())
    }
    #expect(throws: ModelFault.tokenOutOfRange(id: -1, vocabulary: 64)) {
      try model.hidden(
        TokenBatch(tokens: [1, 2], segments: segments, positions: [-1, 0]), in: Pass())
    }
    #expect(throws: ModelFault.tooLong(tokens: 65, limit: 64)) {
      try model.hidden(
        TokenBatch(tokens: [1, 2], segments: segments, positions: [0, 64]), in: Pass())
    }
  }

  private func fault(_ body: () throws -> Any) throws -> String {
    let error = #expect(throws: ModelFault.self) { _ = try body() }
    return error?.description ?? ""
  }

  /// A copy of the model in `source` with other tensors.
  private func withWeights(
    _ source: URL, _ change: (inout [String: Tensor]) throws -> Void, body: (URL) throws -> Void
  ) throws {
    try ModelFixtures.withCopy(of: source) { folder in
      let url = folder.appendingPathComponent("model.safetensors")
      let file = try SafetensorsFile(url)
      var tensors: [String: Tensor] = [:]
      for name in file.tensors.keys { tensors[name] = try file.tensor(name) }
      try change(&tensors)
      try SafetensorsWriter.write(tensors.map { TensorOutput($0, $1) }, to: url)
      try body(folder)
    }
  }
}
