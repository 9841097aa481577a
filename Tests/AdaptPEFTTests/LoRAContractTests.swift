// What must hold of every method, for LoRA: it begins as the base, leaves the base alone, and merges exactly.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptTensors
import AdaptTestSupport
import Foundation
import Testing

struct LoRAContractTests {
  static let sequences: [[Int32]] = [[1, 50, 9, 2, 111, 33], [4], [8, 80, 220, 7]]
  static let batch = TokenBatch(sequences)

  static func llama() throws -> Llama { try Llama(folder: GoldenRun.small.modelFolder) }

  /// Every kind of module, with dropout and a trained norm.
  static func everything() -> LoRAConfiguration {
    var configuration = LoRAConfiguration(rank: 3, alpha: 6)
    configuration.modules = ModuleSelection(
      ["embed_tokens", "q_proj", "k_proj", "v_proj", "o_proj", "down_proj", "lm_head"])
    configuration.modules.saved = ["model.norm"]
    return configuration
  }

  static func attach(
    _ configuration: LoRAConfiguration, to model: Llama, seed: UInt64 = 3
  ) throws -> any AttachedAdapter {
    try LoRA(configuration).attach(to: model.outline, key: RandomKey(seed: seed))
  }

  /// An adapter that does something: neither factor is zero.
  static func active(_ model: Llama, dropout: Double = 0) throws -> any AttachedAdapter {
    var configuration = everything()
    configuration.initialisation = .random
    configuration.dropout = dropout
    return try attach(configuration, to: model)
  }

  static func logits(_ model: Llama, _ adapter: Adapter?, _ phase: Phase = .prefill) throws
    -> [Float]
  {
    let pass = Pass(phase, adapter: adapter)
    return try model.logits(model.hidden(batch, in: pass), in: pass).value.elements
  }

  static func gradients(_ model: Llama, _ pass: Pass) throws -> [String: [Float]] {
    let gradients = Gradients()
    gradients.backward(from: try model.loss(batch, labels: batch.tokens, in: pass))
    return Dictionary(
      uniqueKeysWithValues: gradients.trainables.map { ($0.name, gradients[$0]?.elements ?? []) })
  }

