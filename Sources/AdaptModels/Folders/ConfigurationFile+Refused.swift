// Settings of other families: what would change the forward pass and is not computed is refused by name.

extension ConfigurationFile {
  /// Refuses settings that relatives of a decoder have, unless they stand at what changes nothing.
  ///
  /// `own` are the keys that its family reads.
  func checkUnchanged(positions: Int, own: Set<String>) throws(ModelFault) {
    let numbers = [
      "embedding_multiplier", "residual_multiplier", "logits_scaling", "logit_scale",
      "rotary_pct",
    ]
    for key in numbers {
      if let value = try number(key, in: -1e30...1e30), value != 1 {
        throw wrong(key, "is not supported here", wanted: "1 or no such key")
      }
    }
    let absent = [
      "attention_multiplier", "attn_logit_softcapping", "final_logit_softcapping",
      "query_pre_attn_scalar", "num_local_experts", "num_experts", "clip_qkv",
      "no_rope_layers",
    ]
    for key in absent where has(key) && !own.contains(key) {
      throw wrong(key, "is not supported here", wanted: "no such key")
    }
    for key in ["rope_interleaved", "use_qk_norm", "qk_layernorm", "add_cross_attention"] {
      guard try flag(key, fallback: false) == false else {
        throw wrong(key, "is not supported here", wanted: "false")
      }
    }
    if !own.contains("sliding_window") { try checkWindow(positions) }
    if !own.contains("layer_types") { try checkLayerTypes() }
    try checkQuantisation()
  }

  /// A window as long as the context hides nothing.
  private func checkWindow(_ positions: Int) throws(ModelFault) {
    let isUsed = try flag("use_sliding_window", fallback: true)
    let window = try optionalInteger("sliding_window", in: 1...Int.max)
    if isUsed, let window, window < positions {
      throw wrong("sliding_window", "is not supported here", wanted: "at least \(positions)")
    }
  }

  private func checkLayerTypes() throws(ModelFault) {
    let types = try texts("layer_types") ?? []
    guard types.allSatisfy({ $0 == "full_attention" }) else {
      throw wrong("layer_types", "is not supported here", wanted: "only full_attention")
    }
  }

  /// Weights that rest in a form with scales of their own must be of a form that is read.
  func checkQuantisation() throws(ModelFault) {
    guard let form = try inner("quantization_config") else { return }
    let method = try form.text("quant_method") ?? "none"
    guard method == "bitsandbytes", try form.flag("load_in_4bit", fallback: false) else {
      throw .unsupported(
        path: path, setting: "quantization_config", got: method,
        known: ["bitsandbytes with load_in_4bit"])
    }
    let type = try form.text("bnb_4bit_quant_type") ?? "fp4"
    guard type == "nf4" else {
      throw .unsupported(path: path, setting: "bnb_4bit_quant_type", got: type, known: ["nf4"])
    }
  }
}
