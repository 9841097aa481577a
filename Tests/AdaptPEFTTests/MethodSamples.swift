// One or more settings of every method for the tests that all methods pass.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptTensors
import Foundation
import Testing

/// A method with settings: as new, and so that it does something before any training.
struct MethodSample: Sendable, CustomTestStringConvertible {
  /// Name of the method, and what is special of this sample.
  let name: String
  let method: String
  /// `true` asks for initial values that change the model's outputs.
  let make: @Sendable (_ isActive: Bool) throws -> any PEFTMethod
  /// How far a new adapter's outputs may be from the base's; 0 where nothing is computed otherwise.
  var startBound: Float = 0
  /// How far the merged model's outputs may be from the adapter's, over numbers of about 10.
  var mergeBound: Float = 1e-4
  /// Whether the base in the adapter is another one, which files do not hold.
  var hasOwnBase = false
  /// Ends of keys of tensors whose gradient is not the slope, because the method holds a term constant.
  var detached: [String] = []
  /// Whether it can be put on `model`, a name of `TestModel`.
  var fits: @Sendable (_ model: String) -> Bool = { _ in true }

  var testDescription: String { name }

  init(
    _ name: String, of method: String,
    make: @escaping @Sendable (Bool) throws -> any PEFTMethod
  ) {
    self.name = name
    self.method = method
    self.make = make
  }

  func with(_ change: (inout MethodSample) -> Void) -> MethodSample {
    var copy = self
    change(&copy)
    return copy
  }
}

extension MethodSample {
  static let all = lora + wrapping

  private static let lora = [
    MethodSample("lora", of: "lora") { try LoRA(adaptation($0)) },
    MethodSample("lora, all linear, rank stabilised", of: "lora") { isActive in
      var configuration = adaptation(isActive)
      configuration.modules.targets = .allLinear
      configuration.isRankStabilised = true
      configuration.bias = .all
      return try LoRA(configuration)
    },
    decomposed("pissa", .pissa(iterations: nil)), decomposed("olora", .olora),
    decomposed("loftq", .loftq(bits: 4, iterations: 2)).with { $0.hasOwnBase = true },
    MethodSample("dora", of: "dora") { try DoRA(adaptation($0)) }
      .with {
        $0.startBound = 2e-6
        $0.detached = ["lora_A.weight", "lora_B.weight"]
      },
    MethodSample("qlora", of: "qlora") { isActive in
      var configuration = QLoRAConfiguration(adaptation(isActive))
      configuration.block = 32
      return try QLoRA(configuration)
    }.with { $0.hasOwnBase = true },
  ]

  private static let wrapping = [
    MethodSample("adalora", of: "adalora") { isActive in
      var configuration = AdaLoRAConfiguration(totalSteps: 8)
      (configuration.startRank, configuration.targetRank) = (3, 1)
      configuration.isRandom = isActive
      return try AdaLoRA(configuration)
    },
    MethodSample("ia3", of: "ia3") { isActive in
      var configuration = IA3Configuration()
      configuration.isRandom = isActive
      return try IA3(configuration)
    },
    MethodSample("vera", of: "vera") { isActive in
      var configuration = VeRAConfiguration(rank: 6)
      configuration.isRandom = isActive
      return try VeRA(configuration)
    },
    MethodSample("vera, without its matrices", of: "vera") { isActive in
      var configuration = VeRAConfiguration(rank: 4)
      configuration.isRandom = isActive
      configuration.savesProjection = false
      return try VeRA(configuration)
    },
    rotation("oft", { _ in }), rotation("oft, shared", { $0.isShared = true }),
    rotation("oft, exact", { $0.form = .exact }), rotation("oft, by number", { $0.blocks = 3 }),
  ]

  private static func adaptation(_ isActive: Bool) -> LoRAConfiguration {
    var configuration = LoRAConfiguration(rank: 3, alpha: 6)
    if isActive { configuration.initialisation = .random }
    return configuration
  }

  /// Their factors are not zero, so an active one is a new one that trained a little; see `TestModel.attach`.
  private static func decomposed(
    _ name: String, _ start: LoRAConfiguration.Initialisation
  ) -> MethodSample {
    MethodSample(name, of: "lora") { _ in
      var configuration = LoRAConfiguration(rank: 3, alpha: 3)
      configuration.initialisation = start
      return try LoRA(configuration)
    }.with { $0.startBound = 2e-5 }
  }

