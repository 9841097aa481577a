package import AdaptGradients
package import AdaptModels
// Methods that stand at chosen dense layers and tables: what they share is here, so that each says its equation only.
package import AdaptSystem

/// The settings of a method that is put on chosen modules.
package protocol SiteConfiguration: Sendable, Equatable {
  /// The rate of AdamW that the method needs, as runs of the method have shown.
  static var learningRate: Double { get }

  var modules: ModuleSelection { get set }
  var bias: BiasTraining { get set }
  var common: CommonSettings { get set }

  /// Factor of the learning rate of biases and norms that train beside the method.
  var vectorRateFactor: Float { get }

  /// Reads `adapter_config.json`; every key of it is used, known to be without effect, or an error.
  init(_ files: AdapterFiles) throws(PEFTFault)

  /// As they are written.
  func fields() -> [String: JSONValue]
}

/// A method that acts at sites alone, and is new, counted and read in one way.
package protocol SiteMethod: PEFTMethod where Configuration: SiteConfiguration {
  var configuration: Configuration { get }

  /// Targets where none are named, by `model_type`, as in peft.
  static var usualTargets: [String: [String]] { get }

  /// Whether it can stand at a table; dense layers take every method.
  static var takesTables: Bool { get }

  /// What is put at the sites; `key` draws initial values.
  ///
  /// - Throws: `PEFTFault` naming what does not fit the model.
  func parts(
    at sites: SelectedSites, in model: ModelOutline, key: RandomKey, path: String?
  ) throws(PEFTFault) -> SiteParts

  /// The same method with what its settings leave to the model said.
  func resolved(for model: ModelOutline) throws(PEFTFault) -> Self

  /// The adapter with all that the method does beside its sites.
  func finished(
    _ sites: AttachedSites, in model: ModelOutline
  ) throws(PEFTFault) -> any AttachedAdapter
}

extension SiteMethod {
  package static var takesTables: Bool { false }
  package static var usualTargets: [String: [String]] { UsualTargets.attention }

  package func finished(
    _ sites: AttachedSites, in model: ModelOutline
  ) throws(PEFTFault) -> any AttachedAdapter { sites }

  package func resolved(for model: ModelOutline) throws(PEFTFault) -> Self {
    try Self(configuration.naming(Self.usualTargets[model.architecture]))
  }

  package func attach(
    to model: ModelOutline, key: RandomKey
  ) throws(PEFTFault) -> any AttachedAdapter {
    let method = try resolved(for: model)
    let plan = try SitePlan(method, model, key: key)
    return try method.finished(
      AttachedSites(
        plan, method: Self.name, configuration: method.configuration,
        values: plan.slots.map { $0.initial() }, fixed: plan.fixed.map { $0.initial() }),
      in: model)
  }

  package func trainableCount(in model: ModelOutline) throws(PEFTFault) -> Int {
    try SitePlan(self, model, key: RandomKey(seed: 0)).slots
      .reduce(0) { $0 + $1.shape.reduce(1, *) }
  }

  package static func read(
    _ files: AdapterFiles, for model: ModelOutline
  ) throws(PEFTFault) -> any AttachedAdapter {
    try Self(try Configuration(files)).read(files, onto: model)
  }

  /// The same by settings of the caller, which say more than the file's.
  package func read(
    _ files: AdapterFiles, onto model: ModelOutline
  ) throws(PEFTFault) -> any AttachedAdapter {
    let method = try resolved(for: model)
    let plan = try SitePlan(
      method, model, key: RandomKey(seed: 0), isStrict: false, path: files.path)
    let stored = StoredTables(files, model, except: plan.slots)
    let values = try files.take(
      plan.slots + plan.storedSlots, others: stored.keys.union(plan.whole.echoes(in: files)))
    let fixed =
      plan.isFixedStored
      ? Array(values[plan.slots.count...]) : plan.fixed.map { $0.initial() }
    return try method.finished(
      AttachedSites(
        plan, method: Self.name, configuration: method.configuration,
        values: Array(values[..<plan.slots.count]), fixed: fixed, stored: try stored.changed()),
      in: model)
  }
}

extension SiteConfiguration {
  package var vectorRateFactor: Float { 1 }

  /// With `targets` named where the settings leave them open, so that a file says them to every reader.
  func naming(_ targets: [String]?) -> Self {
    var named = self
    if modules.targets == .usual, let targets { named.modules.targets = .some(.names(targets)) }
    return named
  }
}

/// Targets by `model_type` that several methods share.
enum UsualTargets {
  /// Projections of attention, as in peft, which names none for Phi-3: its three lie in one.
  static let attention: [String: [String]] = {
    var targets: [String: [String]] = [:]
    for name in [
      "llama", "mistral", "mixtral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text", "stablelm",
    ] {
      targets[name] = ["q_proj", "v_proj"]
    }
    for name in ["bert", "roberta", "xlm-roberta", "electra"] {
      targets[name] = ["query", "value"]
    }
    for name in ["gpt_neox", "bloom", "falcon"] { targets[name] = ["query_key_value"] }
    targets["gpt2"] = ["c_attn"]
    targets["phi3"] = ["qkv_proj"]
    targets["phi"] = ["q_proj", "v_proj", "fc1", "fc2"]
    return targets
  }()
}
