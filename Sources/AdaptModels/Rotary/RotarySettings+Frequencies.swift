// The frequencies of rotary positions in Double. `j` counts the d/2 pairs of components that turn together,
// `f` is the factor; each kind equals the function of transformers' modeling_rope_utils that it names.
import Foundation

extension RotarySettings {
  /// Radians a position for each pair, `[width / 2]`, for a sequence of `length` positions.
  ///
  /// Only dynamic scaling looks at the length.
  /// - Precondition: `width` is even; with dynamic scaling it is at least 4.
  package func frequencies(width d: Int, length: Int) -> [Double] {
    precondition(d > 0 && d.isMultiple(of: 2))
    let plain = Self.plain(base, d)
    switch scaling {
    case .none: return plain
    // _compute_linear_scaling_rope_parameters: ω/f.
    case .linear(let factor): return plain.map { $0 / factor }
    case .dynamic(let factor, let original):
      guard length > original else { return plain }
      return Self.plain(Self.dynamicBase(base, d, factor, original, length), d)
    case .llama3(let scaling): return plain.map(scaling.stretched)
    case .yarn(let scaling): return scaling.stretched(plain, base: base)
    }
  }

  /// What cosines and sines are multiplied with.
  package var scale: Double {
    if case .yarn(let yarn) = scaling { yarn.attention } else { 1 }
  }

  /// `ω_j = θ^(-2j/d)` (Su et al., arXiv:2104.09864, section 3.2.2).
  private static func plain(_ base: Double, _ d: Int) -> [Double] {
    (0..<d / 2).map { pow(base, -Double(2 * $0) / Double(d)) }
  }

  /// `θ' = θ · (f·T/L − (f − 1))^(d/(d − 2))` for `T` positions of a model of `L`.
  ///
  /// As _compute_dynamic_ntk_parameters: the "NTK-aware" base of arXiv:2309.00071 with the stretch that this
  /// length needs.
  private static func dynamicBase(
    _ base: Double, _ d: Int, _ factor: Double, _ original: Int, _ length: Int
  ) -> Double {
    precondition(d >= 4)
    let stretch = factor * Double(length) / Double(original) - (factor - 1)
    return base * pow(stretch, Double(d) / Double(d - 2))
  }
}

extension RotarySettings.LlamaScaling {
  /// One frequency; `L` original positions make `n = L·ω/2π` turns.
  ///
  /// n > high: ω; n < low: ω/f; between: `(1 − s)·ω/f + s·ω` with `s = (n − low) / (high − low)`, as
  /// _compute_llama3_parameters.
  func stretched(_ frequency: Double) -> Double {
    let turns = Double(original) * frequency / (2 * .pi)
    if turns > highTurns { return frequency }
    if turns < lowTurns { return frequency / factor }
    let share = (turns - lowTurns) / (highTurns - lowTurns)
    return (1 - share) * frequency / factor + share * frequency
  }
}

extension RotarySettings.YarnScaling {
  /// What cosines and sines are multiplied with: `0.1 · m · ln f + 1`.
  ///
  /// 1 where nothing is stretched. The paper's √(1/t) has m = 1 (arXiv:2309.00071, "YaRN").
  static func magnitude(_ factor: Double, _ m: Double = 1) -> Double {
    factor <= 1 ? 1 : 0.1 * m * log(factor) + 1
  }

  /// `(1 − k)·ω + k·ω/f` with a ramp `k` from 0 at the last fast pair to 1 at the first slow one.
  ///
  /// The "NTK-by-parts" interpolation of arXiv:2309.00071; its ramp runs over turns, that of
  /// _compute_yarn_parameters and this one over pairs.
  func stretched(_ frequencies: [Double], base: Double) -> [Double] {
    let d = Double(2 * frequencies.count)
    var low = pair(turning: fast, base, d)
    var high = pair(turning: slow, base, d)
    if isTruncated { (low, high) = (low.rounded(.down), high.rounded(.up)) }
    (low, high) = (max(low, 0), min(high, d - 1))
    // The reference's way round a ramp of no width.
    if low == high { high += 0.001 }
    return frequencies.enumerated().map { j, frequency in
      let k = min(max((Double(j) - low) / (high - low), 0), 1)
      return (1 - k) * frequency + k * frequency / factor
    }
  }

  /// The pair, as a real number, that makes `turns` turns over the original positions: the inverse of
  /// `n = L·θ^(-2j/d) / 2π`.
  private func pair(turning turns: Double, _ base: Double, _ d: Double) -> Double {
    d * log(Double(original) / (turns * 2 * .pi)) / (2 * log(base))
  }
}
