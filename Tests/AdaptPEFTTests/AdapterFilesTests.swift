// The files of an adapter: what we write is what peft reads, and what does not fit is refused by name.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptSystem
import AdaptTensors
import AdaptTestSupport
import Foundation
import Testing

struct AdapterFilesTests {
  static let key = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"

  /// The fields of peft 0.8 and no others, sorted, with peft's spelling of numbers.
  @Test func writesFewFields() throws {
    let folder = try AdapterFolder()
    let model = try AdapterFolder.base()
    let attached = try folder.read(for: model)
    try attached.files().write(to: folder.url)
    let text = try String(contentsOf: folder.configurationURL, encoding: .utf8)
    #expect(
      text == """
        {
          "alpha_pattern": {},
          "auto_mapping": null,
          "base_model_name_or_path": "models/llama",
          "bias": "none",
          "fan_in_fan_out": false,
          "inference_mode": true,
          "init_lora_weights": true,
          "layers_pattern": null,
          "layers_to_transform": null,
          "loftq_config": {},
          "lora_alpha": 8,
          "lora_dropout": 0.0,
          "megatron_config": null,
          "megatron_core": "megatron.core",
          "modules_to_save": null,
          "peft_type": "LORA",
          "r": 4,
          "rank_pattern": {},
          "revision": null,
          "target_modules": [
            "q_proj",
            "v_proj"
          ],
          "task_type": "CAUSAL_LM",
          "use_rslora": false
        }

        """)
    let weights = try SafetensorsFile(folder.weightsURL)
    #expect(weights.metadata == ["format": "pt"])
    #expect(Set(weights.tensors.keys) == Set(folder.files.tensors.keys))
    #expect(weights.tensors.values.allSatisfy { $0.type == .float32 })
  }

  @Test(arguments: GoldenRun.all.filter { $0.model == "llama" })
  func settingsOfPeftSurvive(_ run: GoldenRun) throws {
    let read = try AdapterFiles(reading: run.start)
    let written = try PEFTMethods.read(run.start, for: AdapterFolder.base(run)).files()
    for (key, value) in written.configuration {
      #expect(value == read.configuration[key], "\(key)")
    }
    for (name, tensor) in written.tensors {
      #expect(tensor.elements == read.tensors[name]?.elements)
    }
  }

  @Test func everySettingIsWrittenAndRead() throws {
    let model = StubModel.bert(layers: 2)
    var configuration = LoRAConfiguration(rank: 3, alpha: 4.5)
    configuration.dropout = 0.125
    configuration.modules.targets = .some(.names(["query", "key"]))
    configuration.modules.excluded = .pattern(".*1.*key")
    configuration.modules.layers = [0, 1]
    configuration.modules.layerNames = ["layer"]
    configuration.modules.saved = ["pooler", "classifier"]
    configuration.rankPattern = ["query": 2]
    configuration.alphaPattern = ["layer.1.attention.self.query": 0.5]
    configuration.isRankStabilised = true
    configuration.bias = .all
    configuration.initialisation = .gaussian
    configuration.common = CommonSettings(
      task: .tokenClassification, baseModel: "a \"b\"\\\u{1}é", revision: "main")
    let attached = try LoRA(configuration).attach(to: model, key: RandomKey(seed: 0))
    let folder = try AdapterFolder()
    try attached.files().write(to: folder.url)
    let again = try PEFTMethods.read(folder.url, for: model)
    #expect(try again.files().configuration == attached.files().configuration)
    #expect(again.parameters.map(\.key) == attached.parameters.map(\.key))
  }

  @Test func halfPrecisionIsWidened() throws {
    let folder = try AdapterFolder()
    let model = try AdapterFolder.base()
    try folder.files.write(to: folder.url)
    for type in [ElementType.bfloat16, .float16] {
      let outputs = folder.files.tensors.map { TensorOutput($0.key, $0.value, as: type) }
      try SafetensorsWriter.write(outputs, to: folder.weightsURL)
      let attached = try PEFTMethods.read(folder.url, for: model)
      let value = try #require(attached.parameters.first).trainable.value
      let exact = try #require(folder.files.tensors[attached.parameters[0].key ?? ""])
      // bf16 keeps 8 bits of numbers below 1/8.
      #expect(difference(value.elements, exact.elements) < 1e-3)
    }
  }

  @Test func anotherBaseIsRefused() throws {
    let wide = StubModel.llama(
      layers: 2, width: 96, keys: 32, feedForward: 80, vocabulary: 340, isTied: false)
    let deep = StubModel.llama(
      layers: 3, width: 64, keys: 32, feedForward: 80, vocabulary: 340, isTied: false)
    let shallow = StubModel.llama(
      layers: 1, width: 64, keys: 32, feedForward: 80, vocabulary: 340, isTied: false)
    let folder = try AdapterFolder()
    let shape = #expect(throws: PEFTFault.self) { try folder.read(for: wide) }
    guard case .shape(_, Self.key, [4, 96], [4, 64], "models/llama") = shape else {
      Issue.record("\(String(describing: shape))")
      return
    }
    let missing = #expect(throws: PEFTFault.self) { try folder.read(for: deep) }
    guard case .missingTensor(_, let name, _) = missing else {
      Issue.record("\(String(describing: missing))")
      return
    }
    #expect(name.contains("layers.2"))
    let surplus = #expect(throws: PEFTFault.self) { try folder.read(for: shallow) }
    guard case .surplusTensors(_, let names, _) = surplus else {
      Issue.record("\(String(describing: surplus))")
      return
    }
    #expect(names.count == 4 && names.allSatisfy { $0.contains("layers.1") })
    #expect(throws: PEFTFault.self) { try folder.read(for: StubModel.bert(layers: 2)) }
  }

  @Test func anotherVocabularyIsRefused() throws {
    let folder = try AdapterFolder(.tables)
    let model = StubModel.llama(
      layers: 2, width: 64, keys: 32, feedForward: 80, vocabulary: 341, isTied: false)
    let fault = #expect(throws: PEFTFault.self) { try folder.read(for: model) }
    guard case .shape(_, _, let wanted, let got, _) = fault else {
      Issue.record("\(String(describing: fault))")
      return
    }
    #expect(wanted.contains(341) && got.contains(340))
    // The table alone, beside an adapter that does not touch it.
    var plain = try AdapterFolder()
    plain.files.tensors["base_model.model.model.embed_tokens.weight"] = Tensor(
      [341, 64], [Float](repeating: 0, count: 341 * 64))
    #expect(throws: PEFTFault.self) { try plain.read(for: AdapterFolder.base()) }
  }

  /// Peft saves tables of the base that it changed; they hold, and they are saved again.
  @Test func aChangedTableHolds() throws {
    let run = GoldenRun.small
    let model = try Llama(folder: run.modelFolder)
    let name = "base_model.model.model.embed_tokens.weight"
    var folder = try AdapterFolder()
    let table = try #require(model.outline.parameter(named: "model.embed_tokens.weight")).tensor
    folder.files.tensors[name] = table
    let same = try folder.read(for: model.outline)
    #expect(same.adapter.parameters.isEmpty)
    #expect(try same.files().tensors[name] == nil)
    let plain = try LoRAContractTests.logits(model, same.adapter)
    folder.files.tensors[name] = Tensor(table.shape, table.elements.map { $0 * 2 })
    let other = try folder.read(for: model.outline)
    #expect(try LoRAContractTests.logits(model, other.adapter) != plain)
    #expect(try other.files().tensors[name] != nil)
    #expect(other.parameters.count == same.parameters.count)
  }

  @Test func spoiledTensorsAreRefused() throws {
    let model = try AdapterFolder.base()
    var folder = try AdapterFolder()
    folder.files.tensors["base_model.model.model.layers.0.self_attn.q_proj.lora_A.wieght"] =
      folder.files.tensors.removeValue(forKey: Self.key)
    let fault = #expect(throws: PEFTFault.self) { try folder.read(for: model) }
    #expect(fault?.diagnosis.hint?.contains("wieght") == true)
    for value in [Float.nan, .infinity] {
      var broken = try AdapterFolder()
      var elements = try #require(broken.files.tensors[Self.key]).elements
      elements[7] = value
      broken.files.tensors[Self.key] = Tensor([4, 64], elements)
      #expect(throws: PEFTFault.notFinite(path: broken.url.path, name: Self.key)) {
        try broken.files.write(to: broken.url)
      }
      #expect(!FileManager.default.fileExists(atPath: broken.weightsURL.path))
      try AdapterFolder().files.write(to: broken.url)
      let outputs = broken.files.tensors.map { TensorOutput($0.key, $0.value) }
      try SafetensorsWriter.write(outputs, to: broken.weightsURL)
      #expect(throws: PEFTFault.notFinite(path: broken.weightsURL.path, name: Self.key)) {
        try PEFTMethods.read(broken.url, for: model)
      }
    }
    let whole = try AdapterFolder()
    try whole.files.write(to: whole.url)
    try SafetensorsWriter.write(
      [TensorOutput(Self.key, shape: [4], integers: [1, 2, 3, 4])], to: whole.weightsURL)
    #expect(throws: PEFTFault.notFloat(path: whole.weightsURL.path, name: Self.key)) {
      try PEFTMethods.read(whole.url, for: model)
    }
  }

  @Test func missingAndPickledFilesAreNamed() throws {
    let model = try AdapterFolder.base()
    let folder = try AdapterFolder()
    #expect(throws: PEFTFault.file(.missing(path: folder.configurationURL.path))) {
      try PEFTMethods.read(folder.url, for: model)
    }
    try folder.files.write(to: folder.url)
    try FileManager.default.removeItem(at: folder.weightsURL)
    #expect(throws: PEFTFault.tensors(.file(.missing(path: folder.weightsURL.path)))) {
      try PEFTMethods.read(folder.url, for: model)
    }
    try folder.folder.write("pickle", to: "adapter_model.bin")
    let fault = #expect(throws: PEFTFault.self) { try PEFTMethods.read(folder.url, for: model) }
    #expect(fault?.diagnosis.what.contains("pickled") == true)
  }

  /// Cut anywhere in the settings or in the header of the tensors, and at places in the data.
  @Test func truncatedFilesAreRefused() throws {
    let model = try AdapterFolder.base()
    let folder = try AdapterFolder()
    try folder.files.write(to: folder.url)
    let header = try SafetensorsFile(folder.weightsURL).headerBytes.count
    for (url, places) in [
      (folder.configurationURL, 0...), (folder.weightsURL, 0...header + 64),
    ] as [(URL, any RangeExpression<Int>)] {
      let whole = try Data(contentsOf: url)
      for length in 0..<whole.count - 2 where places.contains(length) || length % 997 == 0 {
        try whole.prefix(length).write(to: url)
        #expect(throws: PEFTFault.self, "\(url.lastPathComponent) cut to \(length)") {
          try PEFTMethods.read(folder.url, for: model)
        }
      }
      try whole.write(to: url)
    }
  }

  /// A flipped byte may give another valid adapter, but never a trap.
  @Test func flippedBytesNeverTrap() throws {
    let model = try AdapterFolder.base()
    let folder = try AdapterFolder()
    try folder.files.write(to: folder.url)
    for (url, last) in [(folder.configurationURL, 700), (folder.weightsURL, 900)] {
      let whole = try Data(contentsOf: url)
      for place in stride(from: 0, to: min(last, whole.count), by: 3) {
        var spoiled = whole
        spoiled[place] ^= UInt8(truncatingIfNeeded: 1 << (place % 8))
        try spoiled.write(to: url)
        _ = try? PEFTMethods.read(folder.url, for: model)
      }
      try whole.write(to: url)
    }
    #expect(try PEFTMethods.read(folder.url, for: model).parameters.count == 8)
  }
}
