// Generation over tokens: what a cache, a batch or an adapter must not change, and where it ends.
import AdaptGradients
import AdaptModels
import AdaptTensors
import Foundation
import Testing

struct TokenGenerationTests {
  static let prompts: [[Int32]] = [[1, 5, 9, 2, 11, 3], [4], [8, 8, 20, 7]]

  @Test func cachedEqualsUncached() throws {
    let model = try TinyLlama().model()
    for (name, adapter) in try Self.adapters(model) {
      for prompt in Self.prompts {
        let ours = try tokens(model, [prompt], Self.settings(20), adapter)[0]
        #expect(ours == (try Self.plain(model, prompt, count: 20, adapter)), "\(name)")
      }
    }
  }

  /// The probabilities told over a cache are those of a whole run.
  @Test func cachedLogitsEqualUncached() throws {
    let model = try TinyLlama().model()
    for (name, adapter) in try Self.adapters(model) {
      var settings = Self.settings(12)
      settings.alternatives = 0
      let prompt = Self.prompts[0]
      let generation = try TokenGeneration(
        model, prompts: [prompt], settings: settings, adapter: adapter)
      var (text, logs) = (prompt, [Float]())
      while let next = try generation.next() {
        text += next.map(\.token)
        logs += next.compactMap(\.logProbability)
      }
      let whole = try model.tokenLogProbabilities(
        TokenBatch([text]), in: Pass(adapter: adapter)
      ).value.elements.suffix(12)
      #expect(logs.count == 12)
      #expect(largestDifference(logs, whole) < 1e-4, "\(name)")
    }
  }

  @Test(arguments: [0.0, 0.8]) func aBatchEqualsItsRows(_ temperature: Double) throws {
    let model = try TinyLlama().model()
    let stops: Set<Int32> = [0, 2, 4, 6, 10]
    var settings = Self.settings(24)
    settings.sampling = SamplingSettings(temperature: temperature, topP: 0.9, seed: 3)
    settings.stopTokens = stops
    let together = try tokens(model, Self.prompts, settings)
    for (row, prompt) in Self.prompts.enumerated() {
      let alone = try tokens(model, [prompt], settings, streams: [UInt32(row)])[0]
      #expect(together[row] == alone)
      // Rows end at different steps, and the others go on.
      #expect(alone.count == 24 || stops.contains(alone[alone.count - 1]))
    }
    #expect(Set(together.map(\.count)).count > 1 || temperature == 0)
  }

  /// A prompt read in pieces is the prompt.
  @Test(arguments: [1, 2, 5]) func piecesOfAPrompt(_ size: Int) throws {
    let model = try TinyLlama().model()
    for (name, adapter) in try Self.adapters(model) {
      var settings = Self.settings(8)
      let whole = try tokens(model, Self.prompts, settings, adapter)
      settings.prefillTokens = size
      #expect(try tokens(model, Self.prompts, settings, adapter) == whole, "\(name)")
    }
  }

  @Test func seedsReproduce() throws {
    let model = try TinyLlama().model()
    var settings = Self.settings(30)
    settings.sampling = SamplingSettings(temperature: 1.2, seed: 1)
    let first = try tokens(model, Self.prompts, settings)
    #expect(try tokens(model, Self.prompts, settings) == first)
    settings.sampling.seed = 2
    #expect(try tokens(model, Self.prompts, settings) != first)
  }

