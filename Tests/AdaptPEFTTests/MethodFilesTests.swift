// The files of every method: saved and read they are the same, and what does not fit is refused by name.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptSystem
import AdaptTensors
import AdaptTestSupport
import Foundation
import Testing

struct MethodFilesTests {
  @Test(arguments: TestModel.pairs)
  func savedAndReadIsBitEqual(_ sample: MethodSample, _ name: String) throws {
    let model = try TestModel.open(name)
    let method = try sample.make(true)
    let attached = try model.attach(sample)
    let folder = try TemporaryFolder()
    let urls = ["a", "b"].map { URL(fileURLWithPath: folder.path($0)) }
    try attached.files().write(to: urls[0])
    let files = try AdapterFiles(reading: urls[0])
    // QLoRA's files are LoRA's, and do not say how the base rests: the one who trained it knows.
    let read =
      method is QLoRA
      ? try (method as? QLoRA)?.read(files, onto: model.outline)
      : try method.read(again: files, for: model.outline)
    let again = try #require(read)
    #expect(again.method == attached.method)
    #expect(again.parameters.map(\.key) == attached.parameters.map(\.key))
    #expect(
      again.parameters.map(\.trainable.value.elements)
        == attached.parameters.map(\.trainable.value.elements))
    #expect(try model.outputs(again.adapter) == model.outputs(attached.adapter))
    if !(method is QLoRA) {
      let found = try PEFTMethods.read(urls[0], for: model.outline)
      #expect(found.method == attached.method)
    }
    try again.files().write(to: urls[1])
    for name in ["adapter_config.json", "adapter_model.safetensors"] {
      #expect(
        try Data(contentsOf: urls[0].appendingPathComponent(name))
          == Data(contentsOf: urls[1].appendingPathComponent(name)))
    }
  }

  /// The fault of reading the files of `sample` on the small Llama after `change`.
  private func fault(
    _ sample: MethodSample, _ change: (inout AdapterFiles) -> Void
  ) throws -> PEFTFault? {
    let model = try TestModel.open("llama")
    var files = try model.attach(sample).files()
    change(&files)
    do {
      _ = try sample.make(true).read(again: files, for: model.outline)
      return nil
    } catch let fault as PEFTFault {
      return fault
    }
  }

  /// A trained tensor of the files.
  private func key(_ sample: MethodSample) throws -> String {
    let attached = try TestModel.open("llama").attach(sample)
    return try #require(attached.parameters.compactMap(\.key).min())
  }

  @Test(arguments: MethodSample.all)
  func tensorsThatDoNotFitAreNamed(_ sample: MethodSample) throws {
    let key = try key(sample)
    let missing = try #require(
      try fault(sample) { $0.tensors[key + "x"] = $0.tensors.removeValue(forKey: key) })
    #expect(missing == .missingTensor(path: "adapter", name: key, nearest: key + "x"))
    let surplus = try #require(
      try fault(sample) { $0.tensors["base_model.model.x"] = $0.tensors[key] })
    #expect(surplus.diagnosis.got?.contains("base_model.model.x") == true)
    let shape = try #require(
      try fault(sample) {
        $0.tensors[key] = $0.tensors[key].map { $0.reshaped([1] + $0.shape) }
      })
    guard case .shape(_, key, _, _, _) = shape else {
      Issue.record("\(shape)")
      return
    }
  }

  @Test(arguments: MethodSample.all)
  func numbersThatAreNoneAreRefused(_ sample: MethodSample) throws {
    let key = try key(sample)
    let files = try TestModel.open("llama").attach(sample).files()
    let tensor = try #require(files.tensors[key])
    var elements = tensor.elements
    elements[0] = .nan
    let folder = try TemporaryFolder()
    let url = URL(fileURLWithPath: folder.path)
    try files.write(to: url)
    try SafetensorsWriter.write(
      files.tensors.map {
        TensorOutput($0.key, $0.key == key ? Tensor(tensor.shape, elements) : $0.value)
      },
      to: url.appendingPathComponent("adapter_model.safetensors"))
    #expect(
      throws: PEFTFault.notFinite(
        path: url.appendingPathComponent("adapter_model.safetensors").path, name: key)
    ) { try AdapterFiles(reading: url) }
    var broken = files
    broken.tensors[key] = Tensor(tensor.shape, elements)
    #expect(throws: PEFTFault.notFinite(path: url.path, name: key)) { try broken.write(to: url) }
  }

  @Test(arguments: MethodSample.all)
  func unknownKeysNameTheNearest(_ sample: MethodSample) throws {
    let fault = try #require(
      try fault(sample) { $0.configuration["target_module"] = .strings(["q_proj"]) })
    #expect(fault.diagnosis.what == "unusable `target_module`")
    #expect(fault.diagnosis.hint == "did you mean `target_modules`?")
    for key in ["a_newer_setting", "use_everything"] {
      let fault = try #require(try self.fault(sample) { $0.configuration[key] = .boolean(true) })
      #expect(fault.diagnosis.what == "unusable `\(key)`")
    }
  }

  @Test(arguments: MethodSample.all)
  func targetsThatAreNotThereNameTheNearest(_ sample: MethodSample) throws {
    let fault = try #require(
      try fault(sample) {
        $0.configuration["target_modules"] = .strings(["qproj"])
        $0.configuration["feedforward_modules"] = $0.configuration["feedforward_modules"].map { _ in
          .array([])
        }
      })
    #expect(fault.diagnosis.what == "unusable `target_modules`")
    #expect(fault.diagnosis.hint?.contains("did you mean `q_proj`?") == true)
  }

  @Test(arguments: MethodSample.all.filter { $0.method != "qlora" })
  func anAdapterOfAnotherModelIsRefused(_ sample: MethodSample) throws {
    let files = try TestModel.open("llama").attach(sample).files()
    let other = StubModel.llama(
      layers: 2, width: 76, keys: 4, feedForward: 80, vocabulary: 340, isTied: false)
    #expect(throws: PEFTFault.self) { try sample.make(true).read(again: files, for: other) }
    let bert = try TestModel.open("bert_cls").outline
    #expect(throws: PEFTFault.self) { try sample.make(true).read(again: files, for: bert) }
  }

  /// What loaders of peft 0.8 know, and nothing else, unless it says something.
  @Test(arguments: MethodSample.all)
  func writesFewFields(_ sample: MethodSample) throws {
    let files = try TestModel.open("llama").attach(sample, isActive: false).files()
    for key in [
      "exclude_modules", "lora_bias", "eva_config", "use_qalora", "megatron", "qalora_group_size",
    ] {
      #expect(files.configuration[key] == nil, "\(key)")
    }
    #expect(files.configuration["inference_mode"] == .boolean(true))
  }
}
