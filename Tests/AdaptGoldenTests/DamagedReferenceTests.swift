// The suite must see what is wrong: each test damages one thing in a copy and expects the miss, there and named.
import AdaptGoldenSuite
import AdaptTensors
import Foundation
import Testing

struct DamagedNumberTests {
  /// One number of the reference, moved by a thousandth of its tensor's size.
  struct Damage: Sendable, CustomTestStringConvertible {
    let parts: [String]
    let file: String
    let tensor: String
    let index: Int
    let move: Float
    let miss: String
    var testDescription: String { "\(file) \(tensor)[\(index)]" }
  }

  static let models: [Damage] = [
    ("llama", "right.logits", 100, 5e-3, "right logits"),
    ("llama", "left.logits", 2, 5e-3, "left logits"),
    ("llama", "right.hidden_states.1", 7, 2e-3, "right hidden states"),
    ("llama", "right.token_logprobs", 3, 5e-3, "right token_logprobs"),
    ("llama", "left.loss", 0, 5e-3, "left loss"),
    ("bert", "anchor.hidden_states.2", 9, 2e-3, "anchor hidden states"),
    ("bert", "left.last_hidden_state", 479, 2e-3, "left hidden states"),
    ("bert", "positive.sentence_embedding", 41, 1e-3, "positive vectors"),
    ("bert", "anchor.pooler_output", 1, 1e-3, "anchor vectors"),
    ("bert", "scores", 5, 1e-2, "scores"),
    ("bert", "loss", 0, 1e-3, "loss"),
    ("bert_cls", "logits", 4, 1e-3, "logits"),
    ("bert_cls", "hidden_states.0", 40, 2e-3, "hidden states"),
    ("bert_qa", "end_logits", 1, 1e-3, "logits"),
    ("bert_qa", "loss", 0, 2e-3, "loss"),
  ].map { model, tensor, index, move, miss in
    Damage(
      parts: ["models/" + model], file: "models/\(model)/golden.safetensors", tensor: tensor,
      index: index, move: move, miss: "models/\(model): \(miss)")
  }

  static let adapters: [Damage] = [
    ("golden.safetensors", "logits", 11, 5e-3, "logits"),
    ("golden.safetensors", "loss", 0, 5e-3, "loss"),
    (
      "golden.safetensors",
      "grad.base_model.model.model.layers.1.self_attn.v_proj.lora_A.weight", 3, 2e-4, "gradients"
    ),
    ("golden.safetensors", "losses", 9, 5e-3, "losses"),
    ("golden.safetensors", "after.logits", 300, 5e-3, "after logits"),
    (
      "golden.safetensors", "merged.model.layers.1.self_attn.q_proj.weight", 20, 1e-4,
      "merged weights"
    ),
    ("golden.safetensors", "merged_model.logits", 1, 5e-3, "merged logits"),
    (
      "adapter_step10/adapter_model.safetensors",
      "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight", 8, 1e-4, "step-10 adapter"
    ),
  ].map { file, tensor, index, move, miss in
    Damage(
      parts: ["models/llama", "peft/llama"], file: "peft/llama/lora_small/" + file, tensor: tensor,
      index: index, move: move, miss: "peft/llama/lora_small: \(miss)")
  }

  static let others: [Damage] = [
    ("golden.safetensors", "adamw.bias", 70, 1e-3, "optim/adamw: bias"),
    ("golden.safetensors", "adamw.loss", 19, 1e-2, "optim/adamw: loss"),
  ].map { file, tensor, index, move, miss in
    Damage(
      parts: ["optim"], file: "optim/" + file, tensor: tensor, index: index, move: move, miss: miss)
  }

  @Test(arguments: models + adapters + others)
  func oneNumberIsSeen(damage: Damage) throws {
    let copy = try GoldenCopy(damage.parts)
    try copy.edit(damage.file, damage.tensor, at: damage.index) { $0 + damage.move }
    let results = try copy.run()
    #expect(results.misses == [damage.miss], "\(results.lines)")
    #expect(results.lines.contains(damage.tensor), "\(results.lines)")
  }

