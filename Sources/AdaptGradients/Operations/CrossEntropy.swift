// Cross-entropy over small rows of logits: classification heads.
import AdaptTensors
import CKernels

extension Variable {
  /// `-ln softmax(x)[target]` of each row `[N, C]`, shape `[N]`; 0 where the target is `ignored`.
  ///
  /// Saves x and one float a row. Divide the sum by the count of targets that are not ignored for the mean.
  /// - Precondition: every other target is in `0..<C`.
  package func crossEntropies(_ targets: [Int32], ignoring ignored: Int32 = -100) -> Variable {
    let (x, N, C) = (self, rows, columns)
    precondition(targets.count == N)
    precondition(targets.allSatisfy { $0 == ignored || ($0 >= 0 && $0 < C) })
    let safe = targets.map { $0 == ignored ? 0 : $0 }
    let (losses, logs) = (TensorBuffer([N], filledWith: 0), TensorBuffer([N], filledWith: 0))
    if C > 0 {
      withExtendedLifetime(x) {
        adapt_cross_entropy(x.value.storage.base, safe, N, C, losses.base, logs.base)
      }
      for i in 0..<N where targets[i] == ignored { losses.base[i] = 0 }
    }
    let (logSums, place, input) = (logs.finished(), place, saved)
    // y_i = ln Σ e^x - x_t: dx = dy_i (softmax(x) - onehot(t)), and 0 in ignored rows.
    return recorded(losses.finished(), from: [x]) { dy, gradients in
      gradients.add(to: place) {
        let weights = zip(dy.elements, targets).map { $1 == ignored ? 0 : $0 }
        let logits = input.value
        return withExtendedLifetime((logits, logSums)) {
          Tensor(place.shape) { out in
            out.update(from: logits.storage.base, count: logits.count)
            adapt_cross_entropy_backward(out, safe, logSums.storage.base, weights, N, C, 0)
          }
        }
      }
    }
  }
}
