// Rotary settings out of config.json: `rope_parameters` of transformers 5, `rope_theta` and `rope_scaling` of 4.

extension RotarySettings {
  /// The values of `rope_type`.
  static let types = ["default", "linear", "dynamic", "llama3", "yarn"]
  /// The base where the file gives none.
  static let usualBase = 10_000.0

  /// Reads either spelling, or both where they agree; `positions` is `max_position_embeddings`, `usualBase`
  /// the base of a file that gives none.
  ///
  /// - Throws: `ModelFault` naming the key of what is unknown, out of range or contradicts another.
  init(
    _ file: ConfigurationFile, positions: Int, usualBase: Double = Self.usualBase
  ) throws(ModelFault) {
    let base = try Self.base(file)
    var found: (key: String, settings: RotarySettings)?
    for key in ["rope_parameters", "rope_scaling"] {
      guard let object = try file.inner(key) else { continue }
      let settings = RotarySettings(
        base: try Self.base(object) ?? base ?? usualBase,
        scaling: try RotaryReader(file: object, outer: file, positions: positions).scaling())
      if let base, base != settings.base {
        throw object.wrong(
          "rope_theta", "contradicts `rope_theta` outside of it", wanted: "\(base)")
      }
      if let found, found.settings != settings {
        throw file.wrong(key, "contradicts `\(found.key)`", wanted: "the same settings in both")
      }
      found = (key, settings)
    }
    self = found?.settings ?? RotarySettings(base: base ?? usualBase)
    if let share = try file.number("partial_rotary_factor", in: 0...1), share != 1 {
      throw file.wrong("partial_rotary_factor", "is not supported here", wanted: "1")
    }
  }

  private static func base(_ file: ConfigurationFile) throws(ModelFault) -> Double? {
    try file.number("rope_theta", above: 1, upTo: 1e18)
  }
}

/// Reads one object of rotary settings.
private struct RotaryReader {
  let file: ConfigurationFile
  /// What the object stands in.
  let outer: ConfigurationFile
  let positions: Int
  private static let original = "original_max_position_embeddings"

  func scaling() throws(ModelFault) -> RotarySettings.Scaling {
    let type = try type()
    switch type {
    case "default":
      try check(type, ["factor"])
      if let factor = try file.number("factor", above: 0, upTo: 1e6), factor != 1 {
        throw file.wrong("factor", "has no effect with rope type `default`", wanted: "1")
      }
      return .none
    case "linear":
      try check(type, ["factor"])
      return .linear(factor: try factor())
    case "dynamic":
      try check(type, ["factor"])
      return .dynamic(factor: try factor(), original: positions)
    case "llama3": return .llama3(try llama3(type))
    case "yarn": return .yarn(try yarn(type))
    default:
      throw .unsupported(
        path: file.path, setting: "rope_type", got: type, known: RotarySettings.types)
    }
  }

  /// `rope_type`, or `type` as old files call it.
  private func type() throws(ModelFault) -> String {
    let (new, old) = (try file.text("rope_type"), try file.text("type"))
    if let new, let old, new != old {
      throw file.wrong("type", "contradicts \(file.name("rope_type"))", wanted: "`\(new)`")
    }
    return new ?? old ?? "default"
  }

  /// Every key of such an object changes the positions: one that the type does not read is a fault.
  private func check(_ type: String, _ own: [String]) throws(ModelFault) {
    // `finetuned` only tells where the weights come from; a share of 1 turns all components.
    let known = own + ["rope_type", "type", "rope_theta", "partial_rotary_factor", "finetuned"]
    if let share = try file.number("partial_rotary_factor", in: 0...1), share != 1 {
      throw file.wrong("partial_rotary_factor", "is not supported here", wanted: "1")
    }
    for key in file.object.keys.sorted() where file.has(key) && !known.contains(key) {
      if key == Self.original, try original() == positions { continue }
      throw file.wrong(key, "has no effect with rope type `\(type)`", wanted: "no such key")
    }
  }

  private func factor() throws(ModelFault) -> Double {
    guard let factor = try file.number("factor", above: 0, upTo: 1e6) else {
      throw .configuration(path: file.path, reason: "no \(file.name("factor"))")
    }
    return factor
  }

  /// The positions of the first training; those of the model where nothing says it.
  ///
  /// A few files have the key outside of the object, and there the reference reads it first.
  private func original() throws(ModelFault) -> Int {
    let range = 1...DecoderConfiguration.positionLimit
    let inside = try file.optionalInteger(Self.original, in: range)
    let outside = try outer.optionalInteger(Self.original, in: range)
    if let inside, let outside, inside != outside {
      throw file.wrong(
        Self.original, "contradicts `\(Self.original)` outside of it", wanted: "\(outside)")
    }
    return outside ?? inside ?? positions
  }

  private func llama3(_ type: String) throws(ModelFault) -> RotarySettings.LlamaScaling {
    try check(type, ["factor", "low_freq_factor", "high_freq_factor", Self.original])
    guard let low = try file.number("low_freq_factor", above: 0, upTo: 1e6),
      let high = try file.number("high_freq_factor", above: 0, upTo: 1e6)
    else {
      let key = file.has("low_freq_factor") ? "high_freq_factor" : "low_freq_factor"
      throw .configuration(path: file.path, reason: "no \(file.name(key))")
    }
    guard low < high else {
      throw file.wrong(
        "high_freq_factor", "is not above \(file.name("low_freq_factor"))", wanted: "above \(low)")
    }
    return RotarySettings.LlamaScaling(
      factor: try factor(), lowTurns: low, highTurns: high, original: try original())
  }

  private func yarn(_ type: String) throws(ModelFault) -> RotarySettings.YarnScaling {
    let own = ["attention_factor", "beta_fast", "beta_slow", "mscale", "mscale_all_dim"]
    try check(type, own + ["factor", "truncate", Self.original])
    guard !file.isNull("truncate") else { throw file.wrong("truncate", wanted: "true or false") }
    let original = try original()
    let factor = try yarnFactor(original)
    // Zero means the default, as in the reference.
    let fast = try turns("beta_fast") ?? 32
    let slow = try turns("beta_slow") ?? 1
    guard fast >= slow else {
      throw file.wrong(
        "beta_fast", "is below \(file.name("beta_slow"))", wanted: "at least \(slow)")
    }
    return RotarySettings.YarnScaling(
      factor: factor, original: original, fast: fast, slow: slow,
      isTruncated: try file.flag("truncate", fallback: true), attention: try attention(factor))
  }

  /// `factor`; without one the ratio of the two lengths, where the file gives both.
  private func yarnFactor(_ original: Int) throws(ModelFault) -> Double {
    if !file.has("factor"), original != positions { return Double(positions) / Double(original) }
    return try factor()
  }

  private func turns(_ key: String) throws(ModelFault) -> Double? {
    let turns = try file.number(key, in: 0...1e6)
    return turns == 0 ? nil : turns
  }

  /// `attention_factor`, or the ratio of the two magnitudes where both are given and not zero.
  private func attention(_ factor: Double) throws(ModelFault) -> Double? {
    let (own, all) = (
      try file.number("mscale", in: 0...1e6), try file.number("mscale_all_dim", in: 0...1e6)
    )
    if let given = try file.number("attention_factor", above: 0, upTo: 1e6) { return given }
    guard let own, let all, own != 0, all != 0 else { return nil }
    typealias Yarn = RotarySettings.YarnScaling
    return Yarn.magnitude(factor, own) / Yarn.magnitude(factor, all)
  }
}
