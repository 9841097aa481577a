// Root-mean-square norm, as in Llama.
import AdaptTensors
import CKernels

extension Variable {
  /// `x · gain / √(mean(x²) + epsilon)` over the last axis, shape kept; `gain [D]`.
  ///
  /// Saves x and one float a row. D may be a head's width for norms of heads: `x` viewed as `[N · H, D]`.
  /// Zhang, Sennrich, arXiv:1910.07467, eq. 4.
  package func rmsNormalised(gain: Variable, epsilon: Float) -> Variable {
    let (x, N, D) = (self, rows, columns)
    precondition(gain.value.count == D, "gain \(gain.shape) for \(shape)")
    let inverse = TensorBuffer([N])
    let y = withExtendedLifetime((x, gain)) {
      Tensor(shape) { y in
        inParallel(N, weight: D) { part in
          let start = part.lowerBound
          adapt_rms_norm(
            x.value.storage.base + start * D, part.count, D, gain.value.storage.base, epsilon,
            y + start * D, inverse.base + start)
        }
      }
    }
    let saved = inverse.finished()
    // With s = (mean x² + ε)^-½ and y = g x s, ds/dx_j = -s³ x_j / D, so
    //   dx_j = g_j s dy_j - x_j s³ / D · Σ_k dy_k g_k x_k   and   dg_j = Σ_rows dy_j x_j s.
    return recorded(y, from: [x, gain]) { dy, gradients in
      gradients.add(to: x) { inputGradient(x.value, gain.value, saved, dy) }
      gradients.add(to: gain) {
        withExtendedLifetime((x, saved, dy)) {
          Tensor(zeros: gain.shape) {
            adapt_rms_norm_gain(
              x.value.storage.base, saved.storage.base, dy.storage.base, N, D, $0)
          }
        }
      }
    }
  }
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