  @Test func beginsAsTheBase() throws {
    let model = try Self.llama()
    let base = try Self.logits(model, nil)
    for initialisation in [LoRAConfiguration.Initialisation.uniform, .gaussian] {
      var configuration = Self.everything()
      configuration.initialisation = initialisation
      let attached = try Self.attach(configuration, to: model)
      #expect(try Self.logits(model, attached.adapter) == base)
      let train = Pass(.train, adapter: attached.adapter)
      #expect(
        try model.loss(Self.batch, labels: Self.batch.tokens, in: train).value.elements
          == model.loss(Self.batch, labels: Self.batch.tokens, in: Pass()).value.elements)
    }
  }

  /// Uniform within ±1/√in, or normal of deviation 1/r; the other factor zero.
  @Test func drawsAsPeftDoes() throws {
    let model = try Self.llama()
    var configuration = LoRAConfiguration(rank: 16, alpha: 16)
    configuration.modules.targets = .allLinear
    let uniform = try Self.attach(configuration, to: model).parameters.map(\.trainable.value)
    let downs = uniform.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    for down in downs {
      let bound = 1 / Float(down.columns).squareRoot()
      #expect(down.elements.allSatisfy { abs($0) <= bound })
      #expect((down.elements.max() ?? 0) > 0.9 * bound && (down.elements.min() ?? 0) < -0.9 * bound)
    }
    let ups = uniform.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
    #expect(ups.allSatisfy { $0.elements.allSatisfy { $0 == 0 } })
    #expect(Set(downs.map { $0.elements[0] }).count == downs.count)
    configuration.initialisation = .gaussian
    let normal = try Self.attach(configuration, to: model).parameters.map(\.trainable.value)
    let all = normal.enumerated().filter { $0.offset % 2 == 0 }.flatMap(\.element.elements)
    let deviation = (all.reduce(0) { $0 + $1 * $1 } / Float(all.count)).squareRoot()
    // 15,000 draws: the deviation of a sample is within 2 percent of 1/16 by more than three of its own.
    #expect(abs(deviation * 16 - 1) < 0.02)
  }

  @Test func aSeedGivesTheSameAdapter() throws {
    let model = try Self.llama()
    func values(_ seed: UInt64) throws -> [[Float]] {
      try Self.attach(Self.everything(), to: model, seed: seed).parameters
        .map(\.trainable.value.elements)
    }
    #expect(try values(3) == values(3))
    #expect(try values(3) != values(4))
  }

  @Test func trainingLeavesTheBaseAlone() throws {
    let model = try Self.llama()
    let before = model.outline.parameters.map(\.tensor.elements)
    let base = try Self.logits(model, nil)
    let run = GoldenRun.small
    let attached = try Self.attach(Self.everything(), to: model)
    let start = attached.parameters.map(\.trainable.value.elements)
    let losses = try LanguageModel(model: model).train(attached, run.batches(), run.facts())
    #expect(losses.allSatisfy { $0.isFinite })
    for (parameter, start) in zip(attached.parameters, start) {
      #expect(parameter.trainable.value.elements != start, "\(parameter.key ?? "") did not train")
    }
    #expect(model.outline.parameters.map(\.tensor.elements) == before)
    #expect(try Self.logits(model, nil) == base)
    #expect(try Self.logits(model, attached.adapter) != base)
  }

  @Test func savedAndReadIsBitEqual() throws {
    let model = try Self.llama()
    let attached = try Self.active(model, dropout: 0.25)
    let folder = try TemporaryFolder()
    let urls = ["a", "b"].map { URL(fileURLWithPath: folder.path($0)) }
    for url in urls { try attached.files().write(to: url) }
    let read = try PEFTMethods.read(urls[0], for: model.outline)
    #expect(read.parameters.map(\.key) == attached.parameters.map(\.key))
    #expect(
      read.parameters.map(\.trainable.value.elements)
        == attached.parameters.map(\.trainable.value.elements))
    #expect(try Self.logits(model, read.adapter) == Self.logits(model, attached.adapter))
    try read.files().write(to: urls[1])
    for name in ["adapter_config.json", "adapter_model.safetensors"] {
      #expect(
        try Data(contentsOf: urls[0].appendingPathComponent(name))
          == Data(contentsOf: urls[1].appendingPathComponent(name)))
    }
  }

  @Test func mergedEqualsUnmerged() throws {
    let model = try Self.llama()
    let attached = try Self.active(model)
    let unmerged = try Self.logits(model, attached.adapter)
    let merged = try attached.merged(into: model.outline)
    #expect(merged.count == 13)
    // The same sums in another order, over numbers up to 10.
    #expect(difference(try Self.logits(model, Adapter(merged)), unmerged) < 5e-5)
    let base = try Self.logits(model, nil)
    #expect(difference(unmerged, base) > 0.1)
  }

  @Test func checkpointsChangeNoGradient() throws {
    let model = try Self.llama()
    for dropout in [0, 0.3] {
      let attached = try Self.active(model, dropout: dropout)
      var pass = Pass(.train, adapter: attached.adapter)
      pass.random = RandomKey(seed: 5, step: 2)
      let kept = try Self.gradients(model, pass)
      pass.isCheckpointed = true
      #expect(try Self.gradients(model, pass) == kept)
      #expect(kept.count == attached.parameters.count)
    }
  }

  @Test func onlyTheAdapterHasGradients() throws {
    let model = try Self.llama()
    let attached = try Self.attach(Self.everything(), to: model)
    let names = Set(
      try Self.gradients(model, Pass(.train, adapter: attached.adapter)).keys)
    #expect(names == Set(attached.parameters.compactMap(\.key)))
  }

  @Test func dropoutIsReplayedAndEachModulesOwn() throws {
    let model = try Self.llama()
    let attached = try Self.active(model, dropout: 0.5)
    func loss(_ phase: Phase, _ random: RandomKey?) throws -> Float {
      var pass = Pass(phase, adapter: attached.adapter)
      pass.random = random
      return try model.loss(Self.batch, labels: Self.batch.tokens, in: pass).value.elements[0]
    }
    let (first, second) = (RandomKey(seed: 1, step: 1), RandomKey(seed: 1, step: 2))
    #expect(try loss(.train, first) == loss(.train, first))
    #expect(try loss(.train, first) != loss(.train, second))
    let still = try loss(.prefill, nil)
    #expect(try loss(.prefill, first) == still)
    // The fused path sums in another order.
    #expect(abs(try loss(.train, nil) - still) < 1e-5)
    #expect(abs(try loss(.train, first) - still) > 1e-4)
    let x = Variable(Tensor([40, 64], [Float](repeating: 1, count: 40 * 64)))
    var pass = Pass(.train, adapter: attached.adapter)
    pass.random = first
    let projections = model.outline.linears.prefix(3)
    let dropped = projections.compactMap { pass.key(for: $0.site) }
      .map { x.dropped(rate: 0.5, key: $0).value.elements }
    #expect(Set(dropped).count == 3)
  }

  @Test func adaptersTakeTurnsOnOneModel() throws {
    let model = try Self.llama()
    let base = try Self.logits(model, nil)
    let adapters = try [UInt64(1), 2].map { seed in
      var configuration = Self.everything()
      configuration.initialisation = .random
      return try Self.attach(configuration, to: model, seed: seed)
    }
    let alone = try adapters.map { try Self.logits(model, $0.adapter) }
    #expect(alone[0] != alone[1])
    #expect(try Self.logits(model, Adapter()) == base)
    #expect(try adapters.map { try Self.logits(model, $0.adapter) } == alone)
    #expect(try Self.logits(model, nil) == base)
  }

  /// The scale is α/r, or α/√r on request, and what an adapter adds is linear in it.
  @Test func theScaleIsAlphaOverRank() throws {
    let model = try Self.llama()
    func delta(alpha: Double, rank: Int, isRankStabilised: Bool = false) throws -> [Float] {
      var configuration = LoRAConfiguration(
        rank: rank, alpha: alpha, modules: ModuleSelection(["model.layers.1.mlp.down_proj"]))
      configuration.initialisation = .random
      configuration.isRankStabilised = isRankStabilised
      let merged = try Self.attach(configuration, to: model).merged(into: model.outline)
      let parameter = try #require(merged.first)
      return zip(parameter.value.elements, parameter.parameter.tensor.elements).map { $0 - $1 }
    }
    let once = try delta(alpha: 8, rank: 4)
    let twice = try delta(alpha: 16, rank: 4)
    #expect(difference(twice, once.map { 2 * $0 }) < 1e-6)
    #expect(difference(try delta(alpha: 8, rank: 4, isRankStabilised: true), twice) < 1e-6)
  }

  /// The gradient of every kind of trained tensor against central differences of the loss.
  @Test func gradientsEqualDifferences() throws {
    let model = try Self.llama()
    let attached = try Self.active(model)
    let pass = Pass(.train, adapter: attached.adapter)
    let gradients = try Self.gradients(model, pass)
    for name in [
      "model.embed_tokens.lora_embedding_A", "model.embed_tokens.lora_embedding_B",
      "model.layers.0.self_attn.k_proj.lora_A.weight", "lm_head.lora_A.weight",
      "model.layers.1.mlp.down_proj.lora_B.weight", "lm_head.lora_B.weight", "model.norm.weight",
    ] {
      let parameter = try #require(
        attached.parameters.first { $0.key == "base_model.model." + name })
      let gradient = try #require(gradients[parameter.trainable.name])
      let start = parameter.trainable.value
      // The place with the steepest slope: others would only show that zero is zero.
      let place = gradient.indices.max { abs(gradient[$0]) < abs(gradient[$1]) } ?? 0
      let losses = try [Float(0.004), -0.004].map { step in
        var moved = start.elements
        moved[place] += step
        parameter.trainable.update(to: Tensor(start.shape, moved))
        return try model.loss(Self.batch, labels: Self.batch.tokens, in: pass).value.elements[0]
      }
      parameter.trainable.update(to: start)
      let slope = (losses[0] - losses[1]) / 0.008
      // f32 losses near 8 are known to 5e-7, the slope to 1e-4 of it, and the curvature adds a thousandth.
      #expect(abs(slope - gradient[place]) < 2e-4 + 3e-3 * abs(gradient[place]), "\(name)")
    }
  }
}
