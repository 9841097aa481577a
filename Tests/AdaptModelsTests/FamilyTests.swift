// Single families: settings that the reference set does not have, and how GPT-2's files vary.
import AdaptGradients
import AdaptModels
import AdaptTensors
import Foundation
import Testing

struct FamilyTests {
  private struct Reference: Decodable {
    let ids: [Int32]
    let last: [Float]
    let loss: Float
  }

  /// Logits and loss as transformers computes them (`make_families.py`).
  @Test(arguments: ["smollm3", "qwen2_windows", "gpt2_layers"])
  func settingsComputeAsTheReference(name: String) throws {
    let folder = FamilyFixture.own(name)
    let data = try Data(contentsOf: folder.appendingPathComponent("reference.json"))
    let reference = try JSONDecoder().decode(Reference.self, from: data)
    let model = try CausalModels.open(folder: folder)
    let logits = try model.allLogits(reference.ids)
    #expect(largestDifference(logits.suffix(reference.last.count), reference.last) < 2e-5)
    let batch = TokenBatch([reference.ids])
    let loss = try model.loss(batch, labels: batch.tokens, in: Pass()).value.elements[0]
    #expect(abs(loss - reference.loss) < 1e-5)
  }

  /// Names as the hub's file has them, with the mask that old files hold.
  @Test func gpt2OpensWithoutItsPrefix() throws {
    let family = try #require(FamilyFixture.named("gpt2"))
    let (members, weights) = (try family.members(), try family.weights())
    var bare = weights.map { (String($0.0.dropFirst("transformer.".count)), $0.1) }
    bare.append(("h.0.attn.bias", Tensor([1, 1, 2, 2], [1, 0, 1, 1])))
    bare.append(("h.1.attn.masked_bias", Tensor([], [-10_000])))
    let whole = try CausalModels.open(folder: family.folder)
    try family.withCopy(members, weights: bare) { url in
      let model = try CausalModels.open(folder: url)
      let outline = model.outline
      #expect(outline.unused.sorted() == ["h.0.attn.bias", "h.1.attn.masked_bias"])
      #expect(outline.linears.map(\.site.path) == whole.outline.linears.map(\.site.path))
      #expect(outline.parameters.map(\.path) == whole.outline.parameters.map(\.name))
      #expect(outline.parameters.map(\.name).contains("h.0.attn.c_attn.weight"))
      #expect(try model.allLogits([3, 1, 4, 1, 5]) == whole.allLogits([3, 1, 4, 1, 5]))
    }
  }

  @Test func gpt2KeepsTheShapesOfItsFile() throws {
    let family = try #require(FamilyFixture.named("gpt2"))
    let outline = try CausalModels.open(folder: family.folder).outline
    let files = try WeightFiles(folder: family.folder)
    for parameter in outline.parameters {
      let stored = try files.tensor(parameter.name)
      #expect(parameter.shape == stored.shape && parameter.tensor.elements == stored.elements)
    }
    let linear = try #require(outline.linears.first)
    #expect(linear.site.path == "transformer.h.0.attn.c_attn" && linear.weight.isTransposed)
    #expect(linear.inputs == outline.width && linear.outputs == 3 * outline.width)
    #expect(linear.weight.weight.expanded.shape == [linear.outputs, linear.inputs])
  }

  @Test func gpt2HasAnEndOfPositions() throws {
    let family = try #require(FamilyFixture.named("gpt2"))
    let model = try CausalModels.open(folder: family.folder)
    let limit = try #require(
      try CausalModels.configuration(family.folder.appendingPathComponent("config.json")).summary
        .positions)
    #expect(throws: ModelFault.tooLong(tokens: limit + 1, limit: limit)) {
      try model.allLogits([Int32](repeating: 1, count: limit + 1))
    }
  }

  /// Layer by layer, as the configurations say it.
  @Test func windowsStandWhereTheyShould() throws {
    func windows(_ type: String, _ change: (inout [String: Any]) -> Void) throws -> [Int: Int] {
      let family = try #require(FamilyFixture.named(type))
      var members = try family.members()
      change(&members)
      return try family.withCopy(members) {
        try DecoderConfiguration(file: $0.appendingPathComponent("config.json")).windows
      }
    }
    #expect(try windows("mistral") { _ in } == [0: 4, 1: 4, 2: 4])
    #expect(try windows("mistral") { $0["sliding_window"] = NSNull() } == [:])
    #expect(try windows("gemma2") { _ in } == [0: 4])
    #expect(try windows("gemma2") { $0["layer_types"] = nil } == [0: 4])
    #expect(try windows("qwen2") { _ in } == [:])
    let upper = try windows("qwen3") {
      $0.merge(["use_sliding_window": true, "sliding_window": 9, "max_window_layers": 1]) { $1 }
      $0["layer_types"] = nil
    }
    #expect(upper == [1: 9])
  }

  /// √D rounded as the model's own type rounds it.
  @Test func gemmaScalesEmbeddingsInItsOwnPrecision() {
    typealias Family = DecoderConfiguration
    #expect(Family.embeddingScale(width: 3_072, type: .bfloat16) == 55.5)
    #expect(Family.embeddingScale(width: 3_072, type: .float16) == 55.4375)
    #expect(Family.embeddingScale(width: 3_072, type: nil) == Float(3_072).squareRoot())
    #expect(Family.embeddingScale(width: 2_304, type: .bfloat16) == 48)
  }
}
