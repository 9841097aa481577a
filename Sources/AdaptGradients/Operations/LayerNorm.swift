// Layer norm, as in BERT and GPT-2.
import AdaptTensors
import CKernels

extension Variable {
  /// `(x - mean) · gain / √(variance + epsilon) + shift` over the last axis, where x is `self + residual`; shape
  /// kept, `gain`, `shift` `[D]`.
  ///
  /// Saves x and two floats a row; its own value is formed again where needed. Where nothing is recorded the sum
  /// never exists. Ba, Kiros, Hinton, arXiv:1607.06450, eq. 4.
  package func layerNormalised(
    residual: Variable? = nil, gain: Variable, shift: Variable, epsilon: Float
  ) -> Variable {
    precondition(gain.value.count == columns && shift.value.count == columns)
    precondition(residual.map { $0.shape == shape } ?? true)
    guard Recording.reaches([self, gain, shift] + (residual.map { [$0] } ?? [])) else {
      return Variable(
        value.layerNormalised(
          residual: residual?.value, gain: gain.value, shift: shift.value, epsilon: epsilon))
    }
    return (residual.map { self + $0 } ?? self).normalised(gain, shift, epsilon)
  }

  private func normalised(_ gain: Variable, _ shift: Variable, _ epsilon: Float) -> Variable {
    let (y, statistics) = layerNorm(value, gain.value, shift.value, epsilon)
    let (x, input, gainValue, shiftValue) = (place, saved, gain.value, shift.value)
    let (gainPlace, shiftPlace) = (gain.place, shift.place)
    // With n = (x - m) s and d = dy g:  dx = s (d - mean(d) - n mean(d n)), as m and s both move with x;
    // dgain = Σ_rows dy n, dshift = Σ_rows dy.
    let result = recorded(y, from: [self, gain, shift]) { dy, gradients in
      let source = input.value
      gradients.add(to: x) { statistics.inputGradient(source, gainValue, dy) }
      gradients.add(to: gainPlace) {
        statistics.gainGradient(source, dy).reshaped(gainPlace.shape)
      }
      gradients.add(to: shiftPlace) { dy.columnSums().reshaped(shiftPlace.shape) }
    }
    return result.recomputed { layerNorm(input.value, gainValue, shiftValue, epsilon).y }
  }
}

private func layerNorm(
  _ x: Tensor, _ gain: Tensor, _ shift: Tensor, _ epsilon: Float
) -> (y: Tensor, statistics: SavedStatistics) {
  let (N, D) = (x.rows, x.columns)
  let (y, mean, inverse) = (TensorBuffer(x.shape), TensorBuffer([N]), TensorBuffer([N]))
  withExtendedLifetime((x, gain, shift)) {
    inParallel(N, weight: D) { part in
      let start = part.lowerBound
      adapt_layer_norm_saving(
        x.storage.base + start * D, gain.storage.base, shift.storage.base, part.count, D, epsilon,
        y.base + start * D, mean.base + start, inverse.base + start)
    }
  }
  return (y.finished(), SavedStatistics(mean: mean.finished(), inverse: inverse.finished()))
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