  private static func rotation(
    _ name: String, _ change: @escaping @Sendable (inout OFTConfiguration) -> Void
  ) -> MethodSample {
    MethodSample(name, of: "oft") { isActive in
      var configuration = OFTConfiguration()
      configuration.blockSize = 8
      configuration.isRandom = isActive
      change(&configuration)
      return try OFT(configuration)
    }.with { $0.startBound = 1e-6 }
  }
}

/// A small model of a family with its batches.
struct TestModel: Sendable, CustomTestStringConvertible {
  let name: String
  let model: any GoldenModel
  let batches: GoldenBatches

  var testDescription: String { name }
  var outline: ModelOutline { model.outline }

  static func open(_ name: String) throws -> TestModel {
    let run = name == "bert_cls" ? GoldenRun.biases : GoldenRun.small
    let model: any GoldenModel =
      switch name {
      case "llama", "bert_cls": try run.open()
      default: try SmallTalker(name)
      }
    return TestModel(name: name, model: model, batches: try run.batches())
  }

  /// Gated and plain feed-forward parts, biases, layers that lie transposed, an encoder with a head.
  static let names = ["llama", "bert_cls", "gpt2", "qwen2"]

  /// Every sample on every model that it fits.
  static let pairs: [(MethodSample, String)] = MethodSample.all.flatMap { sample in
    names.filter { sample.fits($0) }.map { (sample, $0) }
  }

  func attach(
    _ sample: MethodSample, isActive: Bool = true, seed: UInt64 = 3
  ) throws -> any AttachedAdapter {
    let attached = try sample.make(isActive).attach(to: outline, key: RandomKey(seed: seed))
    guard isActive else { return attached }
    // Away from the start in every number, by little.
    for (number, parameter) in attached.parameters.enumerated() {
      let value = parameter.trainable.value
      let noise = RandomKey(seed: 11, layer: UInt16(number)).normal(value.shape, deviation: 0.02)
      parameter.trainable.update(to: (Variable(value) + Variable(noise)).value)
    }
    return attached
  }

  /// All numbers that the model gives for the first batch.
  func outputs(_ adapter: Adapter?) throws -> [Float] {
    let pass = Pass(.prefill, adapter: adapter)
    let outputs = try withoutRecording { try model.outputs(batches.tokens(0), in: pass) }
    return outputs.sorted { $0.key < $1.key }.flatMap { $0.value.flatMap { $0 } }
  }

  func loss(_ adapter: Adapter?, batch: Int = 0, isCheckpointed: Bool = false) throws -> Variable {
    var pass = Pass(.train, adapter: adapter)
    pass.isCheckpointed = isCheckpointed
    return try model.loss(batches, batch, in: pass)
  }

  /// The base that `attached` stands on: the model's, or its own.
  func base(of attached: any AttachedAdapter, _ sample: MethodSample) -> Adapter? {
    guard sample.hasOwnBase else { return nil }
    var base = Adapter()
    base.parameters = attached.adapter.parameters
    return base
  }
}

/// A language model of a family that has no runs beside these tests, on sequences of its own.
struct SmallTalker: GoldenModel {
  let model: any CausalLanguageModel

  init(folder: URL) throws { model = try CausalModels.open(folder: folder) }

  init(_ name: String) throws {
    model = try CausalModels.open(
      folder: GoldenRun.fixtures.deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("AdaptGoldenTests/Golden/models/" + name))
  }

  var outline: ModelOutline { model.outline }

  func loss(_ batches: GoldenBatches, _ number: Int, in pass: Pass) throws -> Variable {
    let batch = TokenBatch([[5, 9, 2, 7, 30, 8], [4, Int32(11 + number), 6]])
    return try model.loss(batch, labels: batch.tokens, in: pass)
  }

  func outputs(_ batch: TokenBatch, in pass: Pass) throws -> [String: [[Float]]] {
    let batch = TokenBatch([[3, 1, 4, 1, 5, 9], [2, 6]])
    return ["logits": model.logits(try model.hidden(batch, in: pass), in: pass).value.rowList]
  }
}

extension PEFTMethod {
  /// Reads as this method does.
  func read(again files: AdapterFiles, for model: ModelOutline) throws -> any AttachedAdapter {
    try Self.read(files, for: model)
  }
}
