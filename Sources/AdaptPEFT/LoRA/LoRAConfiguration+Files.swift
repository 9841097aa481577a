// The settings of LoRA as Python's peft writes them.
import AdaptSystem

extension LoRAConfiguration {
  /// Reads `adapter_config.json`; every key of it is used, known to be without effect, or an error.
  init(_ files: AdapterFiles) throws(PEFTFault) {
    var settings = SettingsReader(files.configuration, path: files.path)
    common = try CommonSettings(&settings)
    modules = try ModuleSelection(&settings)
    rank = try settings.integer("r", in: Self.ranks, default: rank)
    alpha = try settings.number("lora_alpha", default: alpha)
    dropout = try settings.number("lora_dropout", default: dropout)
    isRankStabilised = try settings.boolean("use_rslora", default: false)
    bias = try settings.choice("bias", default: BiasName.none).training
    for (key, value) in try settings.object("rank_pattern") {
      rankPattern[key] = try settings.integer(value, "rank_pattern", in: Self.ranks)
    }
    for (key, value) in try settings.object("alpha_pattern") {
      alphaPattern[key] = try settings.number(value, "alpha_pattern")
    }
    initialisation = try Self.initialisation(&settings)
    // The layout of GPT-2's weights; the model knows it, as peft does when it puts this key right.
    _ = try settings.boolean("fan_in_fan_out", default: false)
    try settings.finish(
      inert: Self.inert,
      hint: "this is not done here; merge the adapter with Python's peft and use the merged model")
    try check(path: files.path)
  }

  /// As peft 0.8 writes them; what is newer only where it says something.
  ///
  /// `isTransposed` says that the model has dense layers as `[in, out]`.
  func fields(isTransposed: Bool = false) -> [String: JSONValue] {
    var fields = common.fields(peftType: LoRA.fileType)
    fields.merge(modules.fields) { $1 }
    fields.merge(
      [
        "r": .integer(rank), "lora_alpha": .exact(alpha), "lora_dropout": .number(dropout),
        "use_rslora": .boolean(isRankStabilised), "bias": .string(BiasName(bias).rawValue),
        "rank_pattern": .object(rankPattern.mapValues { .integer($0) }),
        "alpha_pattern": .object(alphaPattern.mapValues { .exact($0) }),
        "init_lora_weights": initialisation.value, "fan_in_fan_out": .boolean(isTransposed),
        "loftq_config": .object([:]), "megatron_config": .null,
        "megatron_core": .string("megatron.core"),
      ]
    ) { $1 }
    return fields
  }

  private enum BiasName: String, CaseIterable {
    case none
    case all
    case loraOnly = "lora_only"

    init(_ training: BiasTraining) {
      self =
        switch training {
        case .none: .none
        case .all: .all
        case .ofTargets: .loraOnly
        }
    }

    var training: BiasTraining {
      switch self {
      case .none: .none
      case .all: .all
      case .loraOnly: .ofTargets
      }
    }
  }

  /// The initialisations that leave the base as it is; of a trained adapter nothing else of them is left.
  private static func initialisation(
    _ settings: inout SettingsReader
  ) throws(PEFTFault) -> Initialisation {
    switch settings.value("init_lora_weights") {
    case nil, .boolean(true), .string("eva"), .string("orthogonal"): return .uniform
    case .boolean(false): return .random
    case .string("gaussian"): return .gaussian
    case .some(let value):
      throw .setting(
        path: settings.path, key: "init_lora_weights", wanted: "true, false or \"gaussian\"",
        got: value.brief,
        hint:
          "other initialisations change the base; convert the adapter to plain LoRA with Python's"
          + " peft first")
    }
  }

  /// The other keys of peft 0.21 and their values, beside null, that change nothing.
  ///
  /// The settings of an initialisation act only with it, and it is checked above.
  private static let inert: [String: [JSONValue]] = [
    "use_dora": [.boolean(false)], "lora_bias": [.boolean(false)],
    "use_qalora": [.boolean(false)], "qalora_group_size": [.integer(16)],
    "use_bdlora": [.boolean(false)], "layer_replication": [.array([])],
    "alora_invocation_tokens": [], "arrow_config": [], "kasa_config": [], "velora_config": [],
    "monteclora_config": [], "trainable_token_indices": [.array([]), .object([:])],
    "target_parameters": [.array([])], "ensure_weight_tying": [.boolean(false)],
    "megatron_config": [], "megatron_core": [.string("megatron.core")],
    "loftq_config": [.object([:])], "eva_config": [], "corda_config": [], "lora_ga_config": [],
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
    }
  }
}
