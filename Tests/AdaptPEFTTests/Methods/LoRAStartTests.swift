// Initialisations of LoRA from the weight: what they take, what they leave, and conversions.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptSystem
import AdaptTensors
import Foundation
import Testing

struct LoRAStartTests {
  private static let path = "model.layers.1.self_attn.q_proj"

  private static func attach(
    _ start: LoRAConfiguration.Initialisation,
    _ change: (inout LoRAConfiguration) -> Void = { _ in }
  ) throws -> (model: TestModel, attached: any AttachedAdapter) {
    let model = try TestModel.open("llama")
    var configuration = LoRAConfiguration(rank: 4, alpha: 4)
    configuration.initialisation = start
    change(&configuration)
    return (model, try LoRA(configuration).attach(to: model.outline, key: RandomKey(seed: 2)))
  }

  /// A, B and the private base of one layer, with the model's weight.
  private static func factors(
    _ run: (model: TestModel, attached: any AttachedAdapter)
  ) throws -> (a: Variable, b: Variable, base: Variable, weight: Variable) {
    let linear = try #require(run.model.outline.linears.first { $0.site.path == path })
    let base = try #require(run.attached.adapter.parameters[linear.weight.number])
    func value(_ name: String) throws -> Variable {
      let key = "base_model.model." + path + "." + name + ".weight"
      return Variable(try #require(run.attached.parameters.first { $0.key == key }).trainable.value)
    }
    return (
      try value("lora_A"), try value("lora_B"), Variable(base), Variable(linear.weight.tensor)
    )
  }

  private static func norm(_ x: Variable) -> Double {
    x.value.elements.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  /// What is left of a weight is orthogonal to what was taken: both sides of a decomposition by singular values.
  @Test func pissaTakesTheLeadingParts() throws {
    let (a, b, base, weight) = try Self.factors(try Self.attach(.pissa(iterations: nil)))
    let taken = b.multiplied(a)
    #expect(difference((base + taken).value.elements, weight.value.elements) < 1e-6)
    #expect(Self.norm(taken.multiplied(base, transposed: true)) < 1e-4)
    #expect(Self.norm(taken.multiplied(base, selfTransposed: true)) < 1e-4)
    // Any other four directions take less: those of the first four columns.
    let (_, _, other, _) = try Self.factors(try Self.attach(.olora))
    #expect(Self.norm(base) < Self.norm(other))
    // Rows of A and columns of B have the same lengths, the roots of the singular values.
    let (rows, columns) = (
      a.multiplied(a, transposed: true), b.multiplied(b, selfTransposed: true)
    )
    #expect(difference(rows.value.elements, columns.value.elements) < 1e-5)
  }

  @Test func sketchesComeNearIt() throws {
    let exact = Self.norm(try Self.factors(try Self.attach(.pissa(iterations: nil))).base)
    let rough = Self.norm(try Self.factors(try Self.attach(.pissa(iterations: 0))).base)
    let fine = Self.norm(try Self.factors(try Self.attach(.pissa(iterations: 24))).base)
    #expect(exact <= fine * 1.000001 && fine < rough)
    #expect(fine < exact * 1.01)
  }

  /// A random sketch is not in a file, so such an adapter is written as a plain one of twice the rank.
  @Test(arguments: [false, true])
  func sketchesAreWrittenAsPlainLoRA(_ isRankStabilised: Bool) throws {
    let (model, attached) = try Self.attach(.pissa(iterations: 2)) {
      $0.isRankStabilised = isRankStabilised
      $0.alpha = 6
      $0.rankPattern = ["layers.0.self_attn.q_proj": 2]
      $0.alphaPattern = ["layers.1.self_attn.v_proj": 3]
    }
    for (number, parameter) in attached.parameters.enumerated() {
      let value = Variable(parameter.trainable.value)
      let noise = RandomKey(seed: 1, layer: UInt16(number)).normal(value.shape, deviation: 0.05)
      parameter.trainable.update(to: (value + Variable(noise)).value)
    }
    let files = try attached.files()
    #expect(files.configuration["init_lora_weights"] == .boolean(true))
    #expect(files.configuration["r"] == .integer(8))
    let plain = try PEFTMethods.read(files, model.outline)
    #expect(plain.adapter.parameters.isEmpty)
    #expect(
      difference(try model.outputs(plain.adapter), try model.outputs(attached.adapter)) < 2e-5)
    #expect(difference(try model.outputs(plain.adapter), try model.outputs(nil)) > 1e-2)
  }

  @Test func oloraIsOrthonormal() throws {
    let (a, b, base, weight) = try Self.factors(try Self.attach(.olora))
    let gram = b.multiplied(b, selfTransposed: true).value.elements
    for i in 0..<4 {
      for j in 0..<4 { #expect(abs(gram[4 * i + j] - (i == j ? 1 : 0)) < 1e-6) }
    }
    #expect(difference((base + b.multiplied(a)).value.elements, weight.value.elements) < 1e-6)
    // As many columns of the weight are taken whole as there are ranks.
    #expect(Self.norm(base.columns(0..<4)) < 1e-5)
  }

  @Test(arguments: [4, 8])
  func loftqMakesUpForRounding(_ bits: Int) throws {
    let run = try Self.attach(.loftq(bits: bits, iterations: 1))
    let (a, b, base, weight) = try Self.factors(run)
    let rounding = Self.norm(weight - base)
    let left = Self.norm(weight - base - b.multiplied(a))
    #expect(left < 0.95 * rounding)
    let again = try Self.factors(try Self.attach(.loftq(bits: bits, iterations: 5)))
    #expect(Self.norm(again.weight - again.base - again.b.multiplied(again.a)) < rounding)
    guard case .frozen(let resting)? = run.attached.adapter.parameters.values.first else {
      Issue.record("no base")
      return
    }
    #expect((resting as? WeightStorage)?.tensor == nil)
  }

  @Test func whatCannotBeDecomposedIsNamed() throws {
    #expect(throws: PEFTFault.self) {
      try Self.attach(.loftq(bits: 4, iterations: 1)) { $0.alpha = 8 }
    }
    #expect(throws: PEFTFault.self) { try Self.attach(.pissa(iterations: nil)) { $0.rank = 33 } }
    #expect(throws: PEFTFault.self) {
      try Self.attach(.olora) { $0.modules = ModuleSelection(["embed_tokens"]) }
    }
    let tied = StubModel.llama(
      layers: 1, width: 8, keys: 8, feedForward: 8, vocabulary: 20, isTied: true)
    var configuration = LoRAConfiguration(rank: 2, alpha: 2, modules: ModuleSelection(["lm_head"]))
    configuration.initialisation = .olora
    let method = try LoRA(configuration)
    #expect(throws: PEFTFault.self) { try method.attach(to: tied, key: RandomKey(seed: 1)) }
  }

