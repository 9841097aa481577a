// Qwen2 and Qwen2.5 (arXiv:2407.10671): biases on query, key and value, windows in the upper layers on request.

extension DecoderFamily {
  static let qwen2 = DecoderFamily(
    type: "qwen2", className: "Qwen2", required: ["num_key_value_heads"],
    own: ["sliding_window", "use_sliding_window", "layer_types", "max_window_layers"]
  ) { (file, c) throws(ModelFault) in
    try file.refuseBiases("mlp_bias")
    guard try file.flag("attention_bias", fallback: true) else {
      throw file.wrong("attention_bias", "is not supported here", wanted: "true or no such key")
    }
    (c.hasQueryBias, c.hasAttentionBias) = (true, false)
    c.windows = try file.upperWindows(layers: c.layers)
  }
}

extension ConfigurationFile {
  /// The windows of Qwen's layers: those from `max_window_layers` on where `layer_types` does not say.
  func upperWindows(layers: Int) throws(ModelFault) -> [Int: Int] {
    let first = try optionalInteger("max_window_layers", in: 0...1_048_576)
    guard try flag("use_sliding_window", fallback: false), let window = try window() else {
      return try windows(layers: layers, window: nil) { _ in false }
    }
    if first == nil, !has("layer_types") {
      throw .configuration(path: path, reason: "no \(name("max_window_layers"))")
    }
    return try windows(layers: layers, window: window) { $0 >= first ?? layers }
  }
}
