// The optimiser's step as one pass over weights, moments and gradient.
import CKernels

/// One step of AdamW (Loshchilov and Hutter, arXiv:1711.05101, algorithm 2), with the roundings of torch.
package struct AdamWStep: Sendable {
  private let constants: adapt_adamw_step

  /// The constants of step `number`, counted from 1.
  ///
  /// - Parameters:
  ///   - rate: The learning rate of this step.
  ///   - decay: Decoupled weight decay, times the rate.
  ///   - epsilon: Added outside the root.
  package init(
    number: Int, rate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    decay: Double = 0
  ) {
    precondition(number >= 1)
    let correction1 = 1 - power(beta1, number)
    let correction2 = 1 - power(beta2, number)
    constants = adapt_adamw_step(
      keep: Float(1 - rate * decay), rest1: Float(1 - beta1), beta2: Float(beta2),
      rest2: Float(1 - beta2), root_correction2: Float(correction2.squareRoot()),
      epsilon: Float(epsilon), step_size: Float(rate / correction1))
  }

  /// Applies the step in place to `count` weights and their two moments, zero before the first step.
  package func apply(
    weights: UnsafeMutablePointer<Float>, first: UnsafeMutablePointer<Float>,
    second: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, count: Int,
    pool: ThreadPool = .shared
  ) {
    inRuns(count, pool) { run in
      var constants = constants
      let start = run.lowerBound
      adapt_adamw(
        weights + start, first + start, second + start, gradient + start, run.count, &constants)
    }
  }
}

/// `base` to a whole power, by squaring.
private func power(_ base: Double, _ exponent: Int) -> Double {
  var (result, square, rest) = (1.0, base, exponent)
  while rest > 0 {
    if rest & 1 == 1 { result *= square }
    square *= square
    rest >>= 1
  }
  return result
}
