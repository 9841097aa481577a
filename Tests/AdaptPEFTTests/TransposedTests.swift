// LoRA where a model's weights lie as [in, out]: GPT-2.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptTensors
import AdaptTestSupport
import Foundation
import Testing

struct TransposedTests {
  private static func model(_ name: String) throws -> any CausalLanguageModel {
    try CausalModels.open(
      folder: GoldenRun.fixtures.deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("AdaptGoldenTests/Golden/models/" + name))
  }

  private static func attached(_ model: any CausalLanguageModel) throws -> any AttachedAdapter {
    var configuration = LoRAConfiguration(rank: 3, alpha: 6)
    configuration.initialisation = .random
    return try LoRA(configuration).attach(to: model.outline, key: RandomKey(seed: 4))
  }

  private static func logits(
    _ model: any CausalLanguageModel, _ adapter: Adapter
  ) throws -> [Float] {
    let pass = Pass(adapter: adapter)
    let states = try model.hidden(TokenBatch([[3, 1, 4, 1, 5, 9]]), in: pass)
    return model.logits(states, in: pass).value.elements
  }

  @Test(arguments: [("gpt2", true), ("qwen2", false)])
  func filesSayHowTheWeightsLie(name: String, isTransposed: Bool) throws {
    let adapter = try Self.attached(Self.model(name))
    let folder = try TemporaryFolder()
    try adapter.files().write(to: URL(fileURLWithPath: folder.path))
    let data = try Data(
      contentsOf: URL(fileURLWithPath: folder.path("adapter_config.json")))
    let fields = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(fields["fan_in_fan_out"] as? Bool == isTransposed)
  }

  @Test func mergedWeightsHaveTheShapeOfTheFile() throws {
    let model = try Self.model("gpt2")
    let attached = try Self.attached(model)
    var merged = Adapter()
    for item in try attached.merged(into: model.outline) {
      #expect(item.value.shape == item.parameter.shape && item.parameter.isTransposed)
      merged.parameters[item.parameter.number] = item.parameter.frozen(item.value)
    }
    #expect(merged.parameters.count == model.outline.layers)
    let (ours, whole) = (
      try Self.logits(model, attached.adapter), try Self.logits(model, merged)
    )
    let plain = try Self.logits(model, Adapter())
    #expect(zip(ours, whole).allSatisfy { abs($0 - $1) < 1e-4 })
    #expect(zip(ours, plain).contains { abs($0 - $1) > 1e-2 })
  }

  /// A weight that trains stands in its file's shape, and is merged with it.
  @Test func trainedWeightsKeepTheShapeOfTheFile() throws {
    let model = try Self.model("gpt2")
    let all = Adapter(training: model.outline) { $0.isTransposed }
    let pass = Pass(.train, adapter: all)
    let batch = TokenBatch([[3, 1, 4, 1, 5, 9]])
    let gradients = Gradients()
    gradients.backward(from: try model.loss(batch, labels: batch.tokens, in: pass))
    let trained = model.outline.parameters.filter(\.isTransposed)
    #expect(
      trained.count == 4 * model.outline.layers && gradients.trainables.count == trained.count)
    for parameter in trained {
      guard case .trainable(let trainable) = all.parameters[parameter.number] else { continue }
      #expect(gradients[trainable]?.shape == parameter.shape)
      #expect(pass.variable(parameter).value.elements == parameter.tensor.elements)
      #expect(Pass().variable(parameter).value.elements == parameter.tensor.elements)
    }
    #expect(try Self.logits(model, all) == Self.logits(model, Adapter()))
  }
}
