// Random model folders: they read back, they repeat, and none is ever left half-written.
import AdaptGradients
import AdaptModels
import AdaptTensors
import AdaptTestSupport
import Foundation
import Testing

struct ModelFolderTests {
  private static let llama = """
    {"model_type": "llama", "hidden_size": 12, "num_hidden_layers": 2, "num_attention_heads": 3,
     "num_key_value_heads": 1, "intermediate_size": 10, "vocab_size": 21, "rope_scaling": null,
     "rms_norm_eps": 1e-06, "tie_word_embeddings": true, "attention_bias": true, "own": [1, "a"]}
    """
  private static let bert = """
    {"model_type": "bert", "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
     "intermediate_size": 6, "vocab_size": 11, "max_position_embeddings": 9, "type_vocab_size": 2
    """

  /// Writes a model of a config.json and opens its weights.
  private func made(
    _ fixture: BenchFixture, _ configuration: String, _ arguments: String...
  ) throws -> WeightFiles {
    let file = try fixture.folder.write(configuration, to: "in.json")
    let result = try fixture.run(["model", file, "--out", "out"] + arguments)
    try #require(result.status == 0, "\(result.errors)")
    #expect(try fixture.names == ["in.json", "out"])
    return try WeightFiles(folder: URL(fileURLWithPath: fixture.folder.path("out")))
  }

  private func shapes(_ files: WeightFiles) throws -> [String: [Int]] {
    try Dictionary(
      uniqueKeysWithValues: files.names.map { ($0, try files.file(holding: $0).info($0).shape) })
  }

  @Test func aLlamaFolderHasTheTensorsOfItsConfiguration() throws {
    let fixture = try BenchFixture()
    let files = try made(fixture, Self.llama)
    var wanted: [String: [Int]] = [
      "model.embed_tokens.weight": [21, 12], "model.norm.weight": [12],
    ]
    for layer in 0..<2 {
      let name = "model.layers.\(layer)."
      for (part, rows) in [("q", 12), ("k", 4), ("v", 4), ("o", 12)] {
        wanted[name + "self_attn.\(part)_proj.weight"] = [rows, 12]
        wanted[name + "self_attn.\(part)_proj.bias"] = [rows]
      }
      wanted[name + "mlp.gate_proj.weight"] = [10, 12]
      wanted[name + "mlp.up_proj.weight"] = [10, 12]
      wanted[name + "mlp.down_proj.weight"] = [12, 10]
      wanted[name + "input_layernorm.weight"] = [12]
      wanted[name + "post_attention_layernorm.weight"] = [12]
    }
    #expect(try shapes(files) == wanted)
    for name in files.names {
      let elements = try files.tensor(name).elements
      if name.hasSuffix("norm.weight") {
        #expect(elements.allSatisfy { $0 == 1 }, "\(name)")
      } else if name.hasSuffix("bias") {
        #expect(elements.allSatisfy { $0 == 0 }, "\(name)")
      } else {
        #expect(Set(elements).count > elements.count / 2, "\(name)")
      }
    }
  }

