// Decoders with rotary positions and gated feed-forward parts.

extension ModelPlan {
  /// What a family's layers have beside those of Llama.
  private struct Family {
    let className: String
    var hasQueryBias = false
    var hasHeadNorms = false
    var hasOutputNorms = false
    var isFused = false
    var isTied = false
  }

  private static let decoders: [String: Family] = [
    "llama": Family(className: "Llama"), "mistral": Family(className: "Mistral"),
    "qwen2": Family(className: "Qwen2", hasQueryBias: true),
    "qwen3": Family(className: "Qwen3", hasHeadNorms: true),
    "gemma2": Family(className: "Gemma2", hasOutputNorms: true, isTied: true),
    "phi3": Family(className: "Phi3", isFused: true),
    "smollm3": Family(className: "SmolLM3", isTied: true),
  ]

  /// The `model_type` values of decoders, the usual one first.
  static var decoderTypes: [String] {
    ["llama"] + decoders.keys.filter { $0 != "llama" }.sorted()
  }

  mutating func addDecoder(_ c: ModelConfiguration, type: String) throws(BenchFault) {
    let family = Self.decoders[type] ?? Family(className: "Llama")
    _ = try c.architecture(among: [family.className + "ForCausalLM"])
    let (V, D) = (
      try c.integer("vocab_size", in: 1...4_000_000), try c.integer("hidden_size", in: 1...65_536)
    )
    let size = try DecoderLayerSize(c, width: D)
    addNoise("model.embed_tokens", V, D)
    for layer in 0..<(try c.integer("num_hidden_layers", in: 1...1_024)) {
      addAttention("model.layers.\(layer).", size, family)
      addFeedForward("model.layers.\(layer).", size, family)
    }
    addGain("model.norm", D, family)
    let isTied =
      family.isTied && c.values["tie_word_embeddings"] ?? .null == .null
      ? true : try c.bool("tie_word_embeddings")
    if !isTied { addNoise("lm_head", V, D) }
  }

  private mutating func addAttention(_ name: String, _ size: DecoderLayerSize, _ family: Family) {
    let (D, head) = (size.width, size.head)
    let (queries, keys) = (size.heads * head, size.keyHeads * head)
    addGain(name + "input_layernorm", D, family)
    let hasBias = size.hasAttentionBias || family.hasQueryBias
    let parts =
      family.isFused ? [("qkv", queries + 2 * keys)] : [("q", queries), ("k", keys), ("v", keys)]
    for (part, outputs) in parts {
      addLinear(name + "self_attn.\(part)_proj", outputs, D, hasBias: hasBias)
    }
    if family.hasHeadNorms {
      addGain(name + "self_attn.q_norm", head, family)
      addGain(name + "self_attn.k_norm", head, family)
    }
    addLinear(name + "self_attn.o_proj", D, queries, hasBias: size.hasAttentionBias)
    addGain(name + "post_attention_layernorm", D, family)
  }

  private mutating func addFeedForward(
    _ name: String, _ size: DecoderLayerSize, _ family: Family
  ) {
    let (D, F) = (size.width, size.feedForward)
    if family.hasOutputNorms { addGain(name + "pre_feedforward_layernorm", D, family) }
    for (part, outputs) in family.isFused ? [("gate_up", 2 * F)] : [("gate", F), ("up", F)] {
      addLinear(name + "mlp.\(part)_proj", outputs, D, hasBias: size.hasFeedForwardBias)
    }
    addLinear(name + "mlp.down_proj", D, F, hasBias: size.hasFeedForwardBias)
    if family.hasOutputNorms { addGain(name + "post_feedforward_layernorm", D, family) }
  }

  /// A norm that changes no scale: Gemma's multiply with 1 + gain.
  private mutating func addGain(_ name: String, _ width: Int, _ family: Family) {
    addNorm(name, width, hasBias: false, isOffset: family.hasOutputNorms)
  }
}

private struct DecoderLayerSize {
  let width: Int
  let heads: Int
  let keyHeads: Int
  /// Width of a head.
  let head: Int
  let feedForward: Int
  let hasAttentionBias: Bool
  let hasFeedForwardBias: Bool

  init(_ c: ModelConfiguration, width: Int) throws(BenchFault) {
    self.width = width
    heads = try c.integer("num_attention_heads", in: 1...1_024)
    guard c.values["head_dim"] ?? .null != .null || width % heads == 0 else {
      throw c.fault("num_attention_heads", wanted: "a divisor of \(width)", got: "\(heads)")
    }
    keyHeads = try c.integer("num_key_value_heads", in: 1...heads, fallback: heads)
    head = try c.integer("head_dim", in: 1...65_536, fallback: max(1, width / heads))
    feedForward = try c.integer("intermediate_size", in: 1...1_048_576)
    hasAttentionBias = try c.bool("attention_bias")
    hasFeedForwardBias = try c.bool("mlp_bias")
    guard heads % keyHeads == 0 else {
      throw c.fault("num_key_value_heads", wanted: "a divisor of \(heads)", got: "\(keyHeads)")
    }
  }
}
