// AdamW over trainables: the moments, and one step after another.
package import AdaptGradients
import AdaptTensors

/// Adam with decoupled weight decay (Loshchilov and Hutter, arXiv:1711.05101, algorithm 2), with the roundings of
/// PyTorch.
package final class AdamW {
  /// What a run chooses.
  package struct Settings: Sendable, Equatable {
    package var beta1 = 0.9
    package var beta2 = 0.999
    package var epsilon = 1e-8
    package var decay = 0.0

    package init() {}

    package init(beta1: Double, beta2: Double, epsilon: Double, decay: Double) {
      (self.beta1, self.beta2, self.epsilon, self.decay) = (beta1, beta2, epsilon, decay)
    }
  }

  private struct Moments {
    /// Steps that moved this one.
    var steps: Int
    var first: Tensor
    var second: Tensor
  }

  package let settings: Settings
  private var moments: [ObjectIdentifier: Moments] = [:]

  package init(_ settings: Settings = Settings()) {
    self.settings = settings
  }

  /// Moves every trainable that has a gradient; `rate` gives the learning rate of each in this step.
  ///
  /// One without a gradient stays as it is, moments and count of steps included, as in PyTorch.
  package func step(
    _ trainables: [Trainable], _ gradients: Gradients, rate: (Trainable) -> Double
  ) {
    for trainable in trainables {
      guard let gradient = gradients[trainable] else { continue }
      move(trainable, gradient, rate: rate(trainable))
    }
  }

  /// Writes new values and moments into memory of their own: tensors do not change.
  private func move(_ trainable: Trainable, _ gradient: Tensor, rate: Double) {
    let (value, shape, count) = (trainable.value, trainable.shape, gradient.count)
    let key = ObjectIdentifier(trainable)
    let before = moments.removeValue(forKey: key)
    let number = (before?.steps ?? 0) + 1
    let step = AdamWStep(
      number: number, rate: rate, beta1: settings.beta1, beta2: settings.beta2,
      epsilon: settings.epsilon, decay: settings.decay)
    var second: Tensor?
    var weights: Tensor?
    let first = Tensor(shape) { m in
      Self.copy(before?.first, count, to: m)
      second = Tensor(shape) { v in
        Self.copy(before?.second, count, to: v)
        weights = Tensor(shape) { w in
          Self.copy(value, count, to: w)
          gradient.withElements { g in
            guard let g = g.baseAddress else { return }
            step.apply(weights: w, first: m, second: v, gradient: g, count: count)
          }
        }
      }
    }
    if let second, let weights {
      moments[key] = Moments(steps: number, first: first, second: second)
      trainable.update(to: weights)
    }
  }

  private static func copy(_ source: Tensor?, _ count: Int, to out: UnsafeMutablePointer<Float>) {
    guard let source else { return out.update(repeating: 0, count: count) }
    source.withElements { if let base = $0.baseAddress { out.update(from: base, count: count) } }
  }
}