  /// A gradient of every kind of parameter.
  @Test(arguments: [
    "lm_head.weight", "model.embed_tokens.weight", "model.layers.0.input_layernorm.weight",
    "model.layers.1.self_attn.k_proj.weight", "model.norm.weight",
  ])
  func oneGradientIsSeen(name: String) throws {
    let copy = try GoldenCopy(["models/llama"])
    try copy.edit("models/llama/grads.safetensors", name, at: 3) { $0 + 1e-4 }
    let results = try copy.run()
    #expect(results.misses == ["models/llama: gradients"], "\(results.lines)")
    #expect(results.lines.contains(name + "["))
  }

  @Test func oneTokenAndOneByteAreSeen() throws {
    let copy = try GoldenCopy(["models/llama", "quant/nf4.safetensors", "quant/golden.json"])
    try copy.replace("\"qlora\"", with: "\"qlora (left out)\"", in: "quant/golden.json")
    try copy.edit(
      "models/llama/golden.safetensors", "generate.1.new_ids", at: 20, as: Int64.self
    ) { $0 ^ 1 }
    try copy.edit("quant/nf4.safetensors", "double64.packed", at: 77, as: UInt8.self) { $0 ^ 1 }
    try copy.edit("quant/nf4.safetensors", "plain128.absmax", at: 7) { $0.nextUp }
    let results = try copy.run()
    #expect(
      results.misses == [
        "models/llama: generate.1", "quant/double64: codes", "quant/plain128: scales",
      ], "\(results.lines)")
  }

  /// What stands at padding is nobody's promise.
  @Test func paddingIsNotCompared() throws {
    let copy = try GoldenCopy(["models/bert_cls"])
    let last = 2 * 12 * 48 - 1
    try copy.edit("models/bert_cls/golden.safetensors", "hidden_states.1", at: last) { $0 + 1 }
    #expect(try copy.run().misses.isEmpty)
  }

  @Test func numbersThatAreNotFiniteFail() throws {
    let copy = try GoldenCopy(["models/bert_cls"])
    try copy.edit("models/bert_cls/golden.safetensors", "logits", at: 2) { _ in .nan }
    #expect(try copy.run().misses == ["models/bert_cls: logits"])
  }
}

/// Damage to what the product reads: a model that computes something slightly else.
struct DamagedModelTests {
  @Test(arguments: [
    ("llama", "model.layers.1.self_attn.o_proj.weight"),
    ("llama", "model.layers.0.mlp.up_proj.weight"),
    ("llama", "model.layers.0.input_layernorm.weight"),
    ("qwen2", "model.layers.1.self_attn.v_proj.bias"),
    ("qwen3", "model.layers.0.self_attn.k_norm.weight"),
    ("gpt2", "transformer.wpe.weight"),
    ("gemma2", "model.layers.1.post_feedforward_layernorm.weight"),
    ("phi3", "model.layers.0.mlp.gate_up_proj.weight"),
    ("bert", "encoder.layer.0.attention.self.value.bias"),
    ("bert", "encoder.layer.1.output.LayerNorm.bias"), ("bert", "pooler.dense.bias"),
    ("bert_cls", "classifier.bias"), ("bert_qa", "bert.encoder.layer.1.intermediate.dense.bias"),
  ])
  func oneWeightLessIsSeen(model: String, tensor: String) throws {
    let copy = try GoldenCopy(["models/" + model])
    try copy.edit("models/\(model)/model.safetensors", tensor, at: 2) { _ in 0 }
    let misses = try copy.run().misses
    #expect(misses.contains("models/\(model): gradients"), "\(misses)")
    #expect(misses.contains { $0.hasSuffix("loss") }, "\(misses)")
    #expect(!misses.contains("models/\(model): parameters"), "\(misses)")
  }

