// Gemma 2 (arXiv:2408.00118): capped scores and logits, every other layer with a window, norms before and behind
// both parts that multiply with 1 + gain, scaled embeddings, and a gate of GELU.
package import AdaptTensors

extension DecoderFamily {
  static let gemma2 = DecoderFamily(
    type: "gemma2", className: "Gemma2", isTied: true, nonlinearity: .geluTanh,
    nonlinearityKey: "hidden_activation",
    special: SpecialNumbers(begin: 2, ends: [1], padding: 0),
    required: [
      "num_key_value_heads", "head_dim", "query_pre_attn_scalar", "sliding_window",
      "attn_logit_softcapping", "final_logit_softcapping",
    ],
    own: [
      "query_pre_attn_scalar", "sliding_window", "layer_types", "attn_logit_softcapping",
      "final_logit_softcapping",
    ]
  ) { (file, c) throws(ModelFault) in
    try file.refuseBiases("mlp_bias")
    // The old name of the function stands beside the new one, which counts.
    _ = try file.nonlinearity("hidden_act", fallback: .geluTanh, allowed: [.geluTanh, .gelu])
    guard try file.flag("use_bidirectional_attention", fallback: false) == false else {
      throw file.wrong("use_bidirectional_attention", "is not supported here", wanted: "false")
    }
    (c.hasOutputNorms, c.addsOneToGains) = (true, true)
    c.windows = try file.windows(layers: c.layers, window: try file.window()) {
      $0.isMultiple(of: 2)
    }
    c.attentionCap = try file.cap("attn_logit_softcapping")
    c.logitCap = try file.cap("final_logit_softcapping")
    guard let scalar = try file.number("query_pre_attn_scalar", above: 0, upTo: 1e9) else {
      throw .configuration(path: file.path, reason: "no \(file.name("query_pre_attn_scalar"))")
    }
    c.attentionScale = Float(1 / scalar.squareRoot())
    c.embeddingScale = DecoderConfiguration.embeddingScale(width: c.width, type: c.elementType)
  }
}

extension DecoderConfiguration {
  /// √D, rounded to the type of the model as the reference does.
  package static func embeddingScale(width: Int, type: ElementType?) -> Float {
    let root = Float(width).squareRoot()
    switch type {
    case .float16: return Float(Float16(root))
    case .bfloat16:
      // To the nearest of the upper 16 bits, to the even one of two.
      let bits = root.bitPattern
      return Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000)
    default: return root
    }
  }
}

extension ConfigurationFile {
  /// The cap of a tanh; nil where it is null.
  fileprivate func cap(_ key: String) throws(ModelFault) -> Float? {
    try number(key, above: 0, upTo: 1e9).map { Float($0) }
  }
}
