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
  /// The adapter that the library saved at the start; nil where there is no adapter.
  let start: URL?
  /// Losses and outputs of whole rectangles: what depends on padding.
  let countsPadding: Bool

  init(
    folder: GoldenFolder, name: String, settings: GoldenJSON, task: any TaskModel,
    batches: GoldenTensors, countsPadding: Bool = false
  ) throws {
    (self.folder, self.name, self.settings) = (folder, name, settings)
    (self.task, self.batches) = (task, batches)
    golden = try folder.tensors(name + "/golden.safetensors")
    determinacy = try settings.determinacy()
    self.countsPadding = countsPadding
    let isByHand = settings.object["library"] as? String == "torch, by hand"
    start = isByHand ? nil : folder.url(name + "/adapter_init")
  }

  func compare(_ log: inout CaseLog) throws {
    let beginning = AdapterStart(run: self)
    let read = try beginning.read()
    let attached = try beginning.attached(read, &log)
    trainable(attached, &log)
    let first = try batch(0)
    let pass = Pass(adapter: attached.adapter)
    log.compare("logits") { tally in
      let prefix = golden.names.contains { $0.hasPrefix("last.") } ? "last." : ""
      try logits(prefix, first, in: pass, &tally)
    }
    gradients(attached, first, &log)
    MergedRun(run: self).compare(attached, first, &log)
    FilesRun(run: self).compare(read ?? attached, first, &log)
    rotations(&log)
    try TrainingRun(run: self).compare(attached, first, &log)
    log.listUnread(golden)
  }

  func batch(_ step: Int) throws -> PaddedBatch {
    let batch = try PaddedBatch(batches, step: step)
    return countsPadding ? batch.whole : batch
  }

  /// The name that the reference has for a trained tensor.
  func name(_ parameter: AdapterParameter) -> String {
    guard let key = parameter.key else { return parameter.trainable.name }
    return golden.has("grad." + key) || golden.has("grad_rows8." + key)
      ? key : parameter.trainable.name
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
        names: parameters.map { name($0) }, are: theirs.object.keys)
      for parameter in parameters {
        let key = name(parameter)
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
      let size = max(try golden.size(below: "grad."), try golden.size(below: "grad_rows8."))
      let bound = Bounds.gradients(determinacy, size: size)
      for parameter in attached.parameters {
        let trainable = parameter.trainable
        let zeros = Tensor(
          trainable.shape, [Float](repeating: 0, count: trainable.value.count))
        try golden.compare(
          gradients[trainable] ?? zeros, "grad", name(parameter), &tally, within: bound)
      }
    }
  }

  /// The task's loss with the method's own term.
  func fullLoss(_ attached: any AttachedAdapter, _ batch: PaddedBatch) throws -> Variable {
    let loss = try task.loss(batch, in: Pass(.train, adapter: attached.adapter))
    return attached.regularisation().map { loss + $0 } ?? loss
  }
}
