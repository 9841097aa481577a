// optim/: optimisers on a small quadratic, step by step.
import AdaptTensors
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
    let weight = try Quadratic(golden, "weight", steps: steps)
    let bias = try Quadratic(golden, "bias", steps: steps)
    var parameters = [weight.start, bias.start]
    var run = AdamWRun(settings)
    var (weights, biases, losses) = ([Float](), [Float](), [Float]())
    for step in 0..<steps {
      losses.append(
        Float(weight.loss(parameters[0], step) + bias.loss(parameters[1], step)))
      run.step(
        &parameters,
        [weight.gradient(parameters[0], step), bias.gradient(parameters[1], step)])
      weights += parameters[0].elements
      biases += parameters[1].elements
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
  let start: Tensor
  private let target: [Float]
  private let scale: [Float]
  private let noise: [Float]

  init(_ golden: GoldenTensors, _ name: String, steps: Int) throws {
    start = try golden.tensor(name + ".start")
    target = try golden(name + ".target").values
    scale =
      golden.has(name + ".scale")
      ? try golden(name + ".scale").values : [Float](repeating: 1, count: target.count)
    noise = try golden(name + ".noise").values
    guard [target.count, scale.count].allSatisfy({ $0 == start.count }),
      noise.count == steps * start.count
    else { throw GoldenFault.shape(name + ".start", wanted: [target.count], got: start.shape) }
  }

  func gradient(_ w: Tensor, _ step: Int) -> Tensor {
    let w = w.elements
    return Tensor(
      start.shape,
      w.indices.map { scale[$0] * (w[$0] - target[$0]) + noise[step * w.count + $0] })
  }

  func loss(_ w: Tensor, _ step: Int) -> Double {
    let w = w.elements
    return w.indices.reduce(0.0) { sum, i in
      let distance = Double(w[i] - target[i])
      return sum + 0.5 * Double(scale[i]) * distance * distance
        + Double(noise[step * w.count + i]) * Double(w[i])
    }
  }
}
