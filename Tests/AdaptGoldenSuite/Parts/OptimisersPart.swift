// optim/: optimisers on a small quadratic, step by step.
import AdaptGradients
import AdaptTensors
import AdaptTraining
import Foundation

enum OptimisersPart: GoldenPart {
  static let folder = "optim"

  static func cases(in folder: GoldenFolder) throws -> [any GoldenCase] {
    let settings = try folder.json("optim/golden.json").object("optimizers")
    let optimisers = settings.object.keys.sorted().map { name -> any GoldenCase in
      name == "adamw"
        ? AdamWCase(folder: folder, name: "optim/" + name)
        : MissingCase(name: "optim/" + name, reason: "only AdamW is there")
    }
    return optimisers + [
      MissingCase(name: "optim/clip", reason: "no clipping by norm"),
      MissingCase(name: "optim/schedules", reason: "no learning-rate schedules"),
    ]
  }
}

/// AdamW over all steps: both parameters after each, and the loss before it.
struct AdamWCase: GoldenCase {
  let folder: GoldenFolder
  let name: String

  func run(_ log: inout CaseLog) throws {
    let golden = try folder.tensors("optim/golden.safetensors")
    let all = try folder.json("optim/golden.json")
    let settings = try AdamWSettings(all.object("optimizers").object("adamw"))
    let steps = try all.integer("steps")
    let parts = try ["weight", "bias"].map { try Quadratic(golden, $0, steps: steps) }
    let optimiser = AdamW(settings.others)
    var (weights, biases, losses) = ([Float](), [Float](), [Float]())
    for step in 0..<steps {
      let loss = parts[0].loss(step) + parts[1].loss(step)
      losses += loss.value.elements
      let gradients = Gradients()
      gradients.backward(from: loss)
      optimiser.step(parts.map(\.parameter), gradients) { _ in settings.rate }
      weights += parts[0].parameter.value.elements
      biases += parts[1].parameter.value.elements
    }
    let histories = [("weight", weights), ("bias", biases), ("loss", losses)]
    for (part, ours) in histories {
      log.compare(part) { tally in
        try tally.compare(
          Tensor([ours.count], ours), with: golden("adamw." + part), within: Bounds.optimiser)
      }
    }
  }
}

/// `½ Σ scale (w − target)² + Σ noise[step] w` of one parameter; without a scale it is 1.
private struct Quadratic {
  let parameter: Trainable
  private let target: Tensor
  private let scale: Tensor
  private let noise: [Float]

  init(_ golden: GoldenTensors, _ name: String, steps: Int) throws {
    let start = try golden.tensor(name + ".start")
    parameter = Trainable(name, start)
    target = try golden.tensor(name + ".target")
    scale =
      golden.has(name + ".scale")
      ? try golden.tensor(name + ".scale")
      : Tensor(start.shape, [Float](repeating: 1, count: start.count))
    noise = try golden(name + ".noise").values
    guard target.shape == start.shape, scale.shape == start.shape,
      noise.count == steps * start.count
    else { throw GoldenFault.shape(name + ".start", wanted: target.shape, got: start.shape) }
  }

  func loss(_ step: Int) -> Variable {
    let w = Variable(parameter)
    let noise = Tensor(
      parameter.shape, Array(noise[step * target.count..<(step + 1) * target.count]))
    let distance = w - Variable(target)
    return (distance * distance * Variable(scale)).sum.scaled(by: 0.5) + (Variable(noise) * w).sum
  }
}
