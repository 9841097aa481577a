// quant/qlora: LoRA on a base whose dense layers rest as NF4.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptTensors
import Foundation

struct QLoRACase: GoldenCase {
  let folder: GoldenFolder
  let name = "quant/qlora"

  func run(_ log: inout CaseLog) throws {
    let settings = try folder.json("quant/golden.json").object("qlora")
    let golden = try folder.tensors("quant/qlora.safetensors")
    let baseName = try settings.string("base")
    guard let model = baseName.dropPrefix("models/") else {
      throw GoldenFault.json(path: settings.path, wanted: "models/NAME", got: baseName)
    }
    let task = try ModelsPart.open(model, in: folder)
    let batches = try settings.string("batch").split(separator: " ").first ?? ""
    let batch = try PaddedBatch(folder.tensors(String(batches)), step: 0)
    let files = try AdapterFiles(reading: folder.url("quant/qlora_adapter"))
    var configuration = QLoRAConfiguration(try LoRAConfiguration(files))
    configuration.block = try settings.integer("blocksize")
    configuration.isDoubled = try settings.integer("double_quantisation") == 1
    let attached = try QLoRA(configuration).read(files, onto: task.outline)
    let adapter = attached.adapter
    var base = Adapter()
    base.parameters = adapter.parameters
    log.expectEqual("dequantised") { equality in
      for name in golden.names(below: "dequantized.") {
        guard let parameter = task.outline.parameter(named: name) else {
          throw GoldenFault.damaged(
            path: self.name, what: "a weight that the model lacks", wanted: name, got: "none")
        }
        let ours = Pass(adapter: base).variable(parameter).value
        try equality.expect(ours, bits: golden.tensor("dequantized." + name), of: name)
      }
    }
    log.compare("base logits") { tally in
      try logits("base_", golden, task, batch, Pass(adapter: base), &tally)
    }
    log.compare("logits") { tally in
      try logits("", golden, task, batch, Pass(adapter: adapter), &tally)
    }
    compareGradients(attached, adapter, golden, task, batch, &log)
    log.listUnread(golden)
  }

  private func logits(
    _ prefix: String, _ golden: GoldenTensors, _ task: any TaskModel, _ batch: PaddedBatch,
    _ pass: Pass, _ tally: inout Tally
  ) throws {
    for output in try withoutRecording({ try task.outputs(batch, in: pass) }) {
      let theirs = try golden(prefix + output.name)
      try output.compare(
        theirs, within: Bounds.logits(Determinacy(), size: theirs.size), &tally)
    }
  }

  private func compareGradients(
    _ attached: any AttachedAdapter, _ adapter: Adapter, _ golden: GoldenTensors,
    _ task: any TaskModel, _ batch: PaddedBatch, _ log: inout CaseLog
  ) {
    log.compare("loss and gradients") { tally in
      let loss = try task.loss(batch, in: Pass(.train, adapter: adapter))
      let theirs = try golden.scalar("loss")
      tally.compare(
        Double(loss.value.elements[0]), with: theirs, at: "loss",
        within: Bounds.losses(Determinacy(), size: theirs))
      let gradients = Gradients()
      gradients.backward(from: loss)
      let bound = Bounds.gradients(Determinacy(), size: try golden.size(below: "grad."))
      for name in golden.names(below: "grad.") {
        guard let parameter = attached.parameters.first(where: { $0.key == name }),
          let ours = gradients[parameter.trainable]
        else {
          throw GoldenFault.damaged(
            path: self.name, what: "a gradient that ours lacks", wanted: name, got: "none")
        }
        try tally.compare(ours, with: golden("grad." + name), within: bound)
      }
    }
  }
}