  @Test func paddingAndSuppressedTokensAreNeverChosen() throws {
    let model = try TinyLlama().model()
    var settings = Self.settings(60)
    settings.context = nil
    settings.sampling = SamplingSettings(temperature: 5, seed: 4)
    settings.vocabulary = 9
    settings.suppressed = [0, 3]
    settings.maximumTokens = 50
    settings.alternatives = 4
    let generation = try TokenGeneration(model, prompts: [[1]], settings: settings)
    var seen: Set<Int32> = []
    while let next = try generation.next() {
      seen.formUnion(next.flatMap { [$0.token] + $0.alternatives.map(\.token) })
    }
    #expect(seen == [1, 2, 4, 5, 6, 7, 8])
    settings.suppressed = Set(0..<9)
    #expect(throws: GenerationFault.nothingAllowed(row: 0)) {
      try tokens(model, [[1]], settings)
    }
  }

  @Test func finishesSayWhy() throws {
    let model = try TinyLlama().model()
    let free = try tokens(model, [[1, 5]], Self.settings(10))[0]
    var settings = Self.settings(10)
    settings.stopTokens = [free[3]]
    let stopped = try finishes(model, [[1, 5]], settings)
    let end = try #require(free.firstIndex(of: free[3]))
    #expect(stopped == [0: .stopToken(free[3])])
    #expect(try tokens(model, [[1, 5]], settings)[0] == Array(free[...end]))
    #expect(try finishes(model, [[1, 5]], Self.settings(10)) == [0: .length])
    settings = Self.settings(10)
    settings.context = 6
    #expect(try finishes(model, [[1, 5]], settings) == [0: .context])
    #expect(try tokens(model, [[1, 5]], settings)[0] == Array(free[..<4]))
  }

  @Test func rowsAreStoppedFromOutside() throws {
    let model = try TinyLlama().model()
    let all = try tokens(model, Self.prompts, Self.settings(6))
    let generation = try TokenGeneration(
      model, prompts: Self.prompts, settings: Self.settings(6))
    _ = try generation.next()
    generation.stop([0])
    var rest: [Int: [Int32]] = [:]
    while let next = try generation.next() {
      for t in next { rest[t.row, default: []].append(t.token) }
    }
    #expect(rest == [1: Array(all[1][1...]), 2: Array(all[2][1...])])
  }

  /// A prompt that does not fit is refused, or loses its start when asked.
  @Test func promptsBeyondTheContext() throws {
    let model = try TinyLlama().model()
    var settings = Self.settings(3)
    settings.context = 5
    #expect(throws: GenerationFault.promptTooLong(row: 0, tokens: 6, context: 5)) {
      try tokens(model, [Self.prompts[0]], settings)
    }
    settings.overflow = .slide
    let generation = try TokenGeneration(model, prompts: [Self.prompts[0]], settings: settings)
    // Half of the context at most is kept free.
    #expect(generation.droppedTokens == [3])
    var last: [Int32] = []
    while let next = try generation.next() { last += next.map(\.token) }
    #expect(last == (try tokens(model, [[2, 11, 3]], settings)[0]))
    #expect(throws: GenerationFault.emptyPrompt(row: 1)) {
      try tokens(model, [[1], []], settings)
    }
  }

  @Test func settingsThatMeanNothing() throws {
    let model = try TinyLlama().model()
    let changes: [(inout GenerationSettings) -> Void] = [
      { $0.sampling.temperature = -1 }, { $0.sampling.temperature = .nan },
      { $0.sampling.topP = 0 }, { $0.sampling.topP = 1.5 }, { $0.sampling.topK = 0 },
      { $0.sampling.minP = 2 }, { $0.sampling.repetitionPenalty = 0 },
      { $0.maximumTokens = 0 }, { $0.alternatives = -1 }, { $0.context = 0 },
      { $0.prefillTokens = 0 }, { $0.vocabulary = -4 },
    ]
    for change in changes {
      var settings = Self.settings(3)
      change(&settings)
      #expect(throws: GenerationFault.self) { try tokens(model, [[1]], settings) }
    }
    #expect(throws: GenerationFault.model(.tokenOutOfRange(id: 99, vocabulary: 23))) {
      try tokens(model, [[99]], Self.settings(3))
    }
  }

  @Test func damagedWeightsAreAFault() throws {
    var tiny = try TinyLlama()
    let place = try #require(tiny.tensors.firstIndex { $0.0 == "model.norm.weight" })
    tiny.tensors[place].1 = Tensor([16], Array(repeating: .nan, count: 16))
    let model = try tiny.model()
    #expect(throws: GenerationFault.model(.notFinite(path: model.outline.path))) {
      try tokens(model, [[1]], Self.settings(3))
    }
  }

  @Test func alternativesAreTheLikeliest() throws {
    let model = try TinyLlama().model()
    var settings = Self.settings(5)
    settings.alternatives = TinyLlama.vocabulary
    let generation = try TokenGeneration(model, prompts: [[1, 5]], settings: settings)
    let token = try #require(try generation.next()?.first)
    let logs = token.alternatives.map(\.logProbability)
    #expect(logs == logs.sorted(by: >) && logs.count == TinyLlama.vocabulary)
    #expect(abs(logs.reduce(0) { $0 + exp(Double($1)) } - 1) < 1e-6)
    #expect(token.alternatives[0].token == token.token)
    #expect(token.alternatives[0].logProbability == token.logProbability)
  }

  private static func settings(_ count: Int) -> GenerationSettings {
    GenerationSettings(maximumTokens: count, context: 64)
  }

  /// None, a low-rank update, a prompt, a prefix.
  private static func adapters(_ model: Llama) throws -> [(String, Adapter?)] {
    let key = RandomKey(seed: 8)
    var (lora, prompt, prefix) = (Adapter(), Adapter(), Adapter())
    for layer in model.outline.linears {
      let site = UInt16(layer.site.number)
      lora.linears[layer.site.number] = TestLoRA(
        down: key.at(layer: 1, site: site).normal([2, layer.inputs], deviation: 0.2),
        up: key.at(layer: 2, site: site).normal([layer.outputs, 2], deviation: 0.2))
    }
    prompt.prompt = TestPrompt(rows: key.normal([3, 16], deviation: 0.5))
    prefix.positionOffset = 4
    for layer in 0..<2 {
      let parts = (3..<5).map {
        key.at(layer: $0, site: UInt16(layer)).normal([4, 8], deviation: 0.5)
      }
      prefix.attentions[layer] = TestPrefix(keys: parts[0], values: parts[1])
    }
    return [("none", nil), ("LoRA", lora), ("prompt", prompt), ("prefix", prefix)]
  }

  /// Each token from a whole run.
  private static func plain(
    _ model: Llama, _ prompt: [Int32], count: Int, _ adapter: Adapter?
  ) throws -> [Int32] {
    var text = prompt
    for _ in 0..<count {
      let logits = try model.logits([text], in: Pass(adapter: adapter))
        .suffix(TinyLlama.vocabulary)
      let best = logits.indices.max { (logits[$0], $1) < (logits[$1], $0) }
      text.append(Int32((best ?? 0) - logits.startIndex))
    }
    return Array(text[prompt.count...])
  }

  @discardableResult
  private func tokens(
    _ model: Llama, _ prompts: [[Int32]], _ settings: GenerationSettings,
    _ adapter: Adapter? = nil, streams: [UInt32]? = nil
  ) throws -> [[Int32]] {
    let generation = try TokenGeneration(
      model, prompts: prompts, settings: settings, adapter: adapter, streams: streams)
    var all = prompts.map { _ in [Int32]() }
    while let next = try generation.next() {
      for token in next {
        #expect(token.step == all[token.row].count)
        all[token.row].append(token.token)
      }
    }
    return all
  }

  private func finishes(
    _ model: Llama, _ prompts: [[Int32]], _ settings: GenerationSettings
  ) throws -> [Int: TokenFinish] {
    let generation = try TokenGeneration(model, prompts: prompts, settings: settings)
    var all: [Int: TokenFinish] = [:]
    while let next = try generation.next() {
      for token in next where token.finish != nil { all[token.row] = token.finish }
    }
    return all
  }
}

private struct TestLoRA: LinearAdapter {
  let down: Tensor
  let up: Tensor
  private var update: LowRankUpdate {
    LowRankUpdate(down: Variable(down), up: Variable(up), scale: 0.5)
  }

  func callAsFunction(_ x: Variable, through base: BaseLinear, in pass: Pass) -> Variable {
    base(x) + x.lowRank(update)
  }

  func lowRankUpdate(at base: BaseLinear, in pass: Pass) -> LowRankUpdate? { update }

  func merged(into base: BaseLinear) -> MergedLinear? { nil }

  init(down: Tensor, up: Tensor) {
    self.down = down
    self.up = up
  }
}

private struct TestPrompt: PromptAdapter {
  let rows: Tensor
  var count: Int { rows.rows }
  func callAsFunction(in pass: Pass) -> Variable { Variable(rows) }
}

private struct TestPrefix: AttentionAdapter {
  let keys: Tensor
  let values: Tensor

  func callAsFunction(
    _ query: Variable, _ key: Variable, _ value: Variable, through base: BaseAttention,
    in pass: Pass
  ) -> Variable {
    let prefix = AttentionPrefix(keys: Variable(keys), values: Variable(values))
    return base(query, key, value, prefix: prefix, in: pass)
  }
}