  @Test func whatIsWrittenKeepsTheConfigurationAndNamesItsType() throws {
    let fixture = try BenchFixture()
    _ = try made(fixture, Self.llama, "--dtype", "float16")
    let data = try Data(contentsOf: URL(fileURLWithPath: fixture.folder.path("out/config.json")))
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["hidden_size"] as? Int == 12)
    #expect(object["rms_norm_eps"] as? Double == 1e-6)
    #expect(object["rope_scaling"] is NSNull)
    #expect((object["own"] as? [Any])?.count == 2)
    #expect(object["dtype"] as? String == "float16")
    #expect(object["torch_dtype"] as? String == "float16")
  }

  @Test func anUntiedHeadIsATensorOfItsOwn() throws {
    let fixture = try BenchFixture()
    let untied = Self.llama.replacing("\"tie_word_embeddings\": true,", with: "\"head_dim\": 6,")
    let shapes = try shapes(try made(fixture, untied))
    #expect(shapes["lm_head.weight"] == [21, 12])
    #expect(shapes["model.layers.0.self_attn.q_proj.weight"] == [18, 12])
    #expect(shapes["model.layers.1.self_attn.o_proj.weight"] == [12, 18])
  }

  @Test(arguments: [
    ("}", "", ["pooler.dense.weight": [8, 8]], "qa_outputs.weight"),
    (
      ", \"architectures\": [\"BertForSequenceClassification\"], \"num_labels\": 5}", "bert.",
      ["classifier.weight": [5, 8], "bert.pooler.dense.bias": [8]], "qa_outputs.weight"
    ),
    (
      ", \"architectures\": [\"BertForQuestionAnswering\"]}", "bert.",
      ["qa_outputs.weight": [2, 8], "qa_outputs.bias": [2]], "bert.pooler.dense.weight"
    ),
  ])
  func aBertFolderRunsInItsArchitecture(
    end: String, prefix: String, wanted: [String: [Int]], absent: String
  ) throws {
    let fixture = try BenchFixture()
    let files = try made(fixture, Self.bert + end)
    let shapes = try shapes(files)
    for (name, shape) in wanted { #expect(shapes[name] == shape, "\(name)") }
    #expect(shapes[absent] == nil)
    #expect(shapes[prefix + "encoder.layer.0.intermediate.dense.weight"] == [6, 8])
    let configuration = try BertConfiguration(
      file: URL(fileURLWithPath: fixture.folder.path("out/config.json")))
    let hidden = try Bert(configuration, files).hidden(TokenBatch([[1, 2, 10], [0]]), in: Pass())
      .values.value
    #expect(hidden.shape == [4, 8])
    #expect(hidden.elements.allSatisfy { $0.isFinite })
  }

  @Test func theSeedDecidesEveryByte() throws {
    func bytes(_ seed: String, _ type: String = "float32") throws -> Data {
      let fixture = try BenchFixture()
      _ = try made(fixture, Self.llama, "--seed", seed, "--dtype", type)
      return try Data(
        contentsOf: URL(fileURLWithPath: fixture.folder.path("out/model.safetensors")))
    }
    let first = try bytes("1")
    #expect(try bytes("1") == first)
    #expect(try bytes("2") != first)
    #expect(try bytes("1", "bfloat16").count < first.count * 2 / 3)
  }

  @Test func theNumbersAreNormalWithTheUsualDeviation() throws {
    let fixture = try BenchFixture()
    let result = try fixture.run(["model", "llama-mini", "--out", "out"])
    try #require(result.status == 0, "\(result.errors)")
    let files = try WeightFiles(folder: URL(fileURLWithPath: fixture.folder.path("out")))
    let all = try files.names.filter { !$0.contains("norm") }.map {
      try files.tensor($0).elements.map(Double.init)
    }
    // No two tensors share their numbers.
    #expect(Set(all.map { $0[0] }).count == all.count)
    let values = all.flatMap { $0 }
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let deviation = (values.reduce(0) { $0 + $1 * $1 } / count).squareRoot()
    // Five standard errors of 75,000 numbers.
    #expect(abs(mean) < 5 * 0.02 / count.squareRoot())
    #expect(abs(deviation - 0.02) < 5 * 0.02 / (2 * count).squareRoot())
    #expect(Double(values.count { abs($0) < 0.02 }) / count > 0.66)
    #expect(values.allSatisfy { abs($0) < 0.07 })
  }

  @Test(arguments: ["bfloat16", "float16"])
  func narrowTypesAreTheRoundedNumbers(type: String) throws {
    let (wide, narrow) = (try BenchFixture(), try BenchFixture())
    let exact = try made(wide, Self.llama)
    let rounded = try made(narrow, Self.llama, "--dtype", type)
    let name = "model.layers.1.mlp.down_proj.weight"
    for (x, y) in zip(try exact.tensor(name).elements, try rounded.tensor(name).elements) {
      // Half a unit in the last place: 8 bits of fraction for bf16; 11 for f16 above 2^-14.
      #expect(abs(x - y) <= max(abs(x) * (type == "bfloat16" ? 0x1p-8 : 0x1p-11), 0x1p-25))
    }
    #expect(try exact.tensor(name).elements != rounded.tensor(name).elements)
  }

  @Test func onlyAModelFolderIsReplacedAndOnlyWhenForced() throws {
    let fixture = try BenchFixture()
    _ = try made(fixture, Self.llama, "--seed", "1")
    let file = URL(fileURLWithPath: fixture.folder.path("out/model.safetensors"))
    let first = try Data(contentsOf: file)
    let again = ["model", "in.json", "--out", "out", "--seed", "2"]
    #expect(try fixture.failure(again).contains("--force"))
    #expect(try Data(contentsOf: file) == first)
    #expect(try fixture.run(again + ["--force"]).status == 0)
    #expect(try Data(contentsOf: file) != first)
    #expect(try fixture.names == ["in.json", "out"])
    try fixture.folder.write("mine", to: "notes/a.txt")
    let notes = ["model", "in.json", "--out", "notes", "--force"]
    #expect(try fixture.failure(notes).contains("no model folder"))
    #expect(try fixture.names == ["in.json", "notes", "out"])
    #expect(FileManager.default.fileExists(atPath: fixture.folder.path("notes/a.txt")))
  }

  @Test func anInterruptedWritingLeavesNothing() throws {
    let fixture = try BenchFixture()
    let script = """
      "$0" model smol135 --out big > /dev/null & pid=$!
      for i in $(seq 2000); do [ -d big.$pid.partial ] && break; sleep 0.01; done
      [ -d big.$pid.partial ] && kill -TERM $pid
      wait $pid
      """
    let result = try Binary(path: "/bin/sh").run(
      ["-c", script, fixture.binary.path], in: URL(fileURLWithPath: fixture.folder.path))
    #expect(result.status == 2)
    #expect(result.errors.contains("stopped"))
    #expect(try fixture.names == [])
  }
}
