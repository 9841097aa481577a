// config.json of Llama decoders: both spellings, what is absent, and everything that must be refused.
import AdaptModels
import AdaptSystem
import AdaptTensors
import Foundation
import Testing

struct LlamaConfigurationTests {
  @Test(arguments: ["llama", "llama3", "llama_linear", "llama_yarn"])
  func bothSpellingsSayTheSame(model: String) throws {
    let folder = ModelFixtures.folder.appendingPathComponent("configurations/\(model)")
    let new = try LlamaConfiguration(file: folder.appendingPathComponent("config.json"))
    let old = try LlamaConfiguration(file: folder.appendingPathComponent("config_v4.json"))
    #expect(new == old)
    // The numbers of parameters that the reference library counts in these models.
    let counts = ["llama": 99_136, "llama3": 52_464, "llama_linear": 29_472, "llama_yarn": 28_192]
    #expect(new.parameters == counts[model])
  }

  @Test func readsEveryKey() throws {
    let folder = ModelFixtures.folder.appendingPathComponent("configurations/llama3")
    let c = try LlamaConfiguration(file: folder.appendingPathComponent("config.json"))
    #expect(c.vocabulary == 320 && c.width == 48 && c.layers == 2 && c.feedForward == 80)
    #expect(c.heads == 4 && c.keyValueHeads == 2 && c.headWidth == 12 && c.positions == 128)
    #expect(c.epsilon == 1e-5 && c.nonlinearity == .silu && c.isTied)
    #expect(!c.hasAttentionBias && !c.hasFeedForwardBias && c.attentionDropout == 0)
    #expect(c.special == SpecialNumbers(begin: 315, ends: [319], padding: 316))
    #expect(c.head == .causalLanguageModel && c.elementType == .float32)
    #expect(
      c.rotary
        == RotarySettings(
          base: 500_000,
          scaling: .llama3(.init(factor: 8, lowTurns: 1, highTurns: 4, original: 16))))
  }

  @Test func absentKeysTakeTheDefaultsOfTheReference() throws {
    let c = try read("{}")
    #expect(c.keyValueHeads == 4 && c.headWidth == 16 && c.epsilon == 1e-6 && !c.isTied)
    #expect(c.rotary == RotarySettings(base: 10_000) && c.elementType == nil)
    #expect(c.special == SpecialNumbers(begin: 1, ends: [2], padding: nil))
    #expect(c.classifier == ClassifierSettings(labels: ["LABEL_0", "LABEL_1"]))
    try #expect(read(#"{"vocab_size": 340.0}"#).vocabulary == 340)
    try #expect(read(#"{"vocab_size": 1}"#).special == SpecialNumbers())
    try #expect(read(#"{"bos_token_id": null, "eos_token_id": null}"#).special == SpecialNumbers())
  }

  @Test func readsListsAliasesAndHeads() throws {
    let c = try read(
      #"""
      {"eos_token_id": [5, 7], "hidden_act": "swish", "attention_bias": true, "mlp_bias": true, "head_dim": 20,
       "num_attention_heads": 6, "num_key_value_heads": 3, "torch_dtype": "torch.bfloat16",
       "architectures": ["LlamaForSequenceClassification"], "attention_dropout": 0.25,
       "id2label": {"0": "no", "1": "yes", "2": "perhaps"}, "problem_type": "multi_label_classification"}
      """#)
    #expect(c.special.ends == [5, 7] && c.hasAttentionBias && c.hasFeedForwardBias)
    #expect(c.headWidth == 20 && c.heads == 6 && c.keyValueHeads == 3)
    #expect(c.elementType == .bfloat16 && c.head == .sequenceClassification)
    #expect(c.attentionDropout == 0.25)
    #expect(
      c.classifier == ClassifierSettings(labels: ["no", "yes", "perhaps"], problem: .multiLabel))
    try #expect(read(#"{"architectures": ["LlamaModel"]}"#).head == .bare)
    try #expect(read(#"{"architectures": null}"#).head == nil)
    try #expect(read(#"{"architectures": []}"#).head == nil)
  }

  @Test func bothSpellingsTogetherMustAgree() throws {
    let c = try read(
      #"""
      {"rope_theta": 20000, "rope_scaling": {"type": "linear", "rope_type": "linear", "factor": 2},
       "rope_parameters": {"rope_type": "linear", "factor": 2.0, "rope_theta": 20000.0},
       "dtype": "float16", "torch_dtype": "float16"}
      """#)
    #expect(c.rotary == RotarySettings(base: 20_000, scaling: .linear(factor: 2)))
    #expect(c.elementType == .float16)
    // An empty object and null say nothing.
    for nothing in ["{}", "null"] {
      try #expect(
        read(#"{"rope_theta": 3e4, "rope_parameters": \#(nothing), "rope_scaling": null}"#).rotary
          == RotarySettings(base: 30_000))
    }
  }

  @Test func neutralSettingsOfRelativesAreAccepted() throws {
    // As the configuration of SmolLM2-135M has them, and a window longer than the context.
    _ = try read(
      #"""
      {"rope_interleaved": false, "is_llama_config": true, "transformers.js_config": {}, "use_cache": true,
       "pretraining_tp": 1, "sliding_window": 128, "partial_rotary_factor": 1.0, "residual_multiplier": 1,
       "layer_types": ["full_attention"], "final_logit_softcapping": null, "unknown": [1, {"a": 2}],
       "quantization_config": {"quant_method": "bitsandbytes", "load_in_4bit": true, "bnb_4bit_quant_type": "nf4"}}
      """#)
    _ = try read(#"{"sliding_window": 16, "use_sliding_window": false}"#)
  }

  /// The model whose published text is beside it: configuration and weights are of one size.
  @Test func theStoriesFixtureIsWhole() throws {
    let folder = ModelFixtures.folder.appendingPathComponent("stories260K")
    let c = try LlamaConfiguration(file: folder.appendingPathComponent("config.json"))
    let files = try WeightFiles(folder: folder)
    let counts = try files.names.map { try files.file(holding: $0).info($0).shape.reduce(1, *) }
    #expect(counts.reduce(0, +) == c.parameters)
    #expect(c.isTied && c.keyValueHeads == 4 && c.headWidth == 8 && c.rotary == RotarySettings())
    #expect(c.special == SpecialNumbers(begin: 1, ends: [2]))
  }

  /// The largest sizes that are read: no product of them may overflow.
  @Test func theLargestSizesDoNotOverflow() throws {
    let c = try read(
      #"""
      {"vocab_size": 4000000, "hidden_size": 65536, "num_hidden_layers": 1024, "intermediate_size": 1048576,
       "max_position_embeddings": 67108864, "num_attention_heads": 4096, "head_dim": 4096,
       "rope_scaling": {"type": "yarn", "factor": 1000000}}
      """#)
    #expect(c.parameters > 0)
    #expect(RotaryPositions(c).limit == 67_108_864 * 1_000_000)
  }

  private func read(_ changes: String) throws -> LlamaConfiguration {
    try ConfigurationText.withFile(ConfigurationText.llama, changing: changes) {
      try LlamaConfiguration(file: $0)
    }
  }
}

/// What must be refused, each with words that its message must have.
struct LlamaConfigurationFaultTests {
  @Test(
    arguments: [
      (
        #"{"model_type": "lama"}"#,
        "llama or mistral or qwen2 or qwen3 or gemma2 or phi3 or smollm3, got `lama`"
      ),
      (#"{"model_type": 1}"#, "model_type"),
      (#"{"vocab_size": 0}"#, "`vocab_size` is out of range: wanted a whole number from 1"),
      (#"{"vocab_size": -1}"#, "got -1"), (#"{"vocab_size": 1.5}"#, "got 1.5"),
      (#"{"vocab_size": true}"#, "got true"), (#"{"vocab_size": "340"}"#, "got `340`"),
      (#"{"vocab_size": null}"#, "no `vocab_size`"), (#"{"vocab_size": [340]}"#, "a list of 1"),
      (#"{"vocab_size": 1e400}"#, "not JSON"),
      (#"{"vocab_size": 9223372036854775807}"#, "`vocab_size` is out of range"),
      (#"{"vocab_size": 9223372036854775808}"#, "`vocab_size` is out of range"),
      (#"{"vocab_size": 18446744073709551617}"#, "`vocab_size` is out of range"),
      (#"{"vocab_size": -1e300}"#, "`vocab_size` is out of range"),
      (#"{"vocab_size": NaN}"#, "not JSON"),
      (#"{"hidden_size": 4294967296}"#, "`hidden_size` is out of range"),
      (#"{"num_hidden_layers": 100000000}"#, "`num_hidden_layers` is out of range"),
      (#"{"max_position_embeddings": 1e18}"#, "`max_position_embeddings` is out of range"),
      (#"{"num_key_value_heads": 3}"#, "wanted a divisor of 4, got 3"),
      (#"{"num_attention_heads": 5}"#, "wanted a divisor of 64, got 5"),
      (#"{"num_attention_heads": 64}"#, "heads of 1 components"), (#"{"head_dim": 15}"#, "odd"),
      (#"{"head_dim": 0}"#, "`head_dim` is out of range"),
      (#"{"hidden_act": "gelu"}"#, "`hidden_act`"),
      (#"{"rms_norm_eps": -1e-5}"#, "`rms_norm_eps`"),
      (#"{"rms_norm_eps": "1e-5"}"#, "`rms_norm_eps`"),
      (#"{"tie_word_embeddings": 1}"#, "wanted true or false, got 1"),
      (#"{"attention_bias": "false"}"#, "true or false"), (#"{"attention_dropout": 1.5}"#, "1.5"),
      (#"{"bos_token_id": 340}"#, "wanted a whole number from 0 to 339, got 340"),
      (#"{"pad_token_id": -1}"#, "got -1"), (#"{"eos_token_id": [1, 400]}"#, "`eos_token_id`"),
      (#"{"eos_token_id": [true]}"#, "`eos_token_id`"),
      (#"{"eos_token_id": "2"}"#, "`eos_token_id`"),
      (#"{"architectures": "LlamaForCausalLM"}"#, "a list of strings"),
      (#"{"architectures": ["MistralForCausalLM"]}"#, "got `MistralForCausalLM`"),
      (#"{"architectures": ["LlamaModel", "LlamaForCausalLM"]}"#, "several kinds"),
      (#"{"dtype": "float32", "torch_dtype": "float16"}"#, "`torch_dtype` contradicts `dtype`"),
      (#"{"dtype": "float8_e4m3fn"}"#, "`dtype` is not supported"),
      (#"{"num_labels": 3, "id2label": {"0": "a", "1": "b"}}"#, "wanted 2, got 3"),
      (#"{"id2label": {"0": "a", "2": "b"}}"#, "no class 1"), (#"{"id2label": {}}"#, "0 classes"),
      (#"{"id2label": {"0": 1}}"#, "`id2label.0`"), (#"{"problem_type": "ranking"}"#, "ranking"),
      (#"{"num_labels": 1, "problem_type": "single_label_classification"}"#, "more than one"),
    ])
  func refuses(changes: String, words: String) throws {
    try expectComplaint(changes, words)
  }

  @Test(
    arguments: [
      (#"{"rope_theta": 0}"#, "`rope_theta` is out of range: wanted a number above 1.0"),
      (#"{"rope_theta": -10000}"#, "got -10000"), (#"{"rope_theta": "1e4"}"#, "`rope_theta`"),
      (#"{"rope_theta": true}"#, "got true"), (#"{"rope_theta": 1e300}"#, "`rope_theta`"),
      (#"{"rope_scaling": "linear"}"#, "wanted an object, got `linear`"),
      (#"{"rope_scaling": {"type": "linear"}}"#, "no `rope_scaling.factor`"),
      (
        #"{"rope_scaling": {"type": "linear", "factor": 0}}"#,
        "`rope_scaling.factor` is out of range"
      ),
      (#"{"rope_scaling": {"type": "linear", "factor": -2}}"#, "got -2"),
      (#"{"rope_scaling": {"type": "linear", "factor": "2"}}"#, "got `2`"),
      (#"{"rope_scaling": {"type": "linear", "factor": 1e9}}"#, "`rope_scaling.factor`"),
      (#"{"rope_scaling": {"factor": 2}}"#, "has no effect with rope type `default`"),
      (#"{"rope_scaling": {"type": "su", "factor": 2}}"#, "got `su`"),
      (#"{"rope_scaling": {"type": 2, "factor": 2}}"#, "`rope_scaling.type`"),
      (
        #"{"rope_scaling": {"type": "linear", "rope_type": "dynamic", "factor": 2}}"#, "contradicts"
      ),
      (#"{"rope_parameters": {"rope_type": "longrope", "factor": 2}}"#, "got `longrope`"),
      (#"{"rope_parameters": {"rope_type": "linear", "factor": 2, "beta_fast": 1}}"#, "beta_fast"),
      (#"{"rope_parameters": {"rope_type": "default", "mrope_section": [1, 2]}}"#, "mrope_section"),
      (#"{"rope_parameters": {"full_attention": {"rope_type": "default"}}}"#, "full_attention"),
      (#"{"rope_parameters": {"rope_type": "default", "partial_rotary_factor": 0.5}}"#, "0.5"),
      (#"{"rope_parameters": {"rope_type": "dynamic", "factor": 2}, "head_dim": 2}"#, "got 2"),
      (
        #"{"rope_parameters": {"rope_type": "dynamic", "factor": 2, "original_max_position_embeddings": 64}}"#,
        "no effect"
      ),
      (
        #"{"rope_theta": 20000, "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0}}"#,
        "wanted 20000.0, got 10000"
      ),
      (
        #"{"rope_scaling": {"type": "linear", "factor": 2}, "rope_parameters": {"rope_type": "default"}}"#,
        "contradicts `rope_parameters`"
      ),
      (
        #"{"rope_scaling": {"type": "linear", "factor": 2}, "rope_parameters": {"rope_type": "linear", "factor": 4}}"#,
        "contradicts `rope_parameters`"
      ),
    ])
  func refusesRotarySettings(changes: String, words: String) throws {
    try expectComplaint(changes, words)
  }

  @Test(
    arguments: [
      ("\"llama3\", \"factor\": 8, \"high_freq_factor\": 4", "no `rope_scaling.low_freq_factor`"),
      ("\"llama3\", \"factor\": 8, \"low_freq_factor\": 1", "no `rope_scaling.high_freq_factor`"),
      ("\"llama3\", \"low_freq_factor\": 1, \"high_freq_factor\": 4", "no `rope_scaling.factor`"),
      (
        "\"llama3\", \"factor\": 8, \"low_freq_factor\": 4, \"high_freq_factor\": 4", "above 4.0"
      ),
      (
        "\"llama3\", \"factor\": 8, \"low_freq_factor\": 0, \"high_freq_factor\": 4",
        "low_freq_factor"
      ),
      ("\"yarn\"", "no `rope_scaling.factor`"), ("\"yarn\", \"factor\": 0", "out of range"),
      ("\"yarn\", \"factor\": 4, \"truncate\": null", "true or false"),
      ("\"yarn\", \"factor\": 4, \"truncate\": 1", "true or false"),
      ("\"yarn\", \"factor\": 4, \"beta_fast\": 1, \"beta_slow\": 2", "at least 2"),
      ("\"yarn\", \"factor\": 4, \"beta_fast\": -1", "beta_fast"),
      ("\"yarn\", \"factor\": 4, \"attention_factor\": 0", "attention_factor"),
      ("\"yarn\", \"factor\": 4, \"attention_factor\": true", "got true"),
      ("\"yarn\", \"factor\": 4, \"mscale\": -1", "mscale"),
      ("\"yarn\", \"factor\": 4, \"original_max_position_embeddings\": 0", "out of range"),
      ("\"yarn\", \"factor\": 4, \"original_max_position_embeddings\": 1.5", "got 1.5"),
      ("\"yarn\", \"factor\": 4, \"low_freq_factor\": 1", "no effect with rope type `yarn`"),
    ])
  func refusesRotaryParts(rest: String, words: String) throws {
    try expectComplaint("{\"rope_scaling\": {\"rope_type\": \(rest)}}", words)
  }

  @Test func refusesTwoOriginalLengths() throws {
    let scaling = #"{"type": "yarn", "factor": 4, "original_max_position_embeddings": 32}"#
    try expectComplaint(
      #"{"original_max_position_embeddings": 64, "rope_scaling": \#(scaling)}"#, "wanted 64, got 32"
    )
  }

  @Test(arguments: [
    (#""sliding_window": 64"#, "at least 128"), (#""partial_rotary_factor": 0.5"#, "wanted 1"),
    (#""layer_types": ["full_attention", "sliding_attention"]"#, "layer_types"),
    (#""rope_interleaved": true"#, "rope_interleaved"), (#""use_qk_norm": true"#, "use_qk_norm"),
    (#""logits_scaling": 8"#, "logits_scaling"), (#""num_local_experts": 8"#, "num_local_experts"),
    (#""final_logit_softcapping": 30.0"#, "final_logit_softcapping"),
    (#""quantization_config": {"quant_method": "fp8"}"#, "got `fp8`"),
    (
      #""quantization_config": {"quant_method": "bitsandbytes", "load_in_4bit": true}"#, "got `fp4`"
    ),
    (#""quantization_config": {"quant_method": "bitsandbytes"}"#, "load_in_4bit"),
  ])
  func refusesWhatItDoesNotCompute(member: String, words: String) throws {
    try expectComplaint("{\(member)}", words)
  }

  @Test func refusesWhatIsNoConfiguration() throws {
    for text in ["", "[]", "1", "{", "\u{0}", String(repeating: "[", count: 100_000)] {
      try ConfigurationText.withFile(Data(text.utf8)) { url in
        _ = #expect(throws: ModelFault.self) { try LlamaConfiguration(file: url) }
      }
    }
    try ConfigurationText.withFile(Data(count: 17 << 20)) { url in
      _ = #expect(throws: ModelFault.self) { try LlamaConfiguration(file: url) }
    }
    let nowhere = URL(fileURLWithPath: "/nonexistent/config.json")
    #expect(throws: ModelFault.self) { try LlamaConfiguration(file: nowhere) }
  }

  @Test func messagesStayShort() throws {
    let long = String(repeating: "x", count: 5_000_000)
    let changes = [
      "{\"vocab_size\": \"\(long)\"}", "{\"model_type\": \"\(long)\"}",
      "{\"hidden_act\": \"\(long)\"}", "{\"architectures\": [\"\(long)\"]}",
      "{\"rope_scaling\": {\"\(long)\": 1}}", "{\"id2label\": {\"0\": \"\(long)\"}}",
    ]
    for (number, change) in changes.enumerated() {
      let complaint = try ConfigurationText.complaint(ConfigurationText.llama, change) {
        try LlamaConfiguration(file: $0)
      }
      #expect((complaint ?? long).utf8.count < 1_500, "case \(number)")
    }
  }

  /// Every truncation and every changed byte of a real file is read or refused, never a trap.
  @Test func damagedFilesThrow() throws {
    let file = ModelFixtures.folder.appendingPathComponent("configurations/llama3/config_v4.json")
    let whole = try Data(contentsOf: file)
    for position in whole.indices {
      for damaged in [whole.prefix(position), whole.replacing(position, whole[position] ^ 0x11)] {
        try ConfigurationText.withFile(damaged) { url in
          do throws(ModelFault) {
            _ = RotaryPositions(try LlamaConfiguration(file: url))
          } catch {
            #expect(!error.description.isEmpty)
          }
        }
      }
    }
  }

  private func expectComplaint(_ changes: String, _ words: String) throws {
    let complaint = try ConfigurationText.complaint(ConfigurationText.llama, changes) {
      try LlamaConfiguration(file: $0)
    }
    let text = complaint ?? "accepted"
    #expect(text.contains(words) && text.contains("adapt-"), "\(changes): \(text)")
  }
}

extension Data {
  /// The data with one byte changed.
  fileprivate func replacing(_ position: Int, _ byte: UInt8) -> Data {
    var copy = self
    copy[position] = byte
    return copy
  }
}
