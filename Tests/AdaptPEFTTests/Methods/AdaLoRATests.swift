// AdaLoRA: its budget, its orthogonal term, its masks, and files without what was cut.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptSystem
import AdaptTensors
import Foundation
import Testing

struct AdaLoRATests {
  private static func small(
    _ change: (inout AdaLoRAConfiguration) -> Void = { _ in }
  ) throws -> (model: TestModel, attached: AttachedAdaLoRA) {
    let model = try TestModel.open("llama")
    var configuration = AdaLoRAConfiguration(totalSteps: 10)
    (configuration.startRank, configuration.targetRank) = (4, 1)
    (configuration.warmUp, configuration.final) = (1, 3)
    configuration.isRandom = true
    change(&configuration)
    let attached = try AdaLoRA(configuration).attach(to: model.outline, key: RandomKey(seed: 5))
    return (model, try #require(attached as? AttachedAdaLoRA))
  }

  private static func train(
    _ run: (model: TestModel, attached: AttachedAdaLoRA), _ steps: Range<Int>
  ) throws {
    for step in steps {
      let gradients = Gradients()
      gradients.backward(from: try run.model.loss(run.attached.adapter, batch: step % 10))
      for parameter in run.attached.parameters {
        guard let gradient = gradients[parameter.trainable] else { continue }
        let moved = Variable(parameter.trainable.value) - Variable(gradient).scaled(by: 0.1)
        parameter.trainable.update(to: moved.value)
      }
      run.attached.afterStep(step) { gradients[$0] }
    }
  }

  private static func ranks(_ attached: AttachedAdaLoRA) -> [Int] {
    attached.parameters.filter { $0.key?.hasSuffix("lora_E") == true }
      .map { $0.trainable.value.elements.count { $0 != 0 } }
  }

  /// Figures of Llama-3.2-3B: 56 modules of rank 64 cut to 32 on average.
  @Test func theBudgetFallsWithTheCube() {
    var configuration = AdaLoRAConfiguration(totalSteps: 5000)
    (configuration.startRank, configuration.targetRank) = (64, 32)
    (configuration.warmUp, configuration.final) = (200, 500)
    for (step, parts) in [
      (0, 3584), (200, 3584), (201, 3582), (1000, 2758), (2350, 2016), (4499, 1792), (4501, 1792),
    ] {
      #expect(configuration.budget(at: step, start: 3584, modules: 56).parts == parts, "\(step)")
    }
    configuration.interval = 10
    #expect(!configuration.budget(at: 201, start: 3584, modules: 56).isCut)
    #expect(configuration.budget(at: 210, start: 3584, modules: 56).isCut)
    #expect(!configuration.budget(at: 200, start: 3584, modules: 56).isCut)
    #expect(configuration.budget(at: 4507, start: 3584, modules: 56).isCut)
  }

  @Test func countsOfLlama3B() throws {
    var configuration = AdaLoRAConfiguration(totalSteps: 5000)
    configuration.startRank = 64
    #expect(try AdaLoRA(configuration).trainableCount(in: StubModel.llama3B) == 18_353_664)
  }

  /// The mean Frobenius norm, not its square, times the factor; and its gradient by differences.
  @Test func theOrthogonalTermIsANorm() throws {
    let (_, attached) = try Self.small()
    let term = try #require(attached.regularisation())
    var norms: [Double] = []
    for parameter in attached.parameters where parameter.key?.hasSuffix("lora_E") == false {
      let value = Variable(parameter.trainable.value)
      let isDown = parameter.key?.hasSuffix("lora_A") == true
      let product =
        isDown
        ? value.multiplied(value, transposed: true) : value.multiplied(value, selfTransposed: true)
      let r = product.rows
      let squares = product.value.elements.enumerated().map { place, number in
        let difference = Double(number) - (place / r == place % r ? 1 : 0)
        return difference * difference
      }
      norms.append(squares.reduce(0, +).squareRoot())
    }
    let wanted = 0.5 * norms.reduce(0, +) / Double(norms.count)
    #expect(abs(Double(term.value.elements[0]) - wanted) < 1e-5 * wanted)
    let gradients = Gradients()
    gradients.backward(from: term)
    for suffix in ["lora_A", "lora_B"] {
      let parameter = try #require(attached.parameters.first { $0.key?.hasSuffix(suffix) == true })
      let gradient = try #require(gradients[parameter.trainable]).elements
      let start = parameter.trainable.value
      let place = gradient.indices.max { abs(gradient[$0]) < abs(gradient[$1]) } ?? 0
      let values = try [Float(0.01), -0.01].map { step in
        var moved = start.elements
        moved[place] += step
        parameter.trainable.update(to: Tensor(start.shape, moved))
        return try #require(attached.regularisation()).value.elements[0]
      }
      parameter.trainable.update(to: start)
      #expect(abs((values[0] - values[1]) / 0.02 - gradient[place]) < 2e-3 * abs(gradient[place]))
    }
    #expect(try Self.small { $0.orthogonality = 0 }.attached.regularisation() == nil)
  }

  @Test func ranksFallToTheTarget() throws {
    let run = try Self.small()
    let start = Self.ranks(run.attached)
    #expect(start.allSatisfy { $0 == 4 })
    try Self.train(run, 0..<2)
    #expect(Self.ranks(run.attached) == start)
    try Self.train(run, 2..<8)
    let modules = start.count
    #expect(Self.ranks(run.attached).reduce(0, +) == modules)
    try Self.train(run, 8..<10)
    #expect(Self.ranks(run.attached).reduce(0, +) <= modules)
  }

  /// Equal first and last ranks: peft fails there.
  @Test func nothingIsCutWhereRanksAreEqual() throws {
    let run = try Self.small { $0.targetRank = 4 }
    try Self.train(run, 0..<10)
    #expect(Self.ranks(run.attached).allSatisfy { $0 == 4 })
    #expect(try run.attached.files().tensors.values.allSatisfy { $0.count > 0 })
  }

  @Test func filesLackWhatWasCut() throws {
    let run = try Self.small { $0.targetRank = 1 }
    try Self.train(run, 0..<10)
    let files = try run.attached.files()
    guard case .object(let pattern) = files.configuration["rank_pattern"] else {
      Issue.record("no pattern")
      return
    }
    for (path, mask) in pattern {
      guard case .array(let kept) = mask else { continue }
      let rank = kept.count { $0 == .boolean(true) }
      #expect(kept.count == 4)
      #expect(files.tensors["base_model.model." + path]?.shape == [rank, 1])
      let down = "base_model.model." + path.dropLast() + "A"
      #expect(files.tensors[down]?.shape == [rank, 64])
    }
    let read = try AdaLoRA.read(files, for: run.model.outline)
    let again = try read.files()
    #expect(again.configuration == files.configuration)
    #expect(again.tensors.mapValues(\.elements) == files.tensors.mapValues(\.elements))
    // What was cut is zero, and sums without zeros are in another order.
    #expect(
      difference(try run.model.outputs(read.adapter), try run.model.outputs(run.attached.adapter))
        < 2e-5)
  }

