// Ten steps of AdamW on fixed batches, and what they leave. The reference calls nothing behind a step here: what
// AdaLoRA does there is in its schedule.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptTensors
import AdaptTraining

/// The training of one adapter; it changes the adapter it is given.
struct TrainingRun {
  let run: AdapterRun

  func compare(
    _ attached: any AttachedAdapter, _ first: PaddedBatch, _ log: inout CaseLog
  ) throws {
    let rate = try run.settings.object("optimizer").double("lr")
    let steps = try run.settings.count("steps")
    log.compare("losses") { tally in
      let losses = try train(attached, steps)
      let theirs = try run.golden("losses")
      try tally.compare(
        Tensor([losses.count], losses), with: theirs,
        within: Bounds.losses(run.determinacy, size: theirs.size))
    }
    log.compare("step-10 adapter") { tally in
      func bound(_ name: String) -> Bound {
        Bounds.stepWeights(run.determinacy, name, rate: rate, steps: steps)
      }
      for parameter in attached.parameters {
        let name = run.name(parameter)
        guard ["step10.", "step10_rows8."].contains(where: { run.golden.has($0 + name) }) else {
          continue
        }
        try run.golden.compare(
          parameter.trainable.value, "step10", name, &tally, within: bound(name))
      }
      guard run.start != nil else { return }
      let ours = try attached.files().tensors
      let path =
        ["adapter_model", "adapter"].map { "\(run.name)/adapter_step10/\($0).safetensors" }
        .first { run.folder.has($0) } ?? run.name + "/adapter_step10"
      let theirs = try run.folder.tensors(path)
      guard !theirs.names.isEmpty else {
        throw GoldenFault.damaged(path: path, what: "no tensors", wanted: "some", got: "none")
      }
      for name in theirs.names {
        guard let tensor = ours[name] else {
          throw GoldenFault.damaged(
            path: path, what: "a tensor that our files lack", wanted: name, got: "none")
        }
        let isTrained = attached.parameters.contains { $0.key == name }
        try tally.compare(
          tensor, with: theirs(name),
          within: isTrained ? bound(name) : Bounds.formed(from: bound(name)))
      }
    }
    guard run.golden.names.contains(where: { $0.hasPrefix("after.") }) else { return }
    log.compare("after logits") { tally in
      try run.logits("after.", first, in: Pass(adapter: attached.adapter), &tally)
    }
  }

  /// The losses before each step; batch i at step i.
  private func train(_ attached: any AttachedAdapter, _ steps: Int) throws -> [Float] {
    let settings = try AdamWSettings(run.settings.object("optimizer"))
    let optimiser = AdamW(settings.others)
    let trainables = attached.parameters.map(\.trainable)
    var losses: [Float] = []
    for step in 0..<steps {
      let batch = try run.batch(step)
      let gradients = Gradients()
      let loss = try run.fullLoss(attached, batch)
      losses.append(loss.value.elements[0])
      gradients.backward(from: loss)
      optimiser.step(trainables, gradients) { _ in settings.rate }
    }
    return losses
  }
}
