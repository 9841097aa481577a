// The shorter way through a token of decoding: the bits of the model's own operations, and their cache.
import AdaptGradients
import AdaptModels
import AdaptTensors
import Foundation
import Testing

struct SteppingTests {
  /// Families whose layers a step knows, and one of each kind that it leaves to the operations.
  @Test(arguments: FamilyFixture.all) func equalsTheOperations(family: FamilyFixture) throws {
    let model = try CausalModels.open(folder: family.folder)
    let steps = try compare(model, prompts: [[1, 5, 9, 2, 11, 3], [4], [8, 8, 7]], tokens: 12)
    let isKnown = ["llama", "mistral", "qwen2", "qwen3", "smollm3"].contains(family.type)
    #expect(steps == (isKnown ? 12 : 0))
  }

  /// More keys than a block holds, so that some are read in parts and on several threads.
  @Test func longTexts() throws {
    let model = try TinyLlama(["max_position_embeddings": 2048]).model()
    for length in [60, 300, 600] {
      let prompt = (0..<length).map { Int32($0 * 7 % TinyLlama.vocabulary) }
      #expect(try compare(model, prompts: [prompt, [3]], tokens: 8) == 8)
    }
  }

  @Test(arguments: [ElementType.bfloat16, .float16]) func narrowWeights(_ type: ElementType) throws
  {
    let tiny = try TinyLlama()
    try SafetensorsWriter.write(
      tiny.tensors.map { TensorOutput($0.0, $0.1, as: type) },
      to: tiny.url.appendingPathComponent("model.safetensors"))
    #expect(try compare(try Llama(folder: tiny.url), prompts: [[1, 2], [3]], tokens: 6) == 6)
  }

  /// Rounded as they are read: 8 bits have a step, 4 bits want their input in another order.
  @Test(arguments: [Quantisation.int8, .nf4]) func roundedWeights(_ form: Quantisation) throws {
    let tiny = try TinyLlama()
    try tiny.write()
    let model = try Llama(
      LlamaConfiguration(file: tiny.url.appendingPathComponent("config.json")),
      WeightFiles(folder: tiny.url).resting(form))
    #expect(
      try compare(model, prompts: [[1, 2], [3]], tokens: 6) == (form == .int8 ? 6 : 0))
  }

  /// What is no single token of each sequence without an adapter is none of a step's.
  @Test func otherRuns() throws {
    let model = try TinyLlama().model()
    let cache = KeyValueCache(layers: 2)
    var pass = Pass()
    pass.cache = cache
    #expect(try model.stepped(TokenBatch([[1], [2]]), in: pass) == nil)
    _ = try model.hidden(TokenBatch([[1, 5], [2]]), in: pass)
    pass.phase = .decode
    #expect(try model.stepped(TokenBatch([[1, 2], []]), in: pass) == nil)
    #expect(try model.stepped(TokenBatch([[1]]), in: pass) == nil)
    var adapted = pass
    adapted.adapter = Adapter()
    #expect(try model.stepped(TokenBatch([[1], [2]]), in: adapted) == nil)
    #expect(cache.lengths == [2, 1])
    #expect(throws: ModelFault.tokenOutOfRange(id: 99, vocabulary: 23)) {
      try model.stepped(TokenBatch([[99], [2]]), in: pass)
    }
    #expect(cache.lengths == [2, 1])
    #expect(try model.stepped(TokenBatch([[1], [2]]), in: pass) != nil)
    #expect(cache.lengths == [3, 2])
  }

  /// Runs a text both ways over caches of their own; gives how many tokens went by steps.
  private func compare(
    _ model: any CausalLanguageModel, prompts: [[Int32]], tokens: Int
  ) throws -> Int {
    let caches = (0..<2).map { _ in KeyValueCache(layers: model.outline.layers, blockTokens: 64) }
    var passes = [Pass(), Pass()]
    for place in 0..<2 {
      passes[place].cache = caches[place]
      _ = try model.hidden(TokenBatch(prompts), in: passes[place])
      passes[place].phase = .decode
    }
    var steps = 0
    for token in 0..<tokens {
      let batch = TokenBatch(prompts.indices.map { [Int32((token * 5 + $0) % 17)] })
      let plain = try model.hidden(batch, in: passes[0]).values.value.elements
      if let step = try (model as? any SteppingModel)?.stepped(batch, in: passes[1]) {
        #expect(step.values.value.elements == plain, "token \(token)")
        steps += 1
      } else {
        _ = try model.hidden(batch, in: passes[1])
      }
      #expect(caches[0].lengths == caches[1].lengths && caches[0].bytes == caches[1].bytes)
    }
    return steps
  }
}