  /// All parts of a module may go.
  @Test func modulesOfRankZeroAreRead() throws {
    let run = try Self.small()
    var files = try run.attached.files()
    let path = "model.layers.0.self_attn.q_proj.lora_"
    files.configuration["rank_pattern"] = .object([
      path + "E": .array([JSONValue](repeating: .boolean(false), count: 4))
    ])
    for (name, shape) in [("A", [0, 64]), ("B", [64, 0]), ("E", [0, 1])] {
      files.tensors["base_model.model." + path + name] = Tensor(shape, [])
    }
    let read = try AdaLoRA.read(files, for: run.model.outline)
    #expect(try run.model.outputs(read.adapter).allSatisfy(\.isFinite))
    #expect(try read.files().configuration == files.configuration)
    let term = try #require(read.regularisation())
    #expect(term.value.elements[0].isFinite)
    #expect(try read.merged(into: run.model.outline).count == 3)
  }

  @Test(arguments: [
    ("total_step", JSONValue.null), ("total_step", .integer(0)), ("total_step", .integer(4)),
    ("init_r", .integer(0)), ("target_r", .integer(5)), ("deltaT", .integer(0)),
    ("beta1", .number(1)), ("beta2", .number(0)), ("orth_reg_weight", .number(-1)),
    ("rank_pattern", .object(["model.layers.0.self_attn.qproj.lora_E": .array([])])),
    ("rank_pattern", .object(["model.layers.0.self_attn.q_proj.lora_E": .array([])])),
    ("rank_pattern", .object(["model.layers.0.self_attn.q_proj.lora_E": .integer(2)])),
    ("use_dora", .boolean(true)), ("alpha_pattern", .object(["q_proj": .integer(3)])),
  ])
  func settingsAreChecked(_ key: String, _ value: JSONValue) throws {
    let (model, attached) = try Self.small()
    var files = try attached.files()
    files.configuration[key] = value
    let fault = #expect(throws: PEFTFault.self) { try AdaLoRA.read(files, for: model.outline) }
    #expect(fault?.diagnosis.what == "unusable `\(key)`")
  }

  @Test func aStateOfAnotherAdapterIsRefused() throws {
    let run = try Self.small()
    try Self.train(run, 0..<3)
    let state = run.attached.state
    #expect(!state.isEmpty)
    let other = try Self.small().attached
    let name = try #require(state.keys.min())
    #expect(throws: PEFTFault.missingTensor(path: "checkpoint", name: name, nearest: nil)) {
      try other.restore(state.filter { $0.key != name })
    }
    #expect(throws: PEFTFault.self) {
      try other.restore(state.merging(["x": Tensor([1], [1])]) { $1 })
    }
    #expect(throws: PEFTFault.self) {
      try Self.small { $0.startRank = 3 }.attached.restore(state)
    }
    #expect(other.state.isEmpty)
  }
}
