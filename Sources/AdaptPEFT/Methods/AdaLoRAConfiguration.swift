// The settings of AdaLoRA: sizes, the schedule of its budget, and what a file says of parts that were cut.
package import AdaptSystem

/// Ranks at the start and at the end, and how the one becomes the other.
package struct AdaLoRAConfiguration: SiteConfiguration {
  /// As in peft's comparison, where AdaLoRA reached 37 percent (MetaMathQA, Llama-3.2-3B).
  package static let learningRate = 1e-4

  /// Parts of each module at the start.
  package var startRank = 12
  /// Parts at the end, on average over the modules.
  package var targetRank = 8
  package var alpha = 8.0
  package var dropout = 0.0
  /// Steps before anything is cut.
  package var warmUp = 0
  /// Steps behind the last cut.
  package var final = 0
  /// Steps from one cut to the next.
  package var interval = 1
  /// Steps of the training; the schedule is meaningless without it.
  package var totalSteps: Int?
  /// Share of the past in the mean sensitivity of a weight.
  package var sensitivityDecay = 0.85
  /// Share of the past in its mean uncertainty.
  package var uncertaintyDecay = 0.85
  /// Factor of the orthogonal term in the loss.
  package var orthogonality = 0.5
  /// All parts begin at normal numbers, E too: for tests of what an adapter does.
  package var isRandom = false
  /// Which parts of a module were left, by the path of its E; empty before the first cut.
  package var rankPattern: [String: [Bool]] = [:]
  package var modules = ModuleSelection()
  package var bias = BiasTraining.none
  package var common = CommonSettings()

  package init(totalSteps: Int? = nil, modules: ModuleSelection = ModuleSelection()) {
    self.totalSteps = totalSteps
    self.modules = modules
  }

  /// - Throws: `PEFTFault.setting` naming what is out of range.
  func check(path: String? = nil) throws(PEFTFault) {
    func fault(_ key: String, _ wanted: String, _ got: String, _ hint: String? = nil) -> PEFTFault {
      .setting(path: path, key: key, wanted: wanted, got: got, hint: hint)
    }
    guard LoRAConfiguration.ranks.contains(startRank) else {
      throw fault("init_r", "1 to \(LoRAConfiguration.ranks.upperBound)", "\(startRank)")
    }
    guard (0...startRank).contains(targetRank) else {
      throw fault("target_r", "0 to `init_r`, \(startRank)", "\(targetRank)")
    }
    guard let totalSteps, totalSteps > 0 else {
      throw fault(
        "total_step", "the number of steps of the training", totalSteps.map(String.init) ?? "none",
        "the budget falls over these steps")
    }
    for (key, steps) in [("tinit", warmUp), ("tfinal", final)]
    where !(0...totalSteps).contains(steps) {
      throw fault(key, "0 to `total_step`, \(totalSteps)", "\(steps)")
    }
    guard warmUp < totalSteps - final else {
      throw fault(
        "total_step", "more than `tinit` and `tfinal` together, \(warmUp + final)",
        "\(totalSteps)", "the steps between them are those in which ranks are cut")
    }
    guard interval >= 1 else { throw fault("deltaT", "1 or more", "\(interval)") }
    for (key, value) in [("beta1", sensitivityDecay), ("beta2", uncertaintyDecay)]
    where !(value > 0 && value < 1) {
      throw fault(key, "a number between 0 and 1", "\(value)")
    }
    guard orthogonality >= 0, orthogonality <= 1e6 else {
      throw fault("orth_reg_weight", "0 or more", "\(orthogonality)")
    }
    guard alpha > 0, alpha <= 1e9 else { throw fault("lora_alpha", "a number above 0", "\(alpha)") }
    guard dropout >= 0, dropout < 1 else {
      throw fault("lora_dropout", "0 to below 1", "\(dropout)")
    }
  }

  /// Parts that may stay at `step` over all modules, of `start` in the beginning, and whether this step cuts.
  ///
  /// Zhang et al., arXiv:2303.10512, equation 8: it falls with the cube of the steps that are left.
  package func budget(
    at step: Int, start: Int, modules: Int
  ) -> (parts: Int, isCut: Bool) {
    let total = totalSteps ?? 0
    let end = targetRank * modules
    if step <= warmUp { return (start, false) }
    if step > total - final { return (end, true) }
    let left = 1 - Double(step - warmUp) / Double(total - final - warmUp)
    return (Int(Double(start - end) * (left * left * left) + Double(end)), step % interval == 0)
  }
}

