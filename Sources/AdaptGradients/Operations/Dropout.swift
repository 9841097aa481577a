// Dropout by key: no mask is saved, the backward pass draws the same numbers again.
import AdaptTensors
import CKernels

extension Variable {
  /// Each element kept with probability `1 - rate` and divided by it, else 0; shape kept.
  ///
  /// The same key drops the same elements. With a rate of 0 this is the variable itself.
  /// Srivastava et al., JMLR 15 (2014).
  /// - Precondition: `0 ≤ rate < 1`.
  package func dropped(rate: Float, key: RandomKey) -> Variable {
    precondition(rate >= 0 && rate < 1, "dropout of \(rate)")
    guard rate > 0 else { return self }
    let (x, input) = (place, saved)
    // y = m x / (1 - rate) with m from the key alone, so dx = m dy / (1 - rate).
    let y = recorded(drop(value, rate, key), from: [self]) { dy, gradients in
      gradients.add(to: x) { drop(dy, rate, key) }
    }
    return y.recomputed { drop(input.value, rate, key) }
  }
}

private func drop(_ x: Tensor, _ rate: Float, _ key: RandomKey) -> Tensor {
  let threshold = UInt32(min(Double(rate) * 0x1p32, 0x1p32 - 1))
  let (keyWords, streamWords) = (key.keyWords, key.streamWords)
  return withExtendedLifetime(x) {
    Tensor(x.shape) { out in
      inParallel(x.count) { part in
        adapt_dropout(
          x.storage.base + part.lowerBound, part.count, UInt64(part.lowerBound), keyWords,
          streamWords, threshold, 1 / (1 - rate), out + part.lowerBound)
      }
    }
  }
}
