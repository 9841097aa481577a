// Root-mean-square norm, as in Llama.
import AdaptTensors

extension Variable {
  /// `x · gain / √(mean(x²) + epsilon)` over the last axis, shape kept; `gain [D]`.
  ///
  /// Saves x and one float a row; its own value is formed again where a later operation needs it. D may be a
  /// head's width for norms of heads: `x` viewed as `[N · H, D]`. Zhang, Sennrich, arXiv:1910.07467, eq. 4.
  package func rmsNormalised(gain: Variable, epsilon: Float) -> Variable {
    precondition(gain.value.count == columns, "gain \(gain.shape) for \(shape)")
    let (y, inverse) = value.rmsNormalised(gain: gain.value, epsilon: epsilon)
    let (x, input, gainPlace, gainValue) = (place, saved, gain.place, gain.value)
    // With s = (mean x² + ε)^-½ and y = g x s, ds/dx_j = -s³ x_j / D, so
    //   dx_j = g_j s dy_j - x_j s³ / D · Σ_k dy_k g_k x_k   and   dg_j = Σ_rows dy_j x_j s.
    let result = recorded(y, from: [self, gain]) { dy, gradients in
      let both = input.value.rmsNormGradients(
        inverse: inverse, gain: gainValue, dy: dy, wantsGain: gradients.wants(gainPlace))
      gradients.add(to: x) { both.input }
      if let dGain = both.gain { gradients.add(to: gainPlace) { dGain.reshaped(gainPlace.shape) } }
    }
    return result.recomputed { input.value.rmsNormalised(gain: gainValue, epsilon: epsilon).output }
  }
}
