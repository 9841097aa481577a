// Qwen3 (arXiv:2505.09388): queries and keys normalised head by head, a width of heads of its own, no biases.

extension DecoderFamily {
  static let qwen3 = DecoderFamily(
    type: "qwen3", className: "Qwen3", required: ["num_key_value_heads", "head_dim"],
    own: ["sliding_window", "use_sliding_window", "layer_types", "max_window_layers"]
  ) { (file, c) throws(ModelFault) in
    try file.refuseBiases("mlp_bias")
    c.hasHeadNorms = true
    c.windows = try file.upperWindows(layers: c.layers)
  }
}
