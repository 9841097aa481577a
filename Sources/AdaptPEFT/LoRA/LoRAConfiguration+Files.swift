// The settings of LoRA as Python's peft writes them.
package import AdaptSystem

extension LoRAConfiguration {
  /// Reads `adapter_config.json`; every key of it is used, known to be without effect, or an error.
  package init(_ files: AdapterFiles) throws(PEFTFault) {
    var settings = SettingsReader(files.configuration, path: files.path)
    common = try CommonSettings(&settings)
    modules = try ModuleSelection(&settings)
    rank = try settings.integer("r", in: Self.ranks, default: rank)
    alpha = try settings.number("lora_alpha", default: alpha)
    dropout = try settings.number("lora_dropout", default: dropout)
    isRankStabilised = try settings.boolean("use_rslora", default: false)
    isDecomposed = try settings.boolean("use_dora", default: false)
    bias = try settings.bias(Self.biasName)
    for (key, value) in try settings.object("rank_pattern") {
      rankPattern[key] = try settings.integer(value, "rank_pattern", in: Self.ranks)
    }
    for (key, value) in try settings.object("alpha_pattern") {
      alphaPattern[key] = try settings.number(value, "alpha_pattern")
    }
    initialisation = try Self.initialisation(&settings)
    // The layout of GPT-2's weights; the model knows it, as peft does when it puts this key right.
    _ = try settings.boolean(SiteLayout.key, default: false)
    try settings.finish(
      inert: Self.inert,
      hint: "this is not done here; merge the adapter with Python's peft and use the merged model")
    try check(path: files.path)
  }

  private static let biasName = "lora_only"

  /// As peft 0.8 writes them; what is newer only where it says something.
  package func fields() -> [String: JSONValue] {
    var own: [String: JSONValue] = [
      "r": .integer(rank), "lora_alpha": .exact(alpha), "lora_dropout": .number(dropout),
      "use_rslora": .boolean(isRankStabilised), "bias": bias.value(Self.biasName),
      "rank_pattern": .object(rankPattern.mapValues { .integer($0) }),
      "alpha_pattern": .object(alphaPattern.mapValues { .exact($0) }),
      "init_lora_weights": initialisation.value,
      "loftq_config": initialisation.loftqValue, "megatron_config": .null,
      "megatron_core": .string("megatron.core"),
    ]
    if isDecomposed { own["use_dora"] = .boolean(true) }
    return fields(peftType: LoRA.fileType, own)
  }

  /// Of a trained adapter only those that change the base mean anything: its base is made again.
  private static func initialisation(
    _ settings: inout SettingsReader
  ) throws(PEFTFault) -> Initialisation {
    let quantised = try settings.object("loftq_config")
    switch settings.value("init_lora_weights") {
    case nil, .boolean(true), .string("eva"), .string("orthogonal"): return .uniform
    case .boolean(false): return .random
    case .string("gaussian"): return .gaussian
    case .string("pissa"): return .pissa(iterations: nil)
    case .string("olora"): return .olora
    case .string("loftq"):
      let wide = 0...1000
      return .loftq(
        bits: try settings.integer(
          quantised["loftq_bits"] ?? .integer(4), "loftq_config.loftq_bits", in: wide),
        iterations: try settings.integer(
          quantised["loftq_iter"] ?? .integer(1), "loftq_config.loftq_iter", in: wide))
    case .some(let value):
      let isSketch = value.brief.hasPrefix("\"pissa_niter_")
      throw .setting(
        path: settings.path, key: "init_lora_weights",
        wanted: "true, false, \"gaussian\", \"pissa\", \"olora\" or \"loftq\"", got: value.brief,
        hint: isSketch
          ? "its base comes from random numbers that the file does not hold; save it in Python with"
            + " `path_initial_model_for_weight_conversion`"
          : "other initialisations change the base; convert the adapter to plain LoRA with Python's"
            + " peft first")
    }
  }

  /// The other keys of peft 0.21 and their values, beside null, that change nothing.
  ///
  /// The settings of an initialisation act only with it, and it is checked above.
  static let inert: [String: [JSONValue]] = [
    "use_dora": [.boolean(false)], "use_rslora": [.boolean(false)], "lora_bias": [.boolean(false)],
    "use_qalora": [.boolean(false)], "qalora_group_size": [.integer(16)],
    "use_bdlora": [.boolean(false)], "layer_replication": [.array([])],
    "alora_invocation_tokens": [], "arrow_config": [], "kasa_config": [], "velora_config": [],
    "monteclora_config": [], "trainable_token_indices": [.array([]), .object([:])],
    "target_parameters": [.array([])], "ensure_weight_tying": [.boolean(false)],
    "megatron_config": [], "megatron_core": [.string("megatron.core")],
    "eva_config": [], "corda_config": [], "lora_ga_config": [],
    "runtime_config": [
      .object([:]), .object(["ephemeral_gpu_offload": .boolean(false)]),
    ],
  ]
}

extension LoRAConfiguration.Initialisation {
  fileprivate var value: JSONValue {
    switch self {
    case .uniform: .boolean(true)
    case .gaussian: .string("gaussian")
    case .random: .boolean(false)
    case .pissa(nil): .string("pissa")
    case .pissa(.some(let iterations)): .string("pissa_niter_\(iterations)")
    case .olora: .string("olora")
    case .loftq: .string("loftq")
    }
  }

  fileprivate var loftqValue: JSONValue {
    guard case .loftq(let bits, let iterations) = self else { return .object([:]) }
    return .object(["loftq_bits": .integer(bits), "loftq_iter": .integer(iterations)])
  }
}
