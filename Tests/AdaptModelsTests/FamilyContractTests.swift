// What holds of every family: it opens by its configuration, and what its configuration cannot mean is refused.
import AdaptModels
import AdaptTensors
import Foundation
import Testing

struct FamilyContractTests {
  /// The keys that say sizes, in the words of the family.
  private static func sizes(_ type: String) -> [String] {
    guard type != "gpt2" else {
      return ["vocab_size", "n_embd", "n_layer", "n_head", "n_positions"]
    }
    return [
      "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
      "max_position_embeddings",
    ]
  }

  private static func windows(_ type: String) -> Bool { !["llama", "gpt2"].contains(type) }

  @Test func everyFamilyHasAFolder() {
    #expect(Set(FamilyFixture.all.map(\.type)) == Set(CausalModels.modelTypes))
  }

  @Test(arguments: FamilyFixture.all)
  func theConfigurationAloneKnowsTheModel(family: FamilyFixture) throws {
    let configuration = try CausalModels.configuration(
      family.folder.appendingPathComponent("config.json"))
    let summary = configuration.summary
    let model = try CausalModels.open(folder: family.folder)
    #expect(summary.family == family.type && model.outline.architecture == family.type)
    #expect(summary.parameters == model.outline.parameterCount)
    #expect(summary.layers == model.outline.layers && summary.width == model.outline.width)
    #expect(
      summary.vocabulary == model.head.outputs && summary.headWidth == model.outline.headWidth)
    #expect(summary.isTied == (model.outline.linears.last?.weight.number == 0))
    #expect(configuration.equals(configuration))
    #expect(model.outline.layerPaths.count == summary.layers)
    for linear in model.outline.linears.dropLast() {
      let layer = try #require(linear.site.layer)
      #expect(linear.site.path.hasPrefix(model.outline.layerPaths[layer] + "."))
    }
  }

  /// A folder that does not say its `model_type` is what its class says.
  @Test(arguments: FamilyFixture.all)
  func theClassStandsForTheType(family: FamilyFixture) throws {
    #expect(try family.complaint { $0["model_type"] = nil } == nil)
    let complaint = try family.complaint {
      $0["model_type"] = nil
      $0["architectures"] = ["GPTOtherForCausalLM"]
    }
    #expect(complaint?.contains("GPTOtherForCausalLM") == true, "\(complaint ?? "accepted")")
  }

  @Test func anUnknownTypeNamesTheKnownOnes() throws {
    let llama = try #require(FamilyFixture.named("llama"))
    let complaint = try #require(try llama.complaint { $0["model_type"] = "gemma3" })
    for type in CausalModels.modelTypes { #expect(complaint.contains(type), "\(complaint)") }
    #expect(complaint.contains("`gemma3`"))
  }

  /// Without a key the folder opens with the reference's default, or the message names the key.
  @Test(arguments: FamilyFixture.all)
  func missingKeysAreNamed(family: FamilyFixture) throws {
    let own = [
      "mistral": ["sliding_window", "num_key_value_heads"], "qwen2": ["num_key_value_heads"],
      "qwen3": ["head_dim", "num_key_value_heads"],
      "gemma2": [
        "head_dim", "num_key_value_heads", "query_pre_attn_scalar", "attn_logit_softcapping",
        "final_logit_softcapping", "sliding_window",
      ],
      "smollm3": ["num_key_value_heads"],
    ]
    let required = Self.sizes(family.type) + (own[family.type] ?? [])
    for key in try family.members().keys.sorted() {
      let complaint = try family.complaint { $0[key] = nil }
      if required.contains(key) {
        #expect(complaint?.contains("no `\(key)`") == true, "\(key): \(complaint ?? "accepted")")
      } else if let complaint {
        // A default that the weights or another key contradict: that is what the message names.
        let names = ["shape", "lm_head", "`layer_types`"]
        #expect(names.contains { complaint.contains($0) }, "\(key): \(complaint)")
      }
    }
  }

  @Test(arguments: FamilyFixture.all)
  func impossibleSizesAreNamed(family: FamilyFixture) throws {
    let wrong: [Any] = [0, -1, 1.5, true, "8", [8], Int.max, 1e300]
    var keys = Self.sizes(family.type)
    if Self.windows(family.type) { keys.append("sliding_window") }
    if family.type != "gpt2" { keys += ["num_key_value_heads", "head_dim"] }
    for key in keys {
      for value in wrong {
        let complaint = try family.complaint {
          $0[key] = value
          if key == "sliding_window", family.type != "mistral" { $0["use_sliding_window"] = true }
        }
        #expect(complaint?.contains("`\(key)`") == true, "\(key) \(value): \(complaint ?? "none")")
      }
    }
  }

  @Test(arguments: FamilyFixture.all)
  func settingsWithoutCodeAreRefused(family: FamilyFixture) throws {
    var wrong: [(String, Any)] = [
      ("quantization_config", ["quant_method": "gptq"]), ("num_local_experts", 8),
      ("num_experts", 4), ("clip_qkv", 8.0), ("add_cross_attention", true),
      ("logits_scaling", 8.0), ("architectures", ["OtherForCausalLM"]), ("dtype", "int7"),
    ]
    if family.type == "gpt2" {
      wrong += [("activation_function", "mish"), ("sliding_window", 4)]
    } else {
      wrong += [
        ("partial_rotary_factor", 0.5), ("rope_scaling", ["type": "longrope", "factor": 2]),
        ("layer_types", ["chunked_attention"]), ("use_qk_norm", true),
        (family.type == "gemma2" ? "hidden_activation" : "hidden_act", "relu"),
      ]
    }
    if !["llama", "smollm3", "gpt2"].contains(family.type) { wrong.append(("mlp_bias", true)) }
    if ["mistral", "phi3"].contains(family.type) { wrong.append(("attention_bias", true)) }
    for (key, value) in wrong {
      let complaint = try #require(try family.complaint { $0[key] = value }, "\(key)")
      let name = key == "rope_scaling" ? "rope" : key
      #expect(complaint.contains(name), "\(key): \(complaint)")
    }
  }

  /// Sizes that the weights do not have are refused with the tensor's name.
  @Test(arguments: FamilyFixture.all)
  func weightsMustHaveTheSizes(family: FamilyFixture) throws {
    // GPT-2's weights do not say how many heads they are for.
    for key in Self.sizes(family.type).dropLast() where key != "n_head" {
      let complaint = try family.complaint {
        $0[key] = ($0[key] as? Int ?? 0) * 2
        $0["layer_types"] = nil
        $0["no_rope_layers"] = nil
      }
      #expect(complaint?.contains(".weight") == true, "\(key): \(complaint ?? "accepted")")
    }
    let fewer = try family.complaint {
      $0[family.type == "gpt2" ? "n_layer" : "num_hidden_layers"] = 1
      $0["layer_types"] = nil
      $0["no_rope_layers"] = nil
    }
    #expect(fewer?.contains("no place for") == true, "\(fewer ?? "accepted")")
  }

  @Test(arguments: FamilyFixture.all)
  func everyTensorMustBeThere(family: FamilyFixture) throws {
    let (members, weights) = (try family.members(), try family.weights())
    for index in weights.indices where !weights[index].0.contains("rotary") {
      var fewer = weights
      let name = fewer.remove(at: index).0
      try family.withCopy(members, weights: fewer) { url in
        let fault = #expect(throws: ModelFault.self, "\(name)") {
          try CausalModels.open(folder: url)
        }
        let end = name.split(separator: ".").suffix(2).joined(separator: ".")
        #expect(
          fault.map { "\($0)".contains(end) } == true, "\(name): \(String(describing: fault))")
      }
    }
    let more = weights + [("model.layers.0.other.weight", Tensor([2], [1, 2]))]
    try family.withCopy(members, weights: more) { url in
      let fault = #expect(throws: ModelFault.self) { try CausalModels.open(folder: url) }
      #expect(fault.map { "\($0)".contains("model.layers.0.other.weight") } == true)
    }
  }

  @Test func tokensBeyondTheEmbeddingsAreFound() throws {
    let llama = try #require(FamilyFixture.named("llama"))
    let summary = try CausalModels.configuration(
      llama.folder.appendingPathComponent("config.json")
    ).summary
    try summary.check(highestToken: summary.vocabulary - 1, path: "x")
    let fault = #expect(throws: ModelFault.self) {
      try summary.check(highestToken: summary.vocabulary, path: "x")
    }
    #expect(fault.map { "\($0)".contains("token \(summary.vocabulary)") } == true)
  }
}