extension AdaLoRAConfiguration {
  private static let biasName = "lora_only"

  package init(_ files: AdapterFiles) throws(PEFTFault) {
    var settings = SettingsReader(files.configuration, path: files.path)
    let steps = 0...Int(Int32.max)
    common = try CommonSettings(&settings)
    modules = try ModuleSelection(&settings)
    bias = try settings.bias(Self.biasName)
    startRank = try settings.integer("init_r", in: LoRAConfiguration.ranks, default: startRank)
    targetRank = try settings.integer("target_r", in: 0...65_536, default: targetRank)
    alpha = try settings.number("lora_alpha", default: alpha)
    dropout = try settings.number("lora_dropout", default: 0)
    warmUp = try settings.integer("tinit", in: steps, default: 0)
    final = try settings.integer("tfinal", in: steps, default: 0)
    interval = try settings.integer("deltaT", in: steps, default: 1)
    totalSteps = try settings.integer("total_step", in: steps, default: 0)
    sensitivityDecay = try settings.number("beta1", default: sensitivityDecay)
    uncertaintyDecay = try settings.number("beta2", default: uncertaintyDecay)
    orthogonality = try settings.number("orth_reg_weight", default: orthogonality)
    isRandom = settings.value("init_lora_weights") == .boolean(false)
    for (key, value) in try settings.object("rank_pattern") {
      rankPattern[key] = try Self.mask(value, settings)
    }
    // Settings of LoRA that peft keeps in these files and does not use: it scales by alpha and the first rank.
    settings.ignore([SiteLayout.key, "r", "use_rslora", "loftq_config"])
    var inert = LoRAConfiguration.inert
    inert["alpha_pattern"] = [.object([:])]
    try settings.finish(
      inert: inert, hint: "this is not done here; merge the adapter with Python's peft")
    try check(path: files.path)
  }

  private static func mask(
    _ value: JSONValue, _ settings: SettingsReader
  ) throws(PEFTFault) -> [Bool] {
    guard case .array(let items) = value else {
      throw settings.fault("rank_pattern", wanted: "lists of true and false", got: value)
    }
    var mask: [Bool] = []
    for item in items {
      guard case .boolean(let isKept) = item else {
        throw settings.fault("rank_pattern", wanted: "true or false", got: item)
      }
      mask.append(isKept)
    }
    return mask
  }

  package func fields() -> [String: JSONValue] {
    let pattern = rankPattern.mapValues { JSONValue.array($0.map { .boolean($0) }) }
    return fields(
      peftType: AdaLoRA.fileType,
      [
        "init_r": .integer(startRank), "target_r": .integer(targetRank), "r": .integer(8),
        "lora_alpha": .exact(alpha), "lora_dropout": .number(dropout), "tinit": .integer(warmUp),
        "tfinal": .integer(final), "deltaT": .integer(interval),
        "total_step": totalSteps.map { .integer($0) } ?? .null,
        "beta1": .number(sensitivityDecay), "beta2": .number(uncertaintyDecay),
        "orth_reg_weight": .number(orthogonality), "init_lora_weights": .boolean(!isRandom),
        "rank_pattern": pattern.isEmpty ? .null : .object(pattern),
        "bias": bias.value(Self.biasName),
      ])
  }
}
