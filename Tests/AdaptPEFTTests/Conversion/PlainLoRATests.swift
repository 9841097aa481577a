// What is LoRA in another form becomes plain LoRA and does the same; what is not is refused with the way out.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptSystem
import AdaptTensors
import Foundation
import Testing

struct PlainLoRATests {
  static let forms = ["adalora", "vera", "vera, without its matrices", "pissa", "olora"]

  static let pairs: [(MethodSample, String)] = TestModel.pairs.filter { pair in
    forms.contains(pair.0.name)
  }

  /// Outputs through the converted files, which are read as any others.
  private func outputs(_ files: AdapterFiles, _ model: TestModel) throws -> [Float] {
    #expect(files.type == "LORA")
    #expect(files.configuration["init_lora_weights"] == .boolean(true))
    let method = try PEFTMethods.method(of: files)
    #expect(method.name == "lora")
    return try model.outputs(try method.read(files, for: model.outline).adapter)
  }

  @Test(arguments: pairs)
  func doesTheSame(_ sample: MethodSample, _ name: String) throws {
    let model = try TestModel.open(name)
    let attached = try model.attach(sample)
    let plain = try attached.files().plainLoRA(for: model.outline)
    let ours = try outputs(plain, model)
    let theirs = try model.outputs(attached.adapter)
    // One product more or less in f32, over numbers of the size of the largest.
    let size = theirs.reduce(1) { max($0, abs($1)) }
    #expect(difference(ours, theirs) < 1e-5 * size)
    #expect(difference(theirs, try model.outputs(nil)) > 1e-3)
  }

  /// The trained adapters of the reference.
  @Test(arguments: ["adalora", "vera"])
  func doesAsTheReferencesAdapter(_ method: String) throws {
    let root = GoldenRun.fixtures.deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("AdaptGoldenTests/Golden")
    let run = GoldenRun(root: root, model: "llama", method: method)
    let model = try TestModel.open("llama")
    let files = try AdapterFiles(reading: run.end)
    let attached = try PEFTMethods.read(run.end, for: model.outline)
    let theirs = try model.outputs(attached.adapter)
    let ours = try outputs(files.plainLoRA(for: model.outline), model)
    #expect(difference(ours, theirs) < 1e-5 * theirs.reduce(1) { max($0, abs($1)) })
  }

  /// Modules whose ranks were cut to nothing, or differ, keep a scale of 1.
  @Test func cutRanksStayAsTheyAre() throws {
    let model = try TestModel.open("llama")
    let sample = try #require(MethodSample.all.first { $0.name == "adalora" })
    var files = try model.attach(sample).files()
    let (empty, short) = ("model.layers.0.self_attn.q_proj", "model.layers.1.self_attn.v_proj")
    var pattern: [String: JSONValue] = [:]
    for (path, kept) in [(empty, 0), (short, 2)] {
      let key = "base_model.model." + path
      for name in ["lora_A", "lora_E"] {
        let whole = try #require(files.tensors["\(key).\(name)"])
        files.tensors["\(key).\(name)"] = Tensor(
          [kept, whole.columns], Array(whole.elements.prefix(kept * whole.columns)))
      }
      let up = try #require(files.tensors[key + ".lora_B"])
      let rows = up.rowList.flatMap { $0.prefix(kept) }
      files.tensors[key + ".lora_B"] = Tensor([up.rows, kept], rows)
      pattern[path + ".lora_E"] = .array((0..<3).map { .boolean($0 < kept) })
    }
    files.configuration["rank_pattern"] = .object(pattern)
    let attached = try AdaLoRA.read(files, for: model.outline)
    let plain = try files.plainLoRA(for: model.outline)
    #expect(
      plain.configuration["rank_pattern"] == .object([empty: .integer(1), short: .integer(2)]))
    #expect(plain.configuration["r"] == .integer(3))
    let theirs = try model.outputs(attached.adapter)
    #expect(
      difference(try outputs(plain, model), theirs) < 1e-5 * theirs.reduce(1) { max($0, abs($1)) })
  }

  @Test func plainLoRAStaysAsItIs() throws {
    let model = try TestModel.open("llama")
    let sample = try #require(MethodSample.all.first { $0.name == "lora" })
    let files = try model.attach(sample).files()
    let plain = try files.plainLoRA(for: model.outline)
    #expect(plain.tensors.mapValues(\.elements) == files.tensors.mapValues(\.elements))
  }

  @Test func biasesThatTrainStay() throws {
    let model = try TestModel.open("bert_cls")
    var configuration = VeRAConfiguration(rank: 4)
    configuration.isRandom = true
    configuration.bias = .ofTargets
    configuration.common.task = .sequenceClassification
    let attached = try VeRA(configuration).attach(to: model.outline, key: RandomKey(seed: 5))
    for parameter in attached.parameters where parameter.key?.hasSuffix("bias") == true {
      let value = parameter.trainable.value
      parameter.trainable.update(to: Tensor(value.shape, value.elements.map { $0 + 0.5 }))
    }
    let plain = try attached.files().plainLoRA(for: model.outline)
    #expect(plain.configuration["bias"] == .string("lora_only"))
    let theirs = try model.outputs(attached.adapter)
    #expect(
      difference(try outputs(plain, model), theirs) < 1e-5 * theirs.reduce(1) { max($0, abs($1)) })
  }

  /// The table of traits says what conversion and merging do, for every method.
  @Test func traitsAreTrue() throws {
    var seen = Set<String>()
    for sample in MethodSample.all where !sample.hasOwnBase {
      let model = try TestModel.open("llama")
      try check(try model.attach(sample), type(of: try sample.make(true)).traits, model.outline)
      seen.insert(sample.method)
    }
    for sample in AdapterSample.all {
      let outline = try sample.model.open().outline
      let method = type(of: try sample.make())
      try check(try sample.attach(to: outline), method.traits, outline)
      seen.insert(method.name)
    }
    #expect(Set(PEFTMethods.traits.map(\.name)).subtracting(seen) == ["qlora"])
    for (name, traits) in PEFTMethods.traits where traits.peft != .yes {
      let method = PEFTMethods.all.first { $0.name == name }
      #expect(method?.peftType == nil, "\(name)")
    }
  }

  private func check(
    _ attached: any AttachedAdapter, _ traits: MethodTraits, _ model: ModelOutline
  ) throws {
    if traits.mergeable == .yes {
      #expect(!(try attached.merged(into: model)).isEmpty, "\(attached.method)")
    } else {
      #expect(throws: PEFTFault.self, "\(attached.method)") { try attached.merged(into: model) }
    }
    let files = try attached.files()
    switch traits.plainLoRA {
    case .yes, .converted:
      #expect(try files.plainLoRA(for: model).type == "LORA", "\(attached.method)")
    case .merged(let reason), .no(let reason):
      let fault = #expect(throws: PEFTFault.self, "\(attached.method)") {
        try files.plainLoRA(for: model)
      }
      #expect(fault?.diagnosis.what.hasSuffix(reason) == true, "\(attached.method)")
      let word = traits.mergeable == .yes ? "adapt merge" : "keep the adapter"
      #expect(fault?.diagnosis.hint?.contains(word) == true, "\(attached.method)")
    }
  }

  @Test func aRoundedBaseIsRefused() throws {
    let model = try TestModel.open("llama")
    let sample = try #require(MethodSample.all.first { $0.name == "loftq" })
    let fault = #expect(throws: PEFTFault.self) {
      try model.attach(sample).files().plainLoRA(for: model.outline)
    }
    #expect(fault?.diagnosis.hint?.contains("adapt merge") == true)
  }
}
