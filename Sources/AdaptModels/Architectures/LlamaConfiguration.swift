// config.json of Llama decoders, in the spellings of transformers 4 (`rope_theta`, `rope_scaling`, `torch_dtype`)
// and 5 (`rope_parameters`, `dtype`).
package import AdaptTensors
package import Foundation

/// The sizes of a Llama decoder and what else its forward pass needs.
package struct LlamaConfiguration: Sendable, Equatable {
  package var vocabulary: Int
  package var width: Int
  package var layers: Int
  /// Query heads.
  package var heads: Int
  /// Key and value heads; a divisor of `heads`.
  package var keyValueHeads: Int
  /// Components of one head.
  package var headWidth: Int
  package var feedForward: Int
  package var positions: Int
  /// Added to the mean square in every norm.
  package var epsilon: Float
  package var nonlinearity: Nonlinearity
  /// Whether the output head is the embedding table.
  package var isTied: Bool
  /// Whether query, key, value and output projections have biases.
  package var hasAttentionBias: Bool
  package var hasFeedForwardBias: Bool
  /// The share of attention weights dropped in training.
  package var attentionDropout: Double
  package var rotary: RotarySettings
  package var special: SpecialNumbers
  /// What the model was trained to give; nil where the file does not say.
  package var head: HeadKind?
  package var classifier: ClassifierSettings
  /// The type that the file says the weights have; tensors carry their own.
  package var elementType: ElementType?

  /// The `model_type` values this reads.
  package static let modelTypes = ["llama"]
  /// Most positions read.
  static let positionLimit = 1 << 26

  /// Reads a `config.json`; keys that do not change what the model computes are left alone.
  ///
  /// - Throws: `ModelFault` naming the key, what was wanted and what it got.
  package init(file url: URL) throws(ModelFault) {
    let file = try ConfigurationFile(url)
    let type = try file.text("model_type") ?? "none"
    guard Self.modelTypes.contains(type) else {
      throw .unknownArchitecture(path: file.path, type: type, known: Self.modelTypes)
    }
    vocabulary = try file.integer("vocab_size", in: 1...4_000_000)
    width = try file.integer("hidden_size", in: 1...65_536)
    layers = try file.integer("num_hidden_layers", in: 1...1_024)
    feedForward = try file.integer("intermediate_size", in: 1...1_048_576)
    positions = try file.integer("max_position_embeddings", in: 1...Self.positionLimit)
    (heads, keyValueHeads, headWidth) = try Self.heads(file, width: width)
    epsilon = Float(try file.number("rms_norm_eps", in: 0...1) ?? 1e-6)
    nonlinearity = try file.nonlinearity("hidden_act", fallback: .silu, allowed: [.silu])
    isTied = try file.flag("tie_word_embeddings", fallback: false)
    hasAttentionBias = try file.flag("attention_bias", fallback: false)
    hasFeedForwardBias = try file.flag("mlp_bias", fallback: false)
    attentionDropout = try file.number("attention_dropout", in: 0...1) ?? 0
    rotary = try RotarySettings(file, positions: positions)
    special = try file.specialNumbers(
      vocabulary: vocabulary, absent: SpecialNumbers(begin: 1, ends: [2]))
    head = try file.head(family: "Llama")
    classifier = try file.classifier()
    elementType = try file.elementType()
    try check(file)
  }

  /// Query heads, key and value heads, and the width of one.
  private static func heads(
    _ file: ConfigurationFile, width: Int
  ) throws(ModelFault) -> (Int, Int, Int) {
    let heads = try file.integer("num_attention_heads", in: 1...4_096)
    let groups = try file.integer("num_key_value_heads", in: 1...4_096, fallback: heads)
    guard heads.isMultiple(of: groups) else {
      throw file.wrong(
        "num_key_value_heads", "does not divide `num_attention_heads`",
        wanted: "a divisor of \(heads)")
    }
    guard let headWidth = try file.optionalInteger("head_dim", in: 1...4_096) else {
      guard width.isMultiple(of: heads) else {
        throw file.wrong(
          "num_attention_heads", "does not divide `hidden_size`, and there is no `head_dim`",
          wanted: "a divisor of \(width)")
      }
      guard (width / heads).isMultiple(of: 2) else {
        throw file.wrong(
          "num_attention_heads", "gives heads of \(width / heads) components",
          wanted: "an even number of components, which turn in pairs")
      }
      return (heads, groups, width / heads)
    }
    guard headWidth.isMultiple(of: 2) else {
      throw file.wrong("head_dim", "is odd", wanted: "an even number: components turn in pairs")
    }
    return (heads, groups, headWidth)
  }

  /// What would change the forward pass must be what is computed here.
  private func check(_ file: ConfigurationFile) throws(ModelFault) {
    if case .other(let name) = head {
      throw .unsupported(
        path: file.path, setting: "architectures", got: name,
        known: ["LlamaModel", "LlamaForCausalLM", "LlamaForSequenceClassification"])
    }
    if case .dynamic = rotary.scaling, headWidth < 4 {
      throw .contradiction(
        path: file.path, what: "heads too narrow for dynamic rotary positions",
        wanted: "at least 4 components", got: "\(headWidth)")
    }
    try file.checkUnchanged(positions: positions)
  }
}

extension LlamaConfiguration {
  /// Trainable numbers of the body, and of the output head where it has its own.
  package var parameters: Int {
    let (D, F, Q, K) = (width, feedForward, heads * headWidth, keyValueHeads * headWidth)
    let attention = 2 * D * (Q + K) + (hasAttentionBias ? Q + 2 * K + D : 0)
    let feed = 3 * D * F + (hasFeedForwardBias ? 2 * F + D : 0)
    let head = head == .causalLanguageModel && !isTied ? vocabulary * D : 0
    return vocabulary * D + layers * (attention + feed + 2 * D) + D + head
  }
}

extension ConfigurationFile {
  /// Refuses settings that relatives of this decoder have, unless they stand at what changes nothing.
  fileprivate func checkUnchanged(positions: Int) throws(ModelFault) {
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
    for key in absent where has(key) {
      throw wrong(key, "is not supported here", wanted: "no such key")
    }
    for key in ["rope_interleaved", "use_qk_norm", "qk_layernorm", "add_cross_attention"] {
      guard try flag(key, fallback: false) == false else {
        throw wrong(key, "is not supported here", wanted: "false")
      }
    }
    try checkWindow(positions)
    try checkQuantisation()
  }

  /// A window as long as the context hides nothing.
  private func checkWindow(_ positions: Int) throws(ModelFault) {
    let isUsed = try flag("use_sliding_window", fallback: true)
    let window = try optionalInteger("sliding_window", in: 1...Int.max)
    if isUsed, let window, window < positions {
      throw wrong("sliding_window", "is not supported here", wanted: "at least \(positions)")
    }
    let types = try texts("layer_types") ?? []
    guard types.allSatisfy({ $0 == "full_attention" }) else {
      throw wrong("layer_types", "is not supported here", wanted: "only full_attention")
    }
  }

  /// Weights that rest in a form with scales of their own must be of a form that is read.
  private func checkQuantisation() throws(ModelFault) {
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
