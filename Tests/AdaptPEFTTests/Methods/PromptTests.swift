// Virtual tokens: what they are equal to, how they begin, and what is refused.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptSystem
import AdaptTensors
import Testing

struct PromptTests {
  static let text: [Int32] = [1, 50, 9]
  static let sequences: [[Int32]] = [[2, 111, 33, 4], [8, 80]]

  static func logits(_ model: Llama, _ batch: TokenBatch, _ adapter: Adapter?) throws -> [[Float]] {
    let pass = Pass(adapter: adapter)
    return try model.logits(model.hidden(batch, in: pass), in: pass).value.rowList
  }

  static func settings(_ tokens: Int) -> PromptSettings {
    var prompt = PromptSettings()
    prompt.tokens = tokens
    return prompt
  }

  /// A prompt that begins as a text is that text in front.
  @Test func aPromptOfATextIsTheText() throws {
    let model = try LoRAContractTests.llama()
    var configuration = PromptTuningConfiguration()
    configuration.prompt = Self.settings(3)
    configuration.initialisation = .text("a text", tokens: Self.text, tokenizer: nil)
    let attached = try PromptTuning(configuration)
      .attach(to: model.outline, key: RandomKey(seed: 0))
    let ours = try Self.logits(model, TokenBatch(Self.sequences), attached.adapter)
    let theirs = try Self.logits(model, TokenBatch(Self.sequences.map { Self.text + $0 }), nil)
    #expect(ours == theirs)
  }

  /// A prefix that begins as a text is that text in front, seen only through its keys and values.
  @Test func aPrefixOfATextIsTheText() throws {
    let model = try LoRAContractTests.llama()
    var configuration = PrefixConfiguration()
    configuration.prompt = Self.settings(3)
    configuration.initialisation = .text(tokens: Self.text)
    let method = try PrefixTuning(configuration)
    let attached = try method.attach(to: model as any AdaptableModel, key: RandomKey(seed: 0))
    let ours = try Self.logits(model, TokenBatch(Self.sequences), attached.adapter)
    let theirs = try Self.logits(model, TokenBatch(Self.sequences.map { Self.text + $0 }), nil)
    let rows = [3, 4, 5, 6, 10, 11].map { theirs[$0] }
    for (a, b) in zip(ours, rows) { #expect(difference(a, b) < 1e-5) }
    #expect(throws: PEFTFault.self) {
      try method.attach(to: model.outline, key: RandomKey(seed: 0))
    }
  }

  /// With projection or without, what is saved is what the layers see.
  @Test func aProjectedPrefixIsItsRows() throws {
    let model = try LoRAContractTests.llama()
    var configuration = PrefixConfiguration()
    (configuration.prompt, configuration.isProjected) = (Self.settings(4), true)
    configuration.initialisation = .random
    let projected = try PrefixTuning(configuration)
      .attach(to: model.outline, key: RandomKey(seed: 5))
    let files = try projected.files()
    #expect(Set(files.tensors.keys) == ["prompt_embeddings"])
    let read = try PrefixTuning.read(files, for: model.outline)
    let batch = TokenBatch(Self.sequences)
    #expect(
      try Self.logits(model, batch, projected.adapter) == Self.logits(model, batch, read.adapter))
  }

  @Test func promptsBeginAsWords() throws {
    let model = try LoRAContractTests.llama()
    let words = try #require(model.outline.embeddings.first)
    let table = words.table.tensor.rowList
    var configuration = PromptTuningConfiguration()
    configuration.prompt = Self.settings(12)
    let attached = try PromptTuning(configuration)
      .attach(to: model.outline, key: RandomKey(seed: 1))
    let rows = try #require(attached.parameters.first).trainable.value.rowList
    #expect(rows.allSatisfy { table.contains($0) })
    #expect(Set(rows).count > 6)
    configuration.initialisation = .text("t", tokens: [5, 6], tokenizer: nil)
    let text = try PromptTuning(configuration).attach(to: model.outline, key: RandomKey(seed: 1))
    #expect(
      text.parameters[0].trainable.value.rowList == (0..<12).map { table[$0 % 2 == 0 ? 5 : 6] })
  }

  /// Zero keys and values are not the model without them: they take their share of attention.
  @Test func aZeroPrefixIsZero() throws {
    let model = try LoRAContractTests.llama()
    for isProjected in [false, true] {
      var configuration = PrefixConfiguration()
      (configuration.prompt, configuration.isProjected) = (Self.settings(2), isProjected)
      let files = try PrefixTuning(configuration)
        .attach(to: model.outline, key: RandomKey(seed: 0)).files()
      #expect(files.tensors["prompt_embeddings"]?.elements.allSatisfy { $0 == 0 } == true)
      #expect(files.configuration["init_weights"] == .string("zero"))
    }
  }

  @Test func unusableSettingsAreNamed() throws {
    let outline = try LoRAContractTests.llama().outline
    func key(_ body: () throws -> Void) -> String? {
      do {
        try body()
        return nil
      } catch PEFTFault.setting(_, let key, _, _, _) {
        return key
      } catch {
        return "\(error)"
      }
    }
    #expect(key { _ = try Self.settings(0).asPrompt() } == "num_virtual_tokens")
    #expect(
      key {
        var configuration = PTuningConfiguration()
        configuration.dropout = 1
        _ = try PTuning(configuration)
      } == "encoder_dropout")
    #expect(
      key {
        var configuration = PromptTuningConfiguration()
        configuration.initialisation = .text("", tokens: [], tokenizer: nil)
        _ = try PromptTuning(configuration).attach(to: outline, key: RandomKey(seed: 0))
      } == "prompt_tuning_init_text")
    #expect(
      key {
        var configuration = PrefixConfiguration()
        configuration.initialisation = .text(tokens: [1, 2])
        _ = try PrefixTuning(configuration)
      } == "num_virtual_tokens")
    #expect(key { _ = try PTuningV2(PrefixConfiguration()) } == "task_type")
    var files = try Self.settings(4).asPrompt().attach(to: outline, key: RandomKey(seed: 0)).files()
    files.configuration["token_dim"] = .integer(32)
    #expect(key { _ = try PromptTuning.read(files, for: outline) } == "token_dim")
  }

  /// Parameter counts of peft's logged runs on Llama-3.2-3B.
  @Test func countsOfALargeModel() throws {
    let outline = StubModel.llama(
      layers: 28, width: 3072, keys: 1024, feedForward: 8192, vocabulary: 128_256, isTied: true)
    func count(_ method: any PEFTMethod) throws -> Int { try method.trainableCount(in: outline) }
    #expect(try count(Self.settings(200).asPrompt()) == 614_400)
    var dense = PTuningConfiguration()
    dense.prompt = Self.settings(20)
    #expect(try count(PTuning(dense)) == 28_382_208)
    for (tokens, numbers) in [(200, 11_468_800), (50, 2_867_200)] {
      var prefix = PrefixConfiguration()
      prefix.prompt = Self.settings(tokens)
      #expect(try count(PrefixTuning(prefix)) == numbers)
    }
    #expect(try count(NormTuning(NormTuningConfiguration())) == 175_104)
  }
}

extension PromptSettings {
  func asPrompt() throws -> PromptTuning {
    var configuration = PromptTuningConfiguration()
    configuration.prompt = self
    return try PromptTuning(configuration)
  }
}
