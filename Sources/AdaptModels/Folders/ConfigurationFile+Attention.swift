// The keys of config.json that say how a decoder attends: heads, windows, biases.
import AdaptSystem

extension ConfigurationFile {
  /// Query heads, key and value heads, and the width of one, of a stream of `width`.
  func attentionHeads(width: Int) throws(ModelFault) -> (Int, Int, Int) {
    let heads = try integer("num_attention_heads", in: 1...4_096)
    let groups = try integer("num_key_value_heads", in: 1...4_096, fallback: heads)
    guard heads.isMultiple(of: groups) else {
      throw wrong(
        "num_key_value_heads", "does not divide `num_attention_heads`",
        wanted: "a divisor of \(heads)")
    }
    guard let headWidth = try optionalInteger("head_dim", in: 1...4_096) else {
      guard width.isMultiple(of: heads) else {
        throw wrong(
          "num_attention_heads", "does not divide `hidden_size`, and there is no `head_dim`",
          wanted: "a divisor of \(width)")
      }
      guard (width / heads).isMultiple(of: 2) else {
        throw wrong(
          "num_attention_heads", "gives heads of \(width / heads) components",
          wanted: "an even number of components, which turn in pairs")
      }
      return (heads, groups, width / heads)
    }
    guard headWidth.isMultiple(of: 2) else {
      throw wrong("head_dim", "is odd", wanted: "an even number: components turn in pairs")
    }
    return (heads, groups, headWidth)
  }

  /// `sliding_window`; nil where there is none.
  func window() throws(ModelFault) -> Int? {
    try optionalInteger("sliding_window", in: 1...DecoderConfiguration.positionLimit)
  }

  /// The layers that `layer_types` gives the window, or those `usual` does where it is absent.
  func windows(
    layers: Int, window: Int?, usual: (Int) -> Bool
  ) throws(ModelFault) -> [Int: Int] {
    let types = try texts("layer_types")
    if let types {
      let known = ["full_attention", "sliding_attention"]
      if let other = types.first(where: { !known.contains($0) }) {
        throw .unsupported(path: path, setting: "layer_types", got: other.excerpt, known: known)
      }
      guard types.count == layers else {
        throw wrong("layer_types", "is of another length", wanted: "\(layers) layers")
      }
    }
    var windows: [Int: Int] = [:]
    for layer in 0..<layers {
      let isWindowed = types.map { $0[layer] == "sliding_attention" } ?? usual(layer)
      guard isWindowed else { continue }
      if let window {
        windows[layer] = window
      } else if types != nil {
        throw wrong(
          "layer_types", "has windows, and there is no `sliding_window` in use",
          wanted: "only full_attention")
      }
    }
    return windows
  }

  /// Refuses biases that the family does not have.
  func refuseBiases(_ keys: String...) throws(ModelFault) {
    for key in keys {
      guard try flag(key, fallback: false) == false else {
        throw wrong(key, "is not supported here", wanted: "false")
      }
    }
  }
}
