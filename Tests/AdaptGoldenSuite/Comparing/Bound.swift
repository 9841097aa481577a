// The bounds of every comparison, in one place, with their reasons.

/// How far a tensor may be from the reference: the larger of the two parts.
///
/// Both are in the end fractions of sizes that the reference itself has, so neither a shrunken tensor nor a
/// damaged `golden.json` opens them.
struct Bound: Sendable, Equatable {
  /// Times the largest magnitude of the compared part of the tensor.
  var relative: Double
  /// In the tensor's own unit.
  var absolute: Double
  /// Where `absolute` comes from the size of many tensors: how small it becomes for a tensor that is itself small,
  /// of which it is to be a thousandth at most.
  var least: Double?

  func limit(scale: Double) -> Double {
    let own = least.map { min(absolute, max(1e-3 * scale, $0)) } ?? absolute
    return max(relative * scale, own)
  }
}

/// How well the reference determines a kind of number: `f32_vs_f64_params` of a `golden.json`.
struct Determinacy: Sendable {
  var logits: Double?
  var gradients: Double?
  var losses: Double?
  var stepWeights: Double?
  /// Trained tensors by name whose ten-step values rounding decides, with their recorded difference.
  var sensitive: [String: Double] = [:]
}

enum Bounds {
  /// Several times the difference between the reference's own runs in f32 and f64: ours is a third run with
  /// other sums, about as far from the truth as its f32 run, and both are not at their worst at one place.
  private static let margin = 8.0

  /// The same again for tensors that are noise alone.
  private static let noise = 3.0

  /// A sum of some hundred terms in f32 in another order: tens of units of the last place (2⁻²³ = 1.2e-7).
  private static let rounding = 5e-6

  /// What a recorded difference may at most ask for, relative to the size of its numbers.
  ///
  /// A wrong formula moves numbers by a percent or more; this is a hundredth of that.
  private static let ceiling = 1e-4

  private static func bound(_ difference: Double?, size: Double, floor: Double) -> Bound {
    let asked = margin * (difference ?? 0)
    return Bound(relative: floor, absolute: min(asked, ceiling * size))
  }

  /// Logits, hidden states, scores and log-probabilities; `size` is the largest magnitude of the kind.
  ///
  /// Encoders have no recorded difference, and a third layer brought a pooler to 0.6 of the plain floor.
  static func logits(_ d: Determinacy, size: Double) -> Bound {
    bound(d.logits, size: size, floor: d.logits == nil ? 2 * rounding : rounding)
  }

  static func losses(_ d: Determinacy, size: Double) -> Bound {
    bound(d.losses ?? d.logits, size: size, floor: rounding)
  }

  /// Gradients; `size` is the largest magnitude of all gradients of the case.
  ///
  /// Rounding enters a gradient on its way through the whole graph, so it goes by the size of all. A tensor whose
  /// true gradient is zero, such as the bias of keys, is rounding alone: some units of the last place of that size.
  static func gradients(_ d: Determinacy, size: Double) -> Bound {
    let typical = 2e-6 * size
    var bound = bound(max(d.gradients ?? typical, typical), size: size, floor: rounding)
    bound.least = 1e-6 * size
    return bound
  }

  /// A tensor after ten steps of AdamW at `rate`.
  ///
  /// The optimiser divides gradients by their own size, so an element whose gradient is near zero turns rounding
  /// into a part of a step; the reference names the tensors where that happened (`step10_sensitive`, above 1e-5).
  /// The floor is half a percent of one step. A named tensor is noise, of which two runs have different amounts:
  /// ours was five times the recorded one in one of six generated sets.
  static func stepWeights(_ d: Determinacy, _ name: String, rate: Double, steps: Int) -> Bound {
    let recorded = d.sensitive[name].map { noise * $0 } ?? min(d.stepWeights ?? 0, 1e-5)
    let most = 0.5 * rate * Double(steps)
    return Bound(relative: 0, absolute: min(max(margin * recorded, rate / 200), most))
  }

  /// Logits after ten steps, `size` their largest magnitude: the errors of all trained weights meet in each.
  ///
  /// A sensitive bias of the head moves them by as much as itself; in sets with such tensors they say little, and
  /// the weights without noise say the rest.
  static func after(_ d: Determinacy, size: Double) -> Bound {
    let recorded = max(d.logits ?? 0, d.losses ?? 0, d.stepWeights ?? 0)
    let (share, most) = d.sensitive.isEmpty ? (1, ceiling) : (noise, 300 * ceiling)
    return Bound(
      relative: 4 * rounding, absolute: min(margin * share * recorded, most * size))
  }

  /// Merged weights: one product of thin matrices added to the base.
  static let merged = Bound(relative: 2e-6, absolute: 0)

  /// Unit vectors of a six-layer encoder; components are about 0.05, of 1 at most.
  static let vectors = Bound(relative: 0, absolute: 2e-6)

  /// Twenty steps on numbers of size 1 with the roundings of torch: a few units of the last place a step.
  static let optimiser = Bound(relative: 2e-6, absolute: 0)

  /// Logits divided and masked, and softmaxes of forty of them: a few units of the last place.
  static func filtered(size: Double) -> Bound { Bound(relative: 0, absolute: 1e-6 * size) }
}
