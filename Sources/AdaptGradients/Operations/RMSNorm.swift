// Root-mean-square norm, as in Llama.
import AdaptTensors
import CKernels

extension Variable {
  /// `x · gain / √(mean(x²) + epsilon)` over the last axis, shape kept; `gain [D]`.
  ///
  /// Saves x and one float a row; its own value is formed again where a later operation needs it. D may be a
  /// head's width for norms of heads: `x` viewed as `[N · H, D]`. Zhang, Sennrich, arXiv:1910.07467, eq. 4.
  package func rmsNormalised(gain: Variable, epsilon: Float) -> Variable {
    precondition(gain.value.count == columns, "gain \(gain.shape) for \(shape)")
    let (y, inverse) = rmsNorm(value, gain.value, epsilon)
    let (x, input, gainPlace, gainValue) = (place, saved, gain.place, gain.value)
    // With s = (mean x² + ε)^-½ and y = g x s, ds/dx_j = -s³ x_j / D, so
    //   dx_j = g_j s dy_j - x_j s³ / D · Σ_k dy_k g_k x_k   and   dg_j = Σ_rows dy_j x_j s.
    let result = recorded(y, from: [self, gain]) { dy, gradients in
      let source = input.value
      gradients.add(to: x) { inputGradient(source, gainValue, inverse, dy) }
      gradients.add(to: gainPlace) {
        withExtendedLifetime((source, inverse, dy)) {
          Tensor(zeros: gainPlace.shape) {
            adapt_rms_norm_gain(
              source.storage.base, inverse.storage.base, dy.storage.base, x.rows, x.columns, $0)
          }
        }
      }
    }
    return result.recomputed { rmsNorm(input.value, gainValue, epsilon).y }
  }
}

private func rmsNorm(
  _ x: Tensor, _ gain: Tensor, _ epsilon: Float
) -> (y: Tensor, inverse: Tensor) {
  let (N, D) = (x.rows, x.columns)
  let (y, inverse) = (TensorBuffer(x.shape), TensorBuffer([N]))
  withExtendedLifetime((x, gain)) {
    inParallel(N, weight: D) { part in
      let start = part.lowerBound
      adapt_rms_norm(
        x.storage.base + start * D, part.count, D, gain.storage.base, epsilon,
        y.base + start * D, inverse.base + start)
    }
  }
  return (y.finished(), inverse.finished())
}

private func inputGradient(
  _ x: Tensor, _ gain: Tensor, _ inverse: Tensor, _ dy: Tensor
) -> Tensor {
  let (N, D) = (x.rows, x.columns)
  return withExtendedLifetime((x, gain, inverse, dy)) {
    Tensor(x.shape) { dx in
      inParallel(N, weight: D) { part in
        let start = part.lowerBound
        adapt_rms_norm_backward(
          x.storage.base + start * D, inverse.storage.base + start, gain.storage.base,
          dy.storage.base + start * D, part.count, D, dx + start * D, nil)
      }
    }
  }
}
