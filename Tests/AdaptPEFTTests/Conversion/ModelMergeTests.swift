// Merged model folders: they open as any model and do what base and adapter did, in every type and over every base.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptSystem
import AdaptTensors
import AdaptTestSupport
import Foundation
import Testing

struct ModelMergeTests {
  private let temporary: TemporaryFolder
  private var folder: URL { URL(fileURLWithPath: temporary.path("merged")) }

  init() throws { temporary = try TemporaryFolder() }

  private static func base(_ name: String) -> URL {
    switch name {
    case "llama": GoldenRun.small.modelFolder
    case "bert_cls": GoldenRun.biases.modelFolder
    default:
      GoldenRun.fixtures.deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("AdaptGoldenTests/Golden/models/" + name)
    }
  }

  /// The outputs of the model in `folder`, without an adapter.
  private func outputs(_ model: TestModel) throws -> [Float] {
    let opened: any GoldenModel =
      ["llama", "bert_cls"].contains(model.name)
      ? try GoldenModels.open(folder) : try SmallTalker(folder: folder)
    return try TestModel(name: model.name, model: opened, batches: model.batches).outputs(nil)
  }

  private func sample(_ name: String) throws -> MethodSample {
    try #require(MethodSample.all.first { $0.name == name })
  }

  /// Names below the folder of this test.
  private func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: temporary.path)
  }

  @Test(arguments: TestModel.pairs)
  func opensAndDoesTheSame(_ sample: MethodSample, _ name: String) throws {
    let model = try TestModel.open(name)
    let attached = try model.attach(sample)
    let base = Self.base(name)
    let before = try Data(contentsOf: base.appendingPathComponent("model.safetensors"))
    let merge = ModelMerge(attached, into: model.outline, base: base)
    let report = try merge.write(to: folder)
    #expect(
      difference(try outputs(model), try model.outputs(attached.adapter)) < sample.mergeBound)
    // What qlora rounds and does not adapt is written too.
    #expect(report.changedShare > (sample.hasOwnBase ? 0.1 : 0.5))
    #expect(report.roundingShare < 1e-4)
    let back = try merge.unmerged(folder)
    #expect(back.isWithinRounding)
    #expect(back.relativeError < 1e-6)
    #expect(try Data(contentsOf: base.appendingPathComponent("model.safetensors")) == before)
    #expect(
      try Data(contentsOf: folder.appendingPathComponent("config.json"))
        == Data(contentsOf: base.appendingPathComponent("config.json")))
    #expect(try names() == ["merged"])
  }

  /// Whole modules, norms, biases and every parameter.
  @Test(arguments: AdapterSample.all.filter { ["full", "bitfit", "norms"].contains($0.name) })
  func trainedPartsOfTheModelAreWritten(_ sample: AdapterSample) throws {
    let model = try TestModel.open(sample.model.rawValue)
    let attached = try sample.moved(on: model.outline)
    let merge = ModelMerge(attached, into: model.outline, base: Self.base(model.name))
    #expect(try merge.write(to: folder).tensors > 0)
    #expect(difference(try outputs(model), try model.outputs(attached.adapter)) < 1e-5)
  }

  @Test(arguments: [MergePrecision.bfloat16, .float16])
  func narrowTypesAreRoundedAndSaid(_ precision: MergePrecision) throws {
    let model = try TestModel.open("qwen2")
    let attached = try model.attach(sample("lora"))
    let merge = ModelMerge(attached, into: model.outline, base: Self.base("qwen2"), as: precision)
    let report = try merge.write(to: folder)
    #expect(report.roundingShare > 1e-5)
    #expect(report.roundingShare < 0.5)
    let back = try merge.unmerged(folder)
    #expect(back.isWithinRounding)
    #expect(back.largestError > 0)
    #expect(back.largestError <= back.largestWeight * (precision == .bfloat16 ? 0x1p-7 : 0x1p-10))
    let files = try WeightFiles(folder: folder)
    let wanted: ElementType = precision == .bfloat16 ? .bfloat16 : .float16
    for name in files.names {
      #expect(try files.file(holding: name).info(name).type == wanted, "\(name)")
    }
    let config = try String(
      contentsOf: folder.appendingPathComponent("config.json"), encoding: .utf8)
    #expect(config.contains(precision == .bfloat16 ? "\"bfloat16\"" : "\"float16\""))
    #expect(difference(try outputs(model), try model.outputs(attached.adapter)) < 0.5)
  }

  /// An update below the step of the type vanishes, and the report says so.
  @Test func aLostUpdateIsSeen() throws {
    let model = try TestModel.open("llama")
    let attached = try model.attach(sample("lora"))
    for parameter in attached.parameters {
      let value = parameter.trainable.value
      parameter.trainable.update(to: Tensor(value.shape, value.elements.map { $0 * 1e-3 }))
    }
    let report = try ModelMerge(
      attached, into: model.outline, base: Self.base("llama"), as: .bfloat16
    ).write(to: folder)
    #expect(report.changedShare < 0.05)
    #expect(report.roundingShare > 1)
  }

  @Test func aBaseInFourBitsIsExpanded() throws {
    let model = try TestModel.open("llama")
    let files = try model.attach(sample("lora")).files()
    let attached = try ModelMerge.read(files, for: model.outline, isQuantised: true)
    #expect(attached.method == "qlora")
    let report = try ModelMerge(attached, into: model.outline, base: Self.base("llama"))
      .write(to: folder)
    let ours = try outputs(model)
    #expect(difference(ours, try model.outputs(attached.adapter)) < 1e-4)
    #expect(report.quantisationShare > 0.01)
    let plain = try ModelMerge.read(files, for: model.outline, isQuantised: false)
    #expect(difference(ours, try model.outputs(plain.adapter)) > 1e-3)
  }

  @Test func shardsAreTheBases() throws {
    let model = try TestModel.open("llama")
    let base = URL(fileURLWithPath: temporary.path("base"))
    try FileManager.default.createDirectory(at: base, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: Self.base("llama").appendingPathComponent("config.json"),
      to: base.appendingPathComponent("config.json"))
    try Data("{}".utf8).write(to: base.appendingPathComponent("tokenizer.json"))
    try Data("x".utf8).write(to: base.appendingPathComponent("pytorch_model.bin"))
    let whole = try WeightFiles(folder: Self.base("llama"))
    let names = try ShardedWriter.write(
      whole.names.map { TensorOutput($0, try whole.tensor($0)) }, to: base, limit: 20_000)
    #expect(names.count > 2)
    let attached = try model.attach(sample("ia3"))
    let report = try ModelMerge(attached, into: model.outline, base: base).write(to: folder)
    #expect(Set(report.files) == Set(names + ["config.json", "tokenizer.json"]))
    #expect(report.leftOut == ["pytorch_model.bin"])
    #expect(difference(try outputs(model), try model.outputs(attached.adapter)) < 1e-4)
  }

  @Test(arguments: TestModel.names)
  func basesOfEveryKindOpen(_ name: String) throws {
    let model = try TestModel.open(name)
    let opened = try BaseModel.open(Self.base(name))
    #expect(opened.outline.parameters.map(\.name) == model.outline.parameters.map(\.name))
    #expect(opened.outline.linears.map(\.site.path) == model.outline.linears.map(\.site.path))
  }

  // MARK: Refused

  @Test func whatIsNoWeightIsRefusedAndLeavesNothing() throws {
    for sample in AdapterSample.all where ["prompt", "prefix", "houlsby"].contains(sample.name) {
      let model = try TestModel.open(sample.model.rawValue)
      let merge = ModelMerge(
        try sample.attach(to: model.outline), into: model.outline, base: Self.base(model.name))
      let fault = #expect(throws: PEFTFault.self) { try merge.write(to: folder) }
      #expect(fault?.diagnosis.hint == "keep the adapter beside the model")
      #expect(try names() == [])
    }
  }

  @Test func aFolderWithSomethingInItIsLeftAlone() throws {
    let model = try TestModel.open("llama")
    let merge = ModelMerge(
      try model.attach(sample("lora")), into: model.outline, base: Self.base("llama"))
    try temporary.write("mine", to: "merged/notes.txt")
    let fault = #expect(throws: PEFTFault.self) { try merge.write(to: folder) }
    #expect(fault?.diagnosis.what.contains("no empty folder") == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["notes.txt"])
  }

  @Test func whatTheTypeCannotHoldIsNamed() throws {
    let model = try TestModel.open("llama")
    let attached = try model.attach(sample("lora"))
    for parameter in attached.parameters {
      let value = parameter.trainable.value
      parameter.trainable.update(to: Tensor(value.shape, value.elements.map { $0 * 1e4 }))
    }
    let merge = ModelMerge(
      attached, into: model.outline, base: Self.base("llama"), as: .float16)
    let fault = #expect(throws: PEFTFault.self) { try merge.write(to: folder) }
    #expect(fault?.diagnosis.what.contains("_proj.weight") == true)
    #expect(try names() == [])
  }

  @Test func onlyLoRALiesOverFourBits() throws {
    let model = try TestModel.open("llama")
    let files = try model.attach(sample("oft")).files()
    #expect(throws: PEFTFault.self) {
      try ModelMerge.read(files, for: model.outline, isQuantised: true)
    }
  }
}
