// The loop behind the reference's ten steps: AdamW over an adapter's parameters, no schedule, no clipping.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptTensors

/// AdamW with a state for each parameter.
final class TestOptimiser {
  private var moments: [ObjectIdentifier: (first: [Float], second: [Float])] = [:]
  private var step = 0
  private let settings: GoldenFacts.Optimiser

  init(_ settings: GoldenFacts.Optimiser) { self.settings = settings }

  func apply(_ gradients: Gradients, to parameters: [AdapterParameter]) {
    step += 1
    for parameter in parameters {
      guard let gradient = gradients[parameter.trainable] else { continue }
      let step = AdamWStep(
        number: step, rate: settings.lr * Double(parameter.learningRateFactor),
        beta1: settings.betas[0], beta2: settings.betas[1], epsilon: settings.eps,
        decay: settings.weightDecay)
      var weights = parameter.trainable.value.elements
      let id = ObjectIdentifier(parameter.trainable)
      let zeros = [Float](repeating: 0, count: weights.count)
      var (first, second) = moments[id] ?? (zeros, zeros)
      weights.withUnsafeMutableBufferPointer { weights in
        first.withUnsafeMutableBufferPointer { first in
          second.withUnsafeMutableBufferPointer { second in
            gradient.withElements { gradient in
              guard let w = weights.baseAddress, let m = first.baseAddress,
                let v = second.baseAddress, let g = gradient.baseAddress
              else { return }
              step.apply(weights: w, first: m, second: v, gradient: g, count: gradient.count)
            }
          }
        }
      }
      moments[id] = (first, second)
      parameter.trainable.update(to: Tensor(parameter.trainable.shape, weights))
    }
  }
}

extension GoldenModel {
  /// Loss and gradients of one batch.
  func gradients(
    _ batches: GoldenBatches, _ number: Int, in pass: Pass
  ) throws -> (loss: Float, gradients: Gradients) {
    let loss = try loss(batches, number, in: pass)
    let gradients = Gradients()
    gradients.backward(from: loss)
    return (loss.value.elements[0], gradients)
  }

  /// Trains `attached` on the batches in order; gives the losses measured before each step.
  func train(
    _ attached: any AttachedAdapter, _ batches: GoldenBatches, _ facts: GoldenFacts
  ) throws -> [Float] {
    let optimiser = TestOptimiser(facts.optimizer)
    return try (0..<facts.steps).map { step in
      var pass = Pass(.train, adapter: attached.adapter)
      pass.random = RandomKey(seed: 0, step: UInt32(step))
      let (loss, gradients) = try gradients(batches, step, in: pass)
      optimiser.apply(gradients, to: attached.parameters)
      attached.afterStep(step, gradients: gradients)
      return loss
    }
  }
}

/// The largest absolute difference; infinity when one holds NaN or lengths differ.
func difference(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Float {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { worst, pair in
    let difference = abs(pair.0 - pair.1)
    return difference.isNaN ? .infinity : max(worst, difference)
  }
}
