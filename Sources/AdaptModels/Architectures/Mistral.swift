// Mistral (Jiang et al., arXiv:2310.06825): every layer sees a window of the last tokens.

extension DecoderFamily {
  static let mistral = DecoderFamily(
    type: "mistral", className: "Mistral", special: SpecialNumbers(begin: 1, ends: [2]),
    required: ["num_key_value_heads", "sliding_window"], own: ["sliding_window"]
  ) { (file, c) throws(ModelFault) in
    try file.refuseBiases("attention_bias", "mlp_bias")
    guard let window = try file.window() else { return }
    for layer in 0..<c.layers { c.windows[layer] = window }
  }
}