  /// Formulas by their constants: base of the rotation, what a norm adds, the function between products.
  @Test(arguments: [
    ("llama", "\"rope_theta\": 10000.0", "\"rope_theta\": 10100.0"),
    ("llama", "\"rms_norm_eps\": 1e-05", "\"rms_norm_eps\": 5e-05"),
    ("mistral", "\"sliding_window\": 4", "\"sliding_window\": 5"),
    ("gemma2", "\"sliding_window\": 4", "\"sliding_window\": 3"),
    ("gemma2", "\"query_pre_attn_scalar\": 24", "\"query_pre_attn_scalar\": 25"),
    ("gemma2", "\"attn_logit_softcapping\": 2.0", "\"attn_logit_softcapping\": 2.1"),
    ("qwen3", "\"rope_theta\": 1000000.0", "\"rope_theta\": 900000.0"),
    ("gpt2", "\"activation_function\": \"gelu_new\"", "\"activation_function\": \"gelu\""),
    ("bert", "\"hidden_act\": \"gelu\"", "\"hidden_act\": \"relu\""),
    ("bert_cls", "\"layer_norm_eps\": 1e-12", "\"layer_norm_eps\": 1e-4"),
  ])
  func anotherConstantIsSeen(model: String, old: String, new: String) throws {
    let copy = try GoldenCopy(["models/" + model])
    try copy.replace(old, with: new, in: "models/\(model)/config.json")
    let misses = try copy.run().misses
    #expect(misses.contains("models/\(model): configurations"), "\(misses)")
    #expect(misses.contains("models/\(model): gradients"), "\(misses)")
    #expect(misses.contains { $0.hasSuffix("hidden states") }, "\(misses)")
  }

  /// A recorded difference that is absurd does not open the bounds.
  @Test func aRecordedDifferenceDoesNotOpenTheBounds() throws {
    let copy = try GoldenCopy(["models/llama"])
    try copy.edit(
      "models/llama/model.safetensors", "model.layers.1.mlp.down_proj.weight", at: 0
    ) { $0 + 1e-2 }
    try copy.replace("4.198290066814714e-06", with: "42.0", in: "models/llama/golden.json")
    let misses = try copy.run().misses
    #expect(misses.contains("models/llama: right logits"), "\(misses)")
  }

  @Test func anotherRankScaleIsSeen() throws {
    let copy = try GoldenCopy(["models/llama", "peft/llama"])
    let path = "peft/llama/lora_small/adapter_init/adapter_config.json"
    try copy.replace("\"lora_alpha\": 8", with: "\"lora_alpha\": 8.01", in: path)
    let misses = try copy.run().misses
    for subject in ["logits", "gradients", "losses", "merged weights", "after logits"] {
      #expect(misses.contains("peft/llama/lora_small: \(subject)"), "\(misses)")
    }
  }

  @Test func anotherOptimiserIsSeen() throws {
    let copy = try GoldenCopy(["models/bert_cls", "peft/bert_cls"])
    try copy.replace(
      "\"weight_decay\": 0.01", with: "\"weight_decay\": 0.03",
      in: "peft/bert_cls/lora_small/golden.json")
    let misses = try copy.run().misses
    #expect(misses.contains("peft/bert_cls/lora_small: step-10 adapter"), "\(misses)")
    #expect(!misses.contains("peft/bert_cls/lora_small: gradients"), "\(misses)")
  }
}

/// Files that are gone, cut or of something unknown.
struct DamagedFolderTests {
  @Test(arguments: [
    "models/llama/golden.safetensors", "models/llama/golden.json", "models/llama/config.json",
    "models/llama/model.safetensors", "models/llama/grads.safetensors",
    "models/llama/config_v4.json", "peft/llama/batches.safetensors",
    "peft/llama/lora_small/golden.json", "peft/llama/lora_small/golden.safetensors",
    "peft/llama/lora_small/adapter_init/adapter_config.json",
    "peft/llama/lora_small/adapter_init/adapter_model.safetensors",
    "peft/llama/lora_small/adapter_step10/adapter_model.safetensors",
  ])
  func aFileThatIsGoneOrCutFails(path: String) throws {
    let home = path.split(separator: "/").dropLast().prefix(3).joined(separator: "/")
    let copy = try GoldenCopy(["models/llama", "peft/llama"])
    try copy.cut(path, to: 0.5)
    #expect(try copy.run().misses.contains { $0.hasPrefix(home) }, "cut")
    try copy.remove(path)
    let results = try copy.run()
    #expect(results.misses.contains { $0.hasPrefix(home) }, "gone")
    #expect(GoldenSummary(results).status == 1)
  }

