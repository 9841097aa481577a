// Llama decoders.

extension ModelPlan {
  mutating func addLlama(_ c: ModelConfiguration) throws(BenchFault) {
    _ = try c.architecture(among: ["LlamaForCausalLM"])
    let (V, D) = (
      try c.integer("vocab_size", in: 1...4_000_000), try c.integer("hidden_size", in: 1...65_536)
    )
    let heads = try c.integer("num_attention_heads", in: 1...1_024)
    guard c.values["head_dim"] ?? .null != .null || D % heads == 0 else {
      throw c.fault("num_attention_heads", wanted: "a divisor of \(D)", got: "\(heads)")
    }
    let size = LlamaLayerSize(
      width: D, heads: heads,
      keyHeads: try c.integer("num_key_value_heads", in: 1...heads, fallback: heads),
      head: try c.integer("head_dim", in: 1...65_536, fallback: max(1, D / heads)),
      feedForward: try c.integer("intermediate_size", in: 1...1_048_576),
      hasAttentionBias: try c.bool("attention_bias"), hasFeedForwardBias: try c.bool("mlp_bias"))
    guard heads % size.keyHeads == 0 else {
      throw c.fault(
        "num_key_value_heads", wanted: "a divisor of \(heads)", got: "\(size.keyHeads)")
    }
    addNoise("model.embed_tokens", V, D)
    for layer in 0..<(try c.integer("num_hidden_layers", in: 1...1_024)) {
      addLlamaLayer("model.layers.\(layer).", size)
    }
    addNorm("model.norm", D, hasBias: false)
    if try !c.bool("tie_word_embeddings") { addNoise("lm_head", V, D) }
  }

  private mutating func addLlamaLayer(_ name: String, _ size: LlamaLayerSize) {
    let (D, F) = (size.width, size.feedForward)
    let (queries, keys) = (size.heads * size.head, size.keyHeads * size.head)
    addNorm(name + "input_layernorm", D, hasBias: false)
    for (part, outputs) in [("q", queries), ("k", keys), ("v", keys)] {
      addLinear(name + "self_attn.\(part)_proj", outputs, D, hasBias: size.hasAttentionBias)
    }
    addLinear(name + "self_attn.o_proj", D, queries, hasBias: size.hasAttentionBias)
    addNorm(name + "post_attention_layernorm", D, hasBias: false)
    addLinear(name + "mlp.gate_proj", F, D, hasBias: size.hasFeedForwardBias)
    addLinear(name + "mlp.up_proj", F, D, hasBias: size.hasFeedForwardBias)
    addLinear(name + "mlp.down_proj", D, F, hasBias: size.hasFeedForwardBias)
  }
}

private struct LlamaLayerSize {
  let width: Int
  let heads: Int
  let keyHeads: Int
  /// Width of a head.
  let head: Int
  let feedForward: Int
  let hasAttentionBias: Bool
  let hasFeedForwardBias: Bool
}
