// The loop behind the reference's ten steps: AdamW over an adapter's parameters, no schedule, no clipping.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptTensors
import AdaptTraining

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
    let settings = facts.optimizer
    let optimiser = AdamW(
      AdamW.Settings(
        beta1: settings.betas[0], beta2: settings.betas[1], epsilon: settings.eps,
        decay: settings.weightDecay))
    return try (0..<facts.steps).map { step in
      var pass = Pass(.train, adapter: attached.adapter)
      pass.random = RandomKey(seed: 0, step: UInt32(step))
      let (loss, gradients) = try gradients(batches, step, in: pass)
      optimiser.step(attached.parameters.map(\.trainable), gradients) { _ in settings.lr }
      attached.afterStep(step) { gradients[$0] }
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