  /// Files of a case that is not implemented, and whole cases, are missed by the manifest.
  @Test func theManifestKnowsWhatIsGone() throws {
    let copy = try GoldenCopy(["models", "peft", "optim", "decoding", "MANIFEST.json"])
    try copy.remove("decoding/golden.safetensors")
    try copy.remove("models/bert")
    let misses = try copy.run().misses
    #expect(misses.contains("decoding") && misses.contains("models/bert"), "\(misses)")
    #expect(misses.contains("quant") && misses.contains("tokenizers/wordpiece"), "\(misses)")
    #expect(!misses.contains { $0.hasPrefix("peft") || $0.hasPrefix("optim") }, "\(misses)")
  }

  @Test func unknownMethodsAndModelsAreListed() throws {
    let copy = try GoldenCopy(["models", "peft/llama"])
    try copy.copy("peft/llama/lora_small", to: "peft/llama/magic")
    try copy.replace("\"lora_small\"", with: "\"magic\"", in: "peft/llama/magic/golden.json")
    try copy.replace(
      "\"LORA\"", with: "\"MAGIC\"", in: "peft/llama/magic/adapter_init/adapter_config.json")
    try copy.copy("models/llama", to: "models/zamba")
    for file in ["config.json", "config_v4.json", "golden.json"] {
      try copy.replace("LlamaForCausalLM", with: "ZambaForCausalLM", in: "models/zamba/" + file)
    }
    for file in ["config.json", "config_v4.json"] {
      try copy.replace("\"llama\"", with: "\"zamba\"", in: "models/zamba/" + file)
    }
    try copy.copy("models/bert", to: "horoscopes")
    let results = try copy.run()
    #expect(results.misses.isEmpty, "\(results.lines)")
    #expect(
      results.filter(\.isNotImplemented).map(\.line) == [
        "not implemented: models/zamba: models of type zamba",
        "not implemented: peft/llama/magic: adapters of type MAGIC",
        "not implemented: horoscopes: nothing here knows this part of the references",
      ])
  }

  /// Values that would trap where nobody looks at them first.
  @Test func hostileValuesFail() throws {
    let copy = try GoldenCopy(["models/bert", "models/llama", "optim", "quant"])
    for place in 0..<12 {
      try copy.edit(
        "models/bert/golden.safetensors", "anchor.attention_mask", at: place, as: Int64.self
      ) { _ in 0 }
    }
    let golden = "models/llama/golden.safetensors"
    try copy.edit(golden, "right.position_ids", at: 3, as: Int64.self) { _ in -7 }
    try copy.edit(golden, "left.input_ids", at: 3, as: Int64.self) { _ in .max }
    try copy.edit(golden, "right.labels", at: 3, as: Int64.self) { _ in 1 << 40 }
    try copy.replace("\"steps\": 20", with: "\"steps\": -20", in: "optim/golden.json")
    try copy.replace(
      "\"int8_dynamic256\"", with: "\"int8_dynamic0\"", in: "quant/golden.json")
    try copy.replace("\"plain64\"", with: "\"plain-64\"", in: "quant/golden.json")
    let misses = try copy.run().misses
    for name in [
      "models/bert", "models/llama", "optim/adamw", "quant/int8_dynamic0", "quant/plain-64",
    ] {
      #expect(misses.contains { $0.hasPrefix(name) }, "\(name): \(misses)")
    }
  }

  /// A tensor that no comparison asks for is said.
  @Test func tensorsWithoutAComparisonAreListed() throws {
    let copy = try GoldenCopy(["models/bert_cls"])
    let place = copy.url("models/bert_cls/golden.safetensors")
    let file = try SafetensorsFile(place)
    var tensors = file.tensors.map { name, info in
      TensorOutput(
        name, type: info.type, shape: info.shape, bytes: Array(file.rawBytes(info)))
    }
    tensors.append(TensorOutput("attentions.0", Tensor([2], [0, 1])))
    try SafetensorsWriter.write(tensors, to: place)
    let results = try copy.run()
    #expect(results.misses.isEmpty, "\(results.lines)")
    #expect(
      results.filter(\.isNotImplemented).map(\.line) == [
        "not implemented: models/bert_cls, other tensors: nothing compares attentions.0"
      ])
  }
}
