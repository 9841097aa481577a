// Everything that is compared of one adapter: at its start, over ten steps, merged, and as files.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptTensors
import Foundation

/// An adapter of the reference on a model of ours.
struct AdapterRun {
  let folder: GoldenFolder
  let name: String
  let settings: GoldenJSON
  let task: any TaskModel
  let batches: GoldenTensors
  let golden: GoldenTensors
  let determinacy: Determinacy
  let start: URL

  init(
    folder: GoldenFolder, name: String, settings: GoldenJSON, task: any TaskModel,
    batches: GoldenTensors
  ) throws {
    (self.folder, self.name, self.settings) = (folder, name, settings)
    (self.task, self.batches) = (task, batches)
    golden = try folder.tensors(name + "/golden.safetensors")
    determinacy = try settings.determinacy()
    start = folder.url(name + "/adapter_init")
  }

  func compare(_ log: inout CaseLog) throws {
    let attached = try PEFTMethods.readGolden(start, for: task.outline)
    trainable(attached, &log)
    let first = try PaddedBatch(batches, step: 0)
    let pass = Pass(adapter: attached.adapter)
    log.compare("logits") { tally in
      let prefix = golden.names.contains { $0.hasPrefix("last.") } ? "last." : ""
      try logits(prefix, first, in: pass, &tally)
    }
    gradients(attached, first, &log)
    MergedRun(run: self).compare(attached, first, &log)
    FilesRun(run: self).compare(attached, first, &log)
    try TrainingRun(run: self).compare(attached, first, &log)
    log.listUnread(golden)
  }

  /// Compares the logits of a batch with `PREFIXlogits` and their like.
  func logits(
    _ prefix: String, _ batch: PaddedBatch, in pass: Pass, _ tally: inout Tally
  ) throws {
    for output in try withoutRecording({ try task.outputs(batch, in: pass) }) {
      let theirs = try golden(prefix + output.name)
      let bound =
        prefix == "after."
        ? Bounds.after(determinacy, size: theirs.size)
        : Bounds.logits(determinacy, size: theirs.size)
      try output.compare(theirs, within: bound, &tally)
    }
  }

  private func trainable(_ attached: any AttachedAdapter, _ log: inout CaseLog) {
    log.expectEqual("trainable") { equality in
      let theirs = try settings.object("trainable")
      let parameters = attached.parameters
      equality.expect(
        names: parameters.map { $0.key ?? $0.trainable.name }, are: theirs.object.keys)
      for parameter in parameters {
        let key = parameter.key ?? parameter.trainable.name
        guard theirs.object[key] != nil else { continue }
        equality.expect(parameter.trainable.shape, try theirs.integers(key), at: "shape of " + key)
      }
      let count = parameters.reduce(0) { $0 + $1.trainable.shape.reduce(1, *) }
      equality.expect(
        count, try settings.integer("trainable_parameters"), at: "trainable parameters")
    }
  }

  /// The loss and the gradient of every trained tensor at the start.
  private func gradients(
    _ attached: any AttachedAdapter, _ batch: PaddedBatch, _ log: inout CaseLog
  ) {
    log.compare("loss") { tally in
      let loss = try withoutRecording { try fullLoss(attached, batch) }
      let theirs = try golden.scalar("loss")
      tally.compare(
        Double(loss.value.elements[0]), with: theirs, at: "loss",
        within: Bounds.losses(determinacy, size: theirs))
    }
    log.compare("gradients") { tally in
      let gradients = Gradients()
      gradients.backward(from: try fullLoss(attached, batch))
      let size = try golden.size(below: "grad.")
      let bound = Bounds.gradients(determinacy, size: size)
      for parameter in attached.parameters {
        let trainable = parameter.trainable
        let zeros = Tensor(
          trainable.shape, [Float](repeating: 0, count: trainable.value.count))
        try tally.compare(
          gradients[trainable] ?? zeros,
          with: golden("grad." + (parameter.key ?? trainable.name)), within: bound)
      }
    }
  }

  /// The task's loss with the method's own term.
  func fullLoss(_ attached: any AttachedAdapter, _ batch: PaddedBatch) throws -> Variable {
    let loss = try task.loss(batch, in: Pass(.train, adapter: attached.adapter))
    return attached.regularisation().map { loss + $0 } ?? loss
  }
}
