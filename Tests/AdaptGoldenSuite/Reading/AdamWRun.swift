// AdamW over a list of tensors, as the references were trained.
import AdaptTensors

/// The settings that a `golden.json` gives.
struct AdamWSettings {
  let rate: Double
  let betas: (Double, Double)
  let epsilon: Double
  let decay: Double

  init(_ json: GoldenJSON) throws {
    let betas = try json.doubles("betas")
    guard betas.count == 2 else {
      throw GoldenFault.json(path: json.path + ": betas", wanted: "two numbers", got: "\(betas)")
    }
    self.betas = (betas[0], betas[1])
    rate = try json.double("lr")
    epsilon = try json.double("eps")
    decay = try json.double("weight_decay")
  }
}

/// The moments and the number of steps taken.
struct AdamWRun {
  private let settings: AdamWSettings
  private var steps = 0
  private var moments: [(first: [Float], second: [Float])] = []

  init(_ settings: AdamWSettings) {
    self.settings = settings
  }

  /// Moves each of `parameters` by its gradient.
  mutating func step(_ parameters: inout [Tensor], _ gradients: [Tensor]) {
    steps += 1
    if moments.isEmpty {
      moments = parameters.map {
        let zeros = [Float](repeating: 0, count: $0.count)
        return (zeros, zeros)
      }
    }
    let step = AdamWStep(
      number: steps, rate: settings.rate, beta1: settings.betas.0, beta2: settings.betas.1,
      epsilon: settings.epsilon, decay: settings.decay)
    for i in parameters.indices {
      var weights = parameters[i].elements
      var (first, second) = moments[i]
      step.apply(
        weights: &weights, first: &first, second: &second, gradient: gradients[i].elements,
        count: weights.count)
      moments[i] = (first, second)
      parameters[i] = Tensor(parameters[i].shape, weights)
    }
  }
}
