// What is particular of (IA)³, VeRA, OFT, DoRA and QLoRA.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptSystem
import AdaptTensors
import Foundation
import Testing

extension StubModel {
  /// The shapes of Llama-3.2-3B, for counts that peft logged.
  static var llama3B: ModelOutline {
    llama(
      layers: 28, width: 3072, keys: 1024, feedForward: 8192, vocabulary: 128_256, isTied: true)
  }
}

struct WrappingTests {
  @Test func countsOfLlama3B() throws {
    let model = StubModel.llama3B
    #expect(try IA3(IA3Configuration()).trainableCount(in: model) == 286_720)
    #expect(try VeRA(VeRAConfiguration()).trainableCount(in: model) == 129_024)
    #expect(try DoRA(LoRAConfiguration(rank: 32, alpha: 64)).trainableCount(in: model) == 9_289_728)
    var rotation = OFTConfiguration()
    rotation.blocks = 32
    #expect(try OFT(rotation).trainableCount(in: model) == 8_171_520)
  }

  /// 12 layers of width 768 and 3072: key, value and the output of the feed-forward part; query and value else.
  @Test func countsOfBertBase() throws {
    var model = StubModel(architecture: "bert", layers: 12)
    for layer in 0..<12 {
      let name = "bert.encoder.layer.\(layer)."
      for (part, input, output) in [
        ("attention.self.query", 768, 768), ("attention.self.key", 768, 768),
        ("attention.self.value", 768, 768), ("attention.output.dense", 768, 768),
        ("intermediate.dense", 768, 3072), ("output.dense", 3072, 768),
      ] {
        model.linear(name + part, input, output, layer: layer, hasBias: true)
      }
    }
    let outline = model.outline
    // `output.dense` means attention's too, and both are rescaled at the input, as in peft.
    #expect(try IA3(IA3Configuration()).trainableCount(in: outline) == 12 * (3 * 768 + 3072))
    #expect(try LoRA(LoRAConfiguration(rank: 8, alpha: 8)).trainableCount(in: outline) == 294_912)
    #expect(
      try DoRA(LoRAConfiguration(rank: 8, alpha: 8)).trainableCount(in: outline)
        == 294_912 + 24 * 768)
    #expect(try VeRA(VeRAConfiguration()).trainableCount(in: outline) == 24 * (256 + 768))
    #expect(try OFT(OFTConfiguration()).trainableCount(in: outline) == 24 * 24 * 496)
  }

  // MARK: (IA)³

  @Test func scalesOutputsOrInputs() throws {
    let model = try TestModel.open("bert_cls")
    let attached = try IA3(IA3Configuration()).attach(to: model.outline, key: RandomKey(seed: 1))
    for parameter in attached.parameters {
      let isInput = parameter.key?.contains("output.dense") == true
      #expect((parameter.trainable.shape[0] == 1) == isInput, "\(parameter.key ?? "")")
      #expect(parameter.trainable.value.elements.allSatisfy { $0 == 1 })
    }
    // Outputs of keys are rescaled with their bias.
    let merged = try attached.merged(into: model.outline).map(\.parameter.name)
    #expect(merged.contains { $0.hasSuffix("self.key.bias") })
    #expect(!merged.contains { $0.hasSuffix("output.dense.bias") })
    let settings = try attached.files().configuration
    #expect(settings["feedforward_modules"] == .strings(["output.dense"]))
    #expect(settings["target_modules"] == .strings(["key", "output.dense", "value"]))
  }

  @Test func feedForwardModulesAreTargets() throws {
    var configuration = IA3Configuration(modules: ModuleSelection(["k_proj"]))
    configuration.feedForward = .names(["down_proj"])
    let model = try TestModel.open("llama").outline
    let fault = #expect(throws: PEFTFault.self) {
      try IA3(configuration).attach(to: model, key: RandomKey(seed: 1))
    }
    #expect(fault?.diagnosis.what == "unusable `feedforward_modules`")
    configuration.feedForward = .names([])
    let attached = try IA3(configuration).attach(to: model, key: RandomKey(seed: 1))
    #expect(attached.parameters.allSatisfy { $0.trainable.shape == [32, 1] })
  }

  // MARK: VeRA

  /// As `torch.Generator().manual_seed(0)` and `uniform_` within ±√(6/64) and ±√(6/4) give them.
  @Test func sharedMatricesAreThoseOfPyTorch() throws {
    let model = try TestModel.open("llama")
    let attached = try VeRA(VeRAConfiguration(rank: 4))
      .attach(to: model.outline, key: RandomKey(seed: 1))
    let tensors = try attached.files().tensors
    let a = try #require(tensors["base_model.vera_A"])
    let b = try #require(tensors["base_model.vera_B"])
    #expect(a.shape == [4, 64] && b.shape == [64, 4])
    #expect(Array(a.elements[..<3]) == [-0.002_292_361_34, 0.164_251_640, -0.252_005_100])
    #expect(a.elements[255] == -0.113_239_557)
    #expect(Array(b.elements[..<3]) == [-1.213_903_90, 0.552_842_438, -0.588_200_510])
    #expect(b.elements[255] == 0.757_212_400)
  }

  @Test func filesWithoutMatricesAreSmall() throws {
    let model = try TestModel.open("llama")
    var configuration = VeRAConfiguration(rank: 4)
    configuration.savesProjection = false
    let attached = try VeRA(configuration).attach(to: model.outline, key: RandomKey(seed: 1))
    var files = try attached.files()
    #expect(files.tensors.keys.allSatisfy { $0.contains("vera_lambda_") })
    files.configuration["save_projection"] = .boolean(true)
    #expect(throws: PEFTFault.self) { try VeRA.read(files, for: model.outline) }
  }

  @Test(arguments: [
    ("r", JSONValue.integer(0)), ("vera_dropout", .number(1)), ("d_initial", .string("x")),
  ])
  func settingsOfVeRAAreChecked(_ key: String, _ value: JSONValue) throws {
    let model = try TestModel.open("llama")
    var files = try VeRA(VeRAConfiguration(rank: 4))
      .attach(to: model.outline, key: RandomKey(seed: 1)).files()
    files.configuration[key] = value
    let fault = #expect(throws: PEFTFault.self) { try VeRA.read(files, for: model.outline) }
    #expect(fault?.diagnosis.what == "unusable `\(key)`")
  }

  // MARK: OFT

  @Test func blocksDivideTheInputs() {
    var configuration = OFTConfiguration()
    for (wanted, inputs, size) in [
      (32, 3072, 32), (32, 48, 24), (8, 64, 8), (100, 64, 64), (5, 64, 4), (7, 13, 1), (6, 13, 1),
    ] {
      configuration.blockSize = wanted
      #expect(configuration.blockSize(inputs: inputs) == size, "\(wanted) of \(inputs)")
    }
    configuration.blocks = 32
    #expect(configuration.blockSize(inputs: 3072) == 96)
    configuration.blocks = 3
    #expect(configuration.blockSize(inputs: 64) == 32)
  }

  @Test(arguments: [
    ("coft", JSONValue.boolean(true)), ("r", .integer(4)), ("oft_block_size", .integer(0)),
    ("peft_version", .string("0.17.1")), ("peft_version", .null),
    ("num_cayley_neumann_terms", .integer(0)), ("bias", .string("lora_only")),
  ])
  func settingsOfOFTAreChecked(_ key: String, _ value: JSONValue) throws {
    let model = try TestModel.open("llama")
    var configuration = OFTConfiguration()
    configuration.blockSize = 8
    var files = try OFT(configuration).attach(to: model.outline, key: RandomKey(seed: 1)).files()
    files.configuration[key] = value
    let fault = #expect(throws: PEFTFault.self) { try OFT.read(files, for: model.outline) }
    #expect(fault?.diagnosis.what.hasPrefix("unusable `") == true)
  }

  @Test func tablesTakeNoRotation() throws {
    let model = try TestModel.open("llama").outline
    let configuration = OFTConfiguration(modules: ModuleSelection(["embed_tokens"]))
    let fault = #expect(throws: PEFTFault.self) {
      try OFT(configuration).attach(to: model, key: RandomKey(seed: 1))
    }
    #expect(fault?.diagnosis.got == "`model.embed_tokens`, a table")
  }

  // MARK: DoRA

  /// The lengths of W + s B A without forming it, and the merged rows have the trained lengths.
  @Test func mergedRowsHaveTheTrainedLengths() throws {
    let model = try TestModel.open("llama")
    let sample = try #require(MethodSample.all.first { $0.name == "dora" })
    let attached = try model.attach(sample)
    for item in try attached.merged(into: model.outline) {
      let key =
        "base_model.model." + item.parameter.name.dropLast("weight".count)
        + "lora_magnitude_vector"
      let magnitude = try #require(attached.parameters.first { $0.key == key }).trainable.value
      let width = item.value.columns
      let lengths = stride(from: 0, to: item.value.count, by: width).map { start in
        item.value.elements[start..<start + width].reduce(0) { $0 + $1 * $1 }.squareRoot()
      }
      #expect(difference(lengths, magnitude.elements.map(abs)) < 1e-5)
    }
  }

  @Test func dropoutOfDoRATouchesTheUpdateAlone() throws {
    let model = try TestModel.open("llama")
    var configuration = LoRAConfiguration(rank: 3, alpha: 6)
    configuration.dropout = 0.5
    let attached = try DoRA(configuration).attach(to: model.outline, key: RandomKey(seed: 1))
    var pass = Pass(.train, adapter: attached.adapter)
    pass.random = RandomKey(seed: 4)
    // A new adapter adds nothing, whatever is dropped.
    let loss = try model.model.loss(model.batches, 0, in: pass).value.elements[0]
    #expect(abs(loss - (try model.loss(nil).value.elements[0])) < 1e-5)
  }

  // MARK: QLoRA

  @Test func theBaseRestsInFourBits() throws {
    let model = try TestModel.open("llama")
    let attached = try QLoRA(QLoRAConfiguration()).attach(
      to: model.outline, key: RandomKey(seed: 1))
    for linear in model.outline.linears {
      guard case .frozen(let weight) = attached.adapter.parameters[linear.weight.number] else {
        #expect(linear.site == model.outline.head, "\(linear.site.path)")
        continue
      }
      let storage = try #require(weight as? WeightStorage)
      #expect(storage.format == .nf4(block: 64, isDoubled: true))
      // Merged weights are those of the rounded base with the update, not of the base that was rounded.
      #expect(linear.site != model.outline.head)
    }
    let merged = try attached.merged(into: model.outline)
    #expect(merged.count == model.outline.linears.count - 1)
    #expect(throws: PEFTFault.self) {
      var configuration = QLoRAConfiguration()
      configuration.block = 48
      return try QLoRA(configuration)
    }
    // Its files are LoRA's and are read as such.
    let files = try attached.files()
    #expect(PEFTMethods.all.first { $0.reads(files) }?.name == "lora")
  }

  /// LoRA over NF4 is LoRA over the rounded weights, bit for bit where products go through equal panels.
  @Test func equalsLoRAOverTheRoundedBase() throws {
    let model = try TestModel.open("llama")
    let attached = try QLoRA(QLoRAConfiguration()).attach(
      to: model.outline, key: RandomKey(seed: 1))
    var rounded = attached.adapter
    for (number, parameter) in rounded.parameters {
      guard case .frozen(let weight) = parameter else { continue }
      rounded.parameters[number] = .frozen(weight.expanded)
    }
    #expect(difference(try model.outputs(attached.adapter), try model.outputs(rounded)) < 2e-5)
  }
}
