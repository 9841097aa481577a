// Adapters of llama.cpp: names, shapes, scales and orders of rows, read back and compared with the update itself.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptSystem
import AdaptTensors
import AdaptTestSupport
import AdaptTokenizers
import Foundation
import Testing

struct GGUFAdapterTests {
  /// A tensor of the file.
  private func values(_ name: String, _ adapter: GGUFAdapter) throws -> Tensor {
    let header = try GGUFHeader(adapter.bytes)
    let tensor = try #require(header.tensors.first { $0.name == name }, "\(name)")
    #expect(tensor.type == 0)
    let shape = tensor.dimensions.reversed().map { Int($0) }
    let start = header.encoded().count + Int(tensor.offset)
    #expect(start % 32 == 0)
    let count = shape.reduce(1, *)
    let bytes = adapter.bytes[start..<start + 4 * count]
    let numbers = bytes.withUnsafeBytes { raw in
      (0..<count).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    return Tensor(shape, numbers)
  }

  /// `alpha / r · B A` of one pair, by the loops that llama.cpp's loader means.
  private func update(_ name: String, _ adapter: GGUFAdapter) throws -> [[Float]] {
    let (a, b) = (
      try values(name + ".lora_a", adapter).rowList, try values(name + ".lora_b", adapter).rowList
    )
    guard case .float32(let alpha) = adapter.header["adapter.lora.alpha"] else { return [] }
    let scale = alpha / Float(a.count)
    return b.map { row in
      a[0].indices.map { column in
        scale * row.indices.reduce(0) { $0 + row[$1] * a[$1][column] }
      }
    }
  }

  private static func configuration() -> LoRAConfiguration {
    var configuration = LoRAConfiguration(rank: 3, alpha: 6)
    configuration.initialisation = .random
    configuration.modules.targets = .allLinear
    configuration.isRankStabilised = true
    configuration.rankPattern = [".*0.*": 2]
    configuration.alphaPattern = [".*1.*": 5]
    return configuration
  }

  private static let modules = [
    "llama": [
      ("self_attn.q_proj", "attn_q"), ("self_attn.k_proj", "attn_k"),
      ("self_attn.v_proj", "attn_v"), ("self_attn.o_proj", "attn_output"),
      ("mlp.gate_proj", "ffn_gate"), ("mlp.up_proj", "ffn_up"), ("mlp.down_proj", "ffn_down"),
    ],
    "phi3": [
      ("self_attn.qkv_proj", "attn_qkv"), ("self_attn.o_proj", "attn_output"),
      ("mlp.gate_up_proj", "ffn_up"), ("mlp.down_proj", "ffn_down"),
    ],
    "gpt2": [
      ("attn.c_attn", "attn_qkv"), ("attn.c_proj", "attn_output"), ("mlp.c_fc", "ffn_up"),
      ("mlp.c_proj", "ffn_down"),
    ],
  ]

  @Test(arguments: ["llama", "mistral", "qwen2", "qwen3", "gemma2", "phi3", "gpt2"])
  func saysTheUpdateInItsNames(_ name: String) throws {
    let model = try TestModel.open(name).outline
    let attached = try LoRA(Self.configuration()).attach(to: model, key: RandomKey(seed: 4))
    let adapter = try GGUFAdapter(attached.files(), for: model)
    let isLlama = ["llama", "mistral"].contains(name)
    #expect(adapter.header["general.architecture"]?.text == (isLlama ? "llama" : name))
    #expect(adapter.header["general.type"]?.text == "adapter")
    #expect(adapter.header["adapter.type"]?.text == "lora")
    let pairs = try #require(Self.modules[name] ?? Self.modules["llama"])
    #expect(adapter.header.tensors.count == 2 * pairs.count * model.layers)
    for item in try attached.merged(into: model) {
      let path = item.parameter.path
      let (end, part) = try #require(pairs.first { path.hasSuffix($0.0 + ".weight") }, "\(path)")
      let layer = try #require(model.layerPaths.firstIndex { path == $0 + ".\(end).weight" })
      let isTransposed = item.parameter.isTransposed
      func rows(_ tensor: Tensor) -> [[Float]] {
        let rows = tensor.rowList
        guard isTransposed else { return rows }
        return rows[0].indices.map { column in rows.map { $0[column] } }
      }
      let (merged, base) = (rows(item.value), rows(item.parameter.tensor))
      var wanted = zip(merged, base).map { zip($0, $1).map { $0 - $1 } }
      if isLlama, ["attn_q", "attn_k"].contains(part) {
        wanted = Self.interleaved(wanted, headWidth: model.headWidth)
      }
      let got = try update("blk.\(layer).\(part).weight", adapter)
      #expect(got.count == wanted.count)
      // The difference of two weights near 1 is known to 1e-7.
      #expect(difference(got.flatMap { $0 }, wanted.flatMap { $0 }) < 2e-5, "\(path)")
      #expect(got.flatMap { $0 }.contains { abs($0) > 1e-3 })
    }
  }

  /// Halves of each head, one row of each in turn.
  private static func interleaved(_ rows: [[Float]], headWidth: Int) -> [[Float]] {
    var result: [[Float]] = []
    for first in stride(from: 0, to: rows.count, by: headWidth) {
      for j in 0..<headWidth / 2 {
        result += [rows[first + j], rows[first + headWidth / 2 + j]]
      }
    }
    return result
  }

  /// Without patterns nothing is rescaled: B is the trained one bit for bit.
  @Test func plainScalesStay() throws {
    let model = try TestModel.open("qwen2").outline
    var configuration = LoRAConfiguration(rank: 3, alpha: 7)
    configuration.initialisation = .random
    let attached = try LoRA(configuration).attach(to: model, key: RandomKey(seed: 4))
    let adapter = try GGUFAdapter(attached.files(), for: model)
    #expect(adapter.header["adapter.lora.alpha"] == .float32(7))
    let key = "base_model.model.model.layers.0.self_attn.v_proj.lora_B.weight"
    let own = try #require(try attached.files().tensors[key])
    #expect(try values("blk.0.attn_v.weight.lora_b", adapter).elements == own.elements)
  }

  @Test func theTableOfWordsLiesTheOtherWayRound() throws {
    let run = GoldenRun.tables
    let model = try run.open().outline
    let files = try AdapterFiles(reading: run.end)
    let adapter = try GGUFAdapter(files, for: model)
    let key = try #require(
      files.tensors.keys.first { $0.hasSuffix("embed_tokens.lora_embedding_A") })
    let own = try #require(files.tensors[key])
    let stored = try values("token_embd.weight.lora_a", adapter)
    #expect(stored.shape == own.shape.reversed())
    #expect(stored.rowList.map { $0[0] } == own.rowList[0])
    #expect(try values("token_embd.weight.lora_b", adapter).shape == [model.width, own.shape[0]])
    #expect(adapter.header.tensors.contains { $0.name == "output.weight.lora_a" })
  }

