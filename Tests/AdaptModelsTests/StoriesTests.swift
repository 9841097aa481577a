// A trained model says what its authors published: stories260K, greedily.
import AdaptGradients
import AdaptModels
import AdaptTensors
import Foundation
import Testing

struct StoriesTests {
  static let folder = ModelFixtures.folder.appendingPathComponent("stories260K")

  /// Token by token over a cache, from `<s>` alone.
  @Test func theGreedyTextIsThePublishedOne() throws {
    let model = try Llama(folder: Self.folder)
    var pass = Pass(.prefill)
    pass.cache = StackingCache()
    var tokens: [Int32] = [1]
    var closest = Float.infinity
    while tokens.count < 257 {
      let states = try model.hidden(TokenBatch([[tokens[tokens.count - 1]]]), in: pass)
      pass.phase = .decode
      let logits = model.logits(states, in: pass).value.elements
      let order = logits.indices.sorted { logits[$0] > logits[$1] }
      closest = min(closest, logits[order[0]] - logits[order[1]])
      tokens.append(Int32(order[0]))
    }
    let text = try String(
      contentsOf: Self.folder.appendingPathComponent("greedy.txt"), encoding: .utf8)
    #expect(try Self.text(tokens) == text)
    // The reference's closest call; rounding is a thousand times smaller.
    #expect(abs(closest - 0.0041857) < 1e-4)
  }

  /// In one run over the whole text every token is the likeliest after those before it.
  @Test func oneRunOverTheTextAgrees() throws {
    let model = try Llama(folder: Self.folder)
    let data = try Data(contentsOf: Self.folder.appendingPathComponent("greedy.json"))
    let tokens = try JSONDecoder().decode([Int32].self, from: data)
    let pass = Pass()
    let logits = model.logits(try model.hidden(TokenBatch([tokens]), in: pass), in: pass).value
      .elements
    for row in 0..<tokens.count - 1 {
      let values = logits[row * 512..<(row + 1) * 512]
      let best = values.indices.max { values[$0] < values[$1] }
      #expect(best.map { $0 - row * 512 } == Int(tokens[row + 1]), "token \(row + 1)")
    }
  }

  /// The generator's tokens, by steps behind the first, are the published ones.
  @Test func generationTellsTheStory() throws {
    let data = try Data(contentsOf: Self.folder.appendingPathComponent("greedy.json"))
    let wanted = try JSONDecoder().decode([Int32].self, from: data)
    let told = try Self.told(try Llama(folder: Self.folder), count: wanted.count - 1)
    #expect(told.tokens == Array(wanted.dropFirst()))
  }

  /// Rounded weights may tell another story, and still one that the model finds likely.
  @Test(arguments: Quantisation.allCases) func roundedWeights(_ form: Quantisation) throws {
    let model = try Llama(
      LlamaConfiguration(file: Self.folder.appendingPathComponent("config.json")),
      WeightFiles(folder: Self.folder).resting(form))
    let logs = try Self.told(model, count: 40).logs
    // A guess among 512 tokens has -6.2 on average; the unrounded model has about -0.6.
    #expect(logs.count == 40 && logs.reduce(0, +) / 40 > -1.5)
  }

  /// Greedy tokens behind `<s>` with their log-probabilities.
  private static func told(
    _ model: Llama, count: Int
  ) throws -> (tokens: [Int32], logs: [Float]) {
    var settings = GenerationSettings(maximumTokens: count)
    settings.alternatives = 0
    let generation = try TokenGeneration(model, prompts: [[1]], settings: settings)
    var (tokens, logs) = ([Int32](), [Float]())
    while let next = try generation.next() {
      tokens += next.map(\.token)
      logs += next.compactMap(\.logProbability)
    }
    return (tokens, logs)
  }

  /// The text of tokens by the vocabulary of tokenizer.json: `▁` is a space, the first one falls away.
  private static func text(_ tokens: [Int32]) throws -> String {
    let data = try Data(contentsOf: folder.appendingPathComponent("tokenizer.json"))
    let file = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let model = try #require(file["model"] as? [String: Any])
    let vocabulary = try #require(model["vocab"] as? [String: Int])
    let names = Dictionary(uniqueKeysWithValues: vocabulary.map { ($1, $0) })
    var bytes: [UInt8] = []
    for token in tokens.dropFirst() {
      let name = try #require(names[Int(token)])
      if name.hasPrefix("<0x"), let byte = UInt8(name.dropFirst(3).dropLast(), radix: 16) {
        bytes.append(byte)
      } else {
        bytes += Array(name.replacing("▁", with: " ").utf8)
      }
    }
    return String(decoding: bytes.dropFirst(), as: UTF8.self)
  }
}
