// Phi-3 (arXiv:2404.14219): one dense layer for query, key and value, one for gate and up.
import AdaptSystem

extension DecoderFamily {
  static let phi3 = DecoderFamily(
    type: "phi3", className: "Phi3", epsilon: 1e-5,
    special: SpecialNumbers(begin: 1, ends: [32_000], padding: 32_000), own: ["sliding_window"]
  ) { (file, c) throws(ModelFault) in
    try file.refuseBiases("attention_bias", "mlp_bias")
    // The reference reads every scaling of this family as `longrope`, whatever it is called.
    for key in ["rope_parameters", "rope_scaling"] {
      guard let object = try file.inner(key) else { continue }
      let (new, old) = (try object.text("rope_type"), try object.text("type"))
      let type = new ?? old ?? "default"
      guard type == "default" else {
        throw .unsupported(
          path: file.path, setting: key + ".rope_type", got: type.excerpt, known: ["default"])
      }
    }
    c.isFused = true
    guard let window = try file.window() else { return }
    for layer in 0..<c.layers { c.windows[layer] = window }
  }
}
