// Layer norm, as in BERT and GPT-2.
import AdaptTensors
import CKernels

extension Variable {
  /// `(x - mean) · gain / √(variance + epsilon) + shift` over the last axis, shape kept; `gain`, `shift` `[D]`.
  ///
  /// Saves x and two floats a row. Ba, Kiros, Hinton, arXiv:1607.06450, eq. 4.
  package func layerNormalised(gain: Variable, shift: Variable, epsilon: Float) -> Variable {
    let (x, N, D) = (self, rows, columns)
    precondition(gain.value.count == D && shift.value.count == D)
    let (mean, inverse) = (TensorBuffer([N]), TensorBuffer([N]))
    let y = withExtendedLifetime((x, gain, shift)) {
      Tensor(x.shape) { y in
        inParallel(N, weight: D) { part in
          let start = part.lowerBound
          adapt_layer_norm_saving(
            x.value.storage.base + start * D, gain.value.storage.base, shift.value.storage.base,
            part.count, D, epsilon, y + start * D, mean.base + start, inverse.base + start)
        }
      }
    }
    let saved = SavedStatistics(mean: mean.finished(), inverse: inverse.finished())
    // With n = (x - m) s and d = dy g:  dx = s (d - mean(d) - n mean(d n)), as m and s both move with x;
    // dgain = Σ_rows dy n, dshift = Σ_rows dy.
    return recorded(y, from: [x, gain, shift]) { dy, gradients in
      gradients.add(to: x) { saved.inputGradient(x.value, gain.value, dy) }
      gradients.add(to: gain) { saved.gainGradient(x.value, dy).reshaped(gain.shape) }
      gradients.add(to: shift) { dy.columnSums.reshaped(shift.shape) }
    }
  }
}

private struct SavedStatistics {
  let mean: Tensor
  let inverse: Tensor

  func inputGradient(_ x: Tensor, _ gain: Tensor, _ dy: Tensor) -> Tensor {
    let (N, D) = (x.rows, x.columns)
    return withExtendedLifetime((x, gain, self, dy)) {
      Tensor(x.shape) { dx in
        inParallel(N, weight: D) { part in
          let start = part.lowerBound
          adapt_layer_norm_backward(
            x.storage.base + start * D, gain.storage.base, mean.storage.base + start,
            inverse.storage.base + start, dy.storage.base + start * D, part.count, D,
            dx + start * D)
        }
      }
    }
  }

  func gainGradient(_ x: Tensor, _ dy: Tensor) -> Tensor {
    withExtendedLifetime((x, self, dy)) {
      Tensor(zeros: [x.columns]) {
        adapt_layer_norm_gain(
          x.storage.base, mean.storage.base, inverse.storage.base, dy.storage.base, x.rows,
          x.columns, $0)
      }
    }
  }
}
