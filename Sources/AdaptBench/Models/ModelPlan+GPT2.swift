// GPT-2: dense layers lie as `[inputs, outputs]`.

extension ModelPlan {
  mutating func addGPT2(_ c: ModelConfiguration) throws(BenchFault) {
    _ = try c.architecture(among: ["GPT2LMHeadModel"])
    let width = try c.integer("n_embd", in: 1...65_536)
    let heads = try c.integer("n_head", in: 1...1_024)
    guard width % heads == 0 else {
      throw c.fault("n_head", wanted: "a divisor of \(width)", got: "\(heads)")
    }
    let feedForward = try c.integer("n_inner", in: 1...1_048_576, fallback: 4 * width)
    addNoise("transformer.wte", try c.integer("vocab_size", in: 1...4_000_000), width)
    addNoise("transformer.wpe", try c.integer("n_positions", in: 1...1_048_576), width)
    for layer in 0..<(try c.integer("n_layer", in: 1...1_024)) {
      let name = "transformer.h.\(layer)."
      addNorm(name + "ln_1", width, hasBias: true)
      addTransposed(name + "attn.c_attn", width, 3 * width)
      addTransposed(name + "attn.c_proj", width, width)
      addNorm(name + "ln_2", width, hasBias: true)
      addTransposed(name + "mlp.c_fc", width, feedForward)
      addTransposed(name + "mlp.c_proj", feedForward, width)
    }
    addNorm("transformer.ln_f", width, hasBias: true)
    let isTied =
      c.values["tie_word_embeddings"] ?? .null == .null ? true : try c.bool("tie_word_embeddings")
    if !isTied { addNoise("lm_head", try c.integer("vocab_size", in: 1...4_000_000), width) }
  }
}
