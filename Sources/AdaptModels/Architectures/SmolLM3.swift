// SmolLM3: a Llama of which some layers have no positions (Yang et al., arXiv:2501.18795).

extension DecoderFamily {
  static let smolLM3 = DecoderFamily(
    type: "smollm3", className: "SmolLM3", isTied: true, rotaryBase: 2_000_000,
    special: SpecialNumbers(begin: 128_000, ends: [128_001], padding: 128_004),
    required: ["num_key_value_heads"],
    own: [
      "no_rope_layers", "no_rope_layer_interval", "sliding_window", "use_sliding_window",
      "layer_types",
    ]
  ) { (file, c) throws(ModelFault) in
    let unrotated = try file.layersWithoutPositions(layers: c.layers)
    let isWindowed = try file.flag("use_sliding_window", fallback: false)
    c.unrotated = unrotated
    c.windows = try file.windows(layers: c.layers, window: isWindowed ? try file.window() : nil) {
      unrotated.contains($0)
    }
  }
}

extension ConfigurationFile {
  /// `no_rope_layers` has a 1 for every layer that turns and a 0 for the others; without it every fourth layer
  /// does not, or as `no_rope_layer_interval` says.
  fileprivate func layersWithoutPositions(layers: Int) throws(ModelFault) -> Set<Int> {
    let interval = try integer("no_rope_layer_interval", in: 1...1_024, fallback: 4)
    guard has("no_rope_layers") else {
      return Set((0..<layers).filter { ($0 + 1).isMultiple(of: interval) })
    }
    guard object["no_rope_layers"] is [Any],
      let flags = try integers("no_rope_layers", in: 0...1), flags.count == layers
    else {
      throw wrong("no_rope_layers", wanted: "a list of \(layers), 0 or 1 each")
    }
    return Set(flags.indices.filter { flags[$0] == 0 })
  }
}