  @Test func otherFormsBecomePlainFirst() throws {
    let model = try TestModel.open("llama")
    for name in ["adalora", "vera", "pissa"] {
      let sample = try #require(MethodSample.all.first { $0.name == name })
      let adapter = try GGUFAdapter(model.attach(sample).files(), for: model.outline)
      #expect(adapter.header.tensors.count == 2 * 2 * model.outline.layers, "\(name)")
    }
  }

  @Test func isWrittenWhole() throws {
    let model = try TestModel.open("gpt2").outline
    let attached = try LoRA(Self.configuration()).attach(to: model, key: RandomKey(seed: 4))
    let folder = try TemporaryFolder()
    let url = URL(fileURLWithPath: folder.path("adapter.gguf"))
    let adapter = try GGUFAdapter(attached.files(), for: model)
    try adapter.write(to: url)
    #expect(try GGUFHeader(contentsOf: url) == adapter.header)
    #expect(try Data(contentsOf: url) == Data(adapter.bytes))
  }

  // MARK: What such a file cannot hold

  private func refusal(_ attached: any AttachedAdapter, _ model: ModelOutline) throws -> String {
    let fault = #expect(throws: PEFTFault.self) { try GGUFAdapter(attached.files(), for: model) }
    let diagnosis = try #require(fault?.diagnosis)
    return diagnosis.what + " / " + (diagnosis.hint ?? "")
  }

  @Test func whatIsNoProductIsRefused() throws {
    let model = try TestModel.open("llama")
    for name in ["dora", "ia3", "oft"] {
      let sample = try #require(MethodSample.all.first { $0.name == name })
      let text = try refusal(model.attach(sample), model.outline)
      #expect(text.contains("cannot become an adapter of llama.cpp"), "\(name)")
      #expect(text.contains("adapt merge"), "\(name)")
    }
  }

  @Test func trainedPartsOfTheModelAreRefused() throws {
    let qwen = try TestModel.open("qwen2").outline
    var biased = LoRAConfiguration(rank: 2, alpha: 2)
    biased.bias = .ofTargets
    #expect(
      try refusal(LoRA(biased).attach(to: qwen, key: RandomKey(seed: 1)), qwen).contains("bias"))
    let llama = try TestModel.open("llama").outline
    var saved = LoRAConfiguration(rank: 2, alpha: 2)
    saved.modules.saved = ["lm_head"]
    #expect(
      try refusal(LoRA(saved).attach(to: llama, key: RandomKey(seed: 1)), llama)
        .contains("lm_head"))
  }

  @Test func tiedTablesAreRefused() throws {
    let model = try TestModel.open("gpt2").outline
    var configuration = LoRAConfiguration(rank: 2, alpha: 2)
    configuration.modules.targets = .some(.names(["wte"]))
    let attached = try LoRA(configuration).attach(to: model, key: RandomKey(seed: 1))
    #expect(try refusal(attached, model).contains("shares its weight"))
    configuration.modules.targets = .some(.names(["wpe"]))
    let positions = try LoRA(configuration).attach(to: model, key: RandomKey(seed: 1))
    #expect(try refusal(positions, model).contains("wpe"))
  }

  @Test func otherModelsAreRefused() throws {
    let model = try TestModel.open("bert_cls")
    let sample = try #require(MethodSample.all.first { $0.name == "lora" })
    #expect(try refusal(model.attach(sample), model.outline).contains("`bert`"))
  }
}
