// Random models of every family: the product opens them, and their count is that of their configuration.
import AdaptGradients
import AdaptModels
import AdaptTensors
import AdaptTestSupport
import Foundation
import Testing

struct FamilyFoldersTests {
  static let small = [
    "llama-mini", "mistral-mini", "qwen2-mini", "qwen3-mini", "gemma2-mini", "phi3-mini",
    "smollm3-mini", "gpt2-mini",
  ]

  @Test func everyFamilyHasASmallModel() {
    #expect(Set(Self.small.map { String($0.dropLast(5)) }) == Set(CausalModels.modelTypes))
  }

  @Test(arguments: small)
  func theProductOpensThem(name: String) throws {
    let fixture = try BenchFixture()
    let result = try fixture.run(["model", name, "--out", "out", "--dtype", "bfloat16"])
    try #require(result.status == 0, "\(result.errors)")
    let folder = URL(fileURLWithPath: fixture.folder.path("out"))
    let model = try CausalModels.open(folder: folder)
    let summary = try CausalModels.configuration(folder.appendingPathComponent("config.json"))
      .summary
    #expect(summary.parameters == model.outline.parameterCount)
    #expect(summary.elementType == .bfloat16)
    let states = try model.hidden(TokenBatch([[1, 2, 200], [0]]), in: Pass())
    let logits = model.logits(states, in: Pass()).value
    #expect(logits.shape == [4, 256] && logits.elements.allSatisfy { $0.isFinite })
  }
}
