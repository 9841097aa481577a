import AdaptGradients
import AdaptModels
import AdaptPEFT
// Methods of AdapterHub: their sizes on a large model, their gates, and what is refused.
import AdaptSystem
import AdaptTensors
import AdaptTestSupport
import Foundation
import Testing

struct AdapterHubTests {
  /// Trainable parameters on BERT-base without a head, as counted in the library.
  @Test func countsOfBertBase() throws {
    let outline = StubModel.bertBase()
    func count(_ method: any PEFTMethod) throws -> Int { try method.trainableCount(in: outline) }
    #expect(try count(Pfeiffer(BottleneckMethodConfiguration(.pfeiffer))) == 894_528)
    #expect(try count(Houlsby(BottleneckMethodConfiguration(.houlsby))) == 1_789_056)
    #expect(try count(MAM(MAMConfiguration())) == 22_493_984)
    #expect(try count(UniPELT(UniPELTConfiguration())) == 11_083_376)
    var flat = HubPrefixMethodConfiguration()
    flat.prefix.isFlat = true
    #expect(try count(HubPrefixTuning(flat)) == 552_960)
  }

  /// Gates that are open everywhere give the sum of the parts without gates.
  @Test func openGatesAreNoGates() throws {
    let model = try LoRAContractTests.llama()
    func adapter(isGated: Bool) throws -> any AttachedAdapter {
      var configuration = UniPELTConfiguration()
      (configuration.prefix.tokens, configuration.prefix.bottleneck) = (3, 5)
      // Without a gate alpha / r stands in its place.
      (configuration.lora.rank, configuration.lora.alpha) = (2, 2)
      configuration.prefix.isGated = isGated
      (configuration.bottleneck.isGated, configuration.lora.isGated) = (isGated, isGated)
      return try UniPELT(configuration).attach(to: model.outline, key: RandomKey(seed: 4))
    }
    let (open, plain) = (try adapter(isGated: true), try adapter(isGated: false))
    let values = Dictionary(
      uniqueKeysWithValues: open.parameters.map { ($0.key ?? "", $0.trainable) })
    for (key, trainable) in values where key.contains("gate") {
      let isBias = key.hasSuffix("bias")
      trainable.update(
        to: Tensor(
          trainable.shape,
          [Float](repeating: isBias ? 40 : 0, count: trainable.shape.reduce(1, *))))
    }
    for (number, parameter) in plain.parameters.enumerated() {
      let own = try #require(values[parameter.key ?? ""])
      let noise = RandomKey(seed: 9, site: UInt16(number)).normal(own.shape, deviation: 0.1)
      own.update(to: noise)
      parameter.trainable.update(to: noise)
    }
    let ours = try LoRAContractTests.logits(model, open.adapter)
    #expect(difference(ours, try LoRAContractTests.logits(model, plain.adapter)) < 1e-5)
  }

  @Test func eachFolderIsReadByItsMethod() throws {
    let hub = AdapterSample.all.filter { $0.model == .bert }
    for sample in hub {
      let attached = try sample.attach(to: sample.model.open().outline)
      let files = try attached.files()
      #expect(try PEFTMethods.method(of: files).name == attached.method)
      #expect(PEFTMethods.all.count { $0.reads(files) } == 1, "\(sample)")
    }
  }

  /// The head of the task lies in a file of its own, and its absence means the model's head.
  @Test func headsAreKeptApart() throws {
    let model = try GoldenRun.biases.open()
    let attached = try Pfeiffer(BottleneckMethodConfiguration(.pfeiffer))
      .attach(to: model.outline, key: RandomKey(seed: 1))
    let head = try #require(attached.parameters.first { $0.key == "classifier.bias" }).trainable
    head.update(to: Tensor([3], [1, 2, 3]))
    let folder = try TemporaryFolder()
    let url = URL(fileURLWithPath: folder.path)
    try attached.files().write(to: url)
    func bias() throws -> [Float]? {
      try PEFTMethods.read(url, for: model.outline).parameters
        .first { $0.key == "classifier.bias" }?.trainable.value.elements
    }
    #expect(try bias() == [1, 2, 3])
    try FileManager.default.removeItem(at: url.appendingPathComponent("model_head.safetensors"))
    #expect(
      try bias() == model.outline.parameter(named: "classifier.bias")?.tensor.elements)
  }

  @Test func unusableSettingsAreNamed() throws {
    let outline = try GoldenRun.biases.open().outline
    let files = try Pfeiffer(BottleneckMethodConfiguration(.pfeiffer))
      .attach(to: outline, key: RandomKey(seed: 1)).files()
    func key(_ name: String, _ value: JSONValue, isOuter: Bool = false) -> String? {
      var files = files
      if isOuter {
        files.configuration[name] = value
      } else if case .object(var config) = files.configuration["config"] {
        config[name] = value
        files.configuration["config"] = .object(config)
      }
      do throws(PEFTFault) {
        _ = try PEFTMethods.method(of: files).read(files, for: outline)
        return nil
      } catch {
        if case .setting(_, let key, _, _, _) = error { return key }
        return "\(error)"
      }
    }
    #expect(key("reduction_factor", .number(0)) == "reduction_factor")
    #expect(key("non_linearity", .string("reluu")) == "non_linearity")
    #expect(key("ln_after", .boolean(true)) == "ln_after")
    #expect(key("stochastic_depth", .number(0.1)) == "stochastic_depth")
    #expect(key("scaling", .string("much")) == "scaling")
    #expect(key("redction_factor", .integer(2)) == "redction_factor")
    #expect(key("output_adapter", .boolean(false)) == "output_adapter")
    #expect(key("hidden_size", .integer(5), isOuter: true) == "hidden_size")
    #expect(key("name", .string(""), isOuter: true) == "name")
    guard let part = files.configuration["config"] else { return }
    let twice = JSONValue.object([
      "architecture": .string("union"), "configs": .array([part, part]),
    ])
    #expect(key("config", twice, isOuter: true) == "configs")
  }

  /// A projection that a model does not have alone is named.
  @Test func fusedProjectionsAreRefused() throws {
    var model = StubModel(architecture: "gpt2", layers: 1)
    model.table("transformer.wte", 10, 8)
    model.linear("transformer.h.0.attn.c_attn", 8, 24, layer: 0, hasBias: true)
    do throws(PEFTFault) {
      _ = try UniPELT(UniPELTConfiguration()).trainableCount(in: model.outline)
      Issue.record("there is no query")
    } catch {
      guard case .setting(_, "attn_matrices", _, _, _) = error else { throw error }
    }
  }
}
