// Which modules a selection means: peft's rules, its counts, and what is said where nothing is meant.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptSystem
import Testing

struct TargetTests {
  static let llama = StubModel.llama(
    layers: 3, width: 8, keys: 4, feedForward: 12, vocabulary: 20, isTied: false)

  /// Paths of the modules that get a pair of factors.
  static func paths(
    _ configuration: LoRAConfiguration, in model: ModelOutline = llama
  ) throws -> [String] {
    let attached = try LoRA(configuration).attach(to: model, key: RandomKey(seed: 0))
    return attached.parameters.compactMap(\.key)
      .filter { $0.hasSuffix(".lora_A.weight") || $0.hasSuffix(".lora_embedding_A") }
      .map { key in
        let end = key.hasSuffix("weight") ? ".lora_A.weight" : ".lora_embedding_A"
        return String(key.dropFirst("base_model.model.".count).dropLast(end.count))
      }
  }

  static func configuration(_ targets: ModuleSelection.Targets) -> LoRAConfiguration {
    var configuration = LoRAConfiguration(rank: 2, alpha: 4)
    configuration.modules.targets = targets
    return configuration
  }

  /// Counts that peft logged for Llama-3.2-3B (28 layers, width 3072, keys 1024, feed-forward part 8192).
  @Test func countsOfLlama3B() throws {
    let model = StubModel.llama(
      layers: 28, width: 3072, keys: 1024, feedForward: 8192, vocabulary: 128_256, isTied: true)
    for (rank, targets, count) in [
      (32, ["q_proj", "v_proj"], 9_175_040), (64, ["q_proj", "v_proj"], 18_350_080),
      (10, ["gate_proj", "up_proj", "down_proj"], 9_461_760),
    ] {
      let configuration = LoRAConfiguration(
        rank: rank, alpha: 64, modules: ModuleSelection(targets))
      #expect(try LoRA(configuration).trainableCount(in: model) == count)
    }
    #expect(
      try LoRA(LoRAConfiguration(rank: 32, alpha: 64)).trainableCount(in: model) == 9_175_040)
  }

  @Test func usualTargetsFollowTheArchitecture() throws {
    let configuration = LoRAConfiguration(rank: 2, alpha: 4)
    #expect(
      try Self.paths(configuration)
        == (0..<3).flatMap { layer in
          ["q_proj", "v_proj"].map { "model.layers.\(layer).self_attn.\($0)" }
        })
    #expect(
      try Self.paths(configuration, in: StubModel.bert(layers: 1))
        == ["query", "value"].map { "bert.encoder.layer.0.attention.self.\($0)" })
    let fault = #expect(throws: PEFTFault.self) {
      try Self.paths(configuration, in: StubModel(architecture: "other", layers: 1).outline)
    }
    #expect(fault?.diagnosis.hint?.contains("all-linear") == true)
  }

  @Test func namesAreEndsBehindADot() throws {
    let bert = StubModel.bert(layers: 1)
    func dense(_ name: String) throws -> [String] {
      try Self.paths(Self.configuration(.some(.names([name]))), in: bert)
    }
    #expect(try dense("output.dense").count == 2)
    #expect(
      try dense("dense") == [
        "bert.encoder.layer.0.attention.output.dense", "bert.encoder.layer.0.intermediate.dense",
        "bert.encoder.layer.0.output.dense", "bert.pooler.dense",
      ])
    #expect(try dense("bert.pooler.dense") == ["bert.pooler.dense"])
    #expect(throws: PEFTFault.self) { try dense("ense") }
  }

  @Test func allLinearLeavesOutTheHead() throws {
    let paths = try Self.paths(Self.configuration(.allLinear))
    #expect(paths.count == 21)
    #expect(!paths.contains("lm_head"))
    let bert = try Self.paths(Self.configuration(.allLinear), in: StubModel.bert(layers: 2))
    #expect(bert.count == 13)
    #expect(bert.contains("bert.pooler.dense"))
  }

  @Test func patternsMatchWholePaths() throws {
    func paths(_ pattern: String) throws -> [String] {
      try Self.paths(Self.configuration(.some(.pattern(pattern))))
    }
    #expect(try paths(".*\\.(q|k)_proj").count == 6)
    #expect(try paths("model\\.layers\\.[02]\\.mlp\\..*").count == 6)
    #expect(try paths("lm_head|model.embed_tokens") == ["model.embed_tokens", "lm_head"])
    #expect(throws: PEFTFault.self) { try paths("q_proj") }
    #expect(throws: PEFTFault.self) { try paths("layers.*") }
  }

  @Test func layersAndExclusions() throws {
    var configuration = Self.configuration(.some(.names(["q_proj", "v_proj"])))
    configuration.modules.layers = [1]
    #expect(
      try Self.paths(configuration)
        == ["model.layers.1.self_attn.q_proj", "model.layers.1.self_attn.v_proj"])
    configuration.modules.layerNames = ["layers"]
    #expect(try Self.paths(configuration).count == 2)
    configuration.modules.layerNames = ["h", "model.layers"]
    #expect(try Self.paths(configuration).count == 2)
    configuration.modules.layerNames = ["h"]
    #expect(throws: PEFTFault.self) { try Self.paths(configuration) }
    configuration.modules.layerNames = []
    configuration.modules.layers = nil
    configuration.modules.excluded = .names(["layers.0.self_attn.q_proj", "v_proj"])
    #expect(
      try Self.paths(configuration)
        == ["model.layers.1.self_attn.q_proj", "model.layers.2.self_attn.q_proj"])
    configuration.modules.excluded = .pattern(".*[01].*")
    #expect(try Self.paths(configuration).count == 2)
  }

  @Test func ranksAndAlphasByPattern() throws {
    var configuration = Self.configuration(.some(.names(["q_proj", "v_proj"])))
    configuration.rankPattern = ["layers.1.self_attn.v_proj": 5, "q_proj": 1, "roj": 7]
    let attached = try LoRA(configuration).attach(to: Self.llama, key: RandomKey(seed: 0))
    let ranks = attached.parameters.enumerated().filter { $0.offset % 2 == 0 }
      .map(\.element.trainable.shape[0])
    #expect(ranks == [1, 2, 1, 5, 1, 2])
    configuration.rankPattern = [".*\\.[02]\\..*": 6]
    let other = try LoRA(configuration).attach(to: Self.llama, key: RandomKey(seed: 0))
    #expect(other.parameters.map(\.trainable.shape[0]).prefix(6) == [6, 8, 6, 4, 2, 8])
  }

  @Test func aTargetThatMeansNothingNamesTheNearest() throws {
    let fault = #expect(throws: PEFTFault.self) {
      try Self.paths(Self.configuration(.some(.names(["q_proj", "quary_proj"]))))
    }
    #expect(fault?.diagnosis.got?.contains("quary_proj") == true)
    let typo = #expect(throws: PEFTFault.self) {
      try Self.paths(Self.configuration(.some(.names(["vproj"]))))
    }
    #expect(typo?.diagnosis.hint?.contains("`v_proj`") == true)
    #expect(throws: PEFTFault.self) { try Self.paths(Self.configuration(.some(.names([])))) }
  }

  @Test func wholeModulesByTheirEnd() throws {
    var configuration = Self.configuration(.some(.names(["q_proj"])))
    configuration.modules.saved = ["norm"]
    let keys = try LoRA(configuration).attach(to: Self.llama, key: RandomKey(seed: 0))
      .parameters.compactMap(\.key)
    #expect(keys.suffix(7).allSatisfy { $0.hasSuffix("norm.weight") })
    #expect(keys.count == 6 + 7)
    configuration.modules.saved = ["self_attn"]
    #expect(throws: PEFTFault.self) { try Self.paths(configuration) }
    configuration.modules.saved = ["nrm"]
    let fault = #expect(throws: PEFTFault.self) { try Self.paths(configuration) }
    #expect(fault?.diagnosis.hint?.contains("`norm`") == true)
  }

  @Test func aTaskTrainsItsHead() throws {
    var configuration = LoRAConfiguration(rank: 2, alpha: 4)
    configuration.common.task = .sequenceClassification
    func keys(_ model: ModelOutline) throws -> [String] {
      try LoRA(configuration).attach(to: model, key: RandomKey(seed: 0))
        .parameters.compactMap(\.key)
    }
    #expect(
      try keys(StubModel.bert(layers: 1)).suffix(2)
        == ["base_model.model.classifier.weight", "base_model.model.classifier.bias"])
    #expect(try keys(StubModel.bert(layers: 1, head: "score")).count == 6)
    configuration.modules.targets = .allLinear
    #expect(try Self.paths(configuration, in: StubModel.bert(layers: 1)).count == 7)
    configuration.common.task = .questionAnswering
    #expect(throws: PEFTFault.self) { try keys(StubModel.bert(layers: 1)) }
  }

  @Test func biasesOfTargetsOrOfAll() throws {
    var configuration = LoRAConfiguration(rank: 2, alpha: 4)
    configuration.common.task = .sequenceClassification
    configuration.bias = .ofTargets
    let model = StubModel.bert(layers: 1)
    func biases() throws -> [String] {
      try LoRA(configuration).attach(to: model, key: RandomKey(seed: 0))
        .parameters.compactMap(\.key).filter { $0.hasSuffix("bias") }
        .map { String($0.dropFirst("base_model.model.".count)) }
    }
    let name = "bert.encoder.layer.0.attention.self."
    #expect(
      try biases()
        == [name + "query.base_layer.bias", name + "value.base_layer.bias", "classifier.bias"])
    configuration.bias = .all
    let all = try biases()
    #expect(all.count == 10)
    #expect(all.contains(name + "key.bias") && all.contains(name + "query.base_layer.bias"))
    #expect(all.contains("bert.embeddings.LayerNorm.bias"))
  }
}