  /// LoRA+: B and vectors learn faster, A and factors of tables do not.
  @Test func ratesFollowTheRatio() throws {
    let (_, attached) = try Self.attach(.uniform) {
      $0.learningRateRatio = 16
      $0.modules = ModuleSelection(["q_proj", "embed_tokens"])
      $0.modules.saved = ["norm", "lm_head"]
    }
    for parameter in attached.parameters {
      let key = try #require(parameter.key)
      let isFast = key.hasSuffix("lora_B.weight") || parameter.trainable.shape.count == 1
      #expect(parameter.learningRateFactor == (isFast ? 16 : 1), "\(key)")
    }
  }

  @Test func singularValuesAreFound() throws {
    for (rows, columns) in [(5, 3), (3, 5), (4, 4), (1, 6)] {
      let x = RandomKey(seed: 3).normal([rows, columns], deviation: 1)
      let (u, s, v) = LAPACK.singularValues(x)
      let n = min(rows, columns)
      #expect(u.shape == [rows, n] && v.shape == [n, columns] && s.count == n)
      #expect(zip(s, s.dropFirst()).allSatisfy { $0 >= $1 })
      let scaled = Variable(u) * Variable(Tensor([n], s))
      #expect(difference(scaled.multiplied(Variable(v)).value.elements, x.elements) < 1e-5)
    }
    #expect(LAPACK.singularValues(Tensor([0, 3], [])).values.isEmpty)
  }
}

extension PEFTMethods {
  /// The adapter of `files` by the method that they name.
  static func read(
    _ files: AdapterFiles, _ model: ModelOutline
  ) throws -> any AttachedAdapter {
    try #require(all.first { $0.reads(files) }).read(files, for: model)
  }
}
