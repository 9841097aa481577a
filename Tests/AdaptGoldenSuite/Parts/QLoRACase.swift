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
    let base = try settings.string("base")
    guard let model = base.dropPrefix("models/") else {
      throw GoldenFault.json(path: settings.path, wanted: "models/NAME", got: base)
    }
    let task = try ModelsPart.open(model, in: folder)
    let batches = try settings.string("batch").split(separator: " ").first ?? ""
    let batch = try PaddedBatch(folder.tensors(String(batches)), step: 0)
    let weights = try Self.quantised(task.outline, settings)
    log.expectEqual("dequantised") { equality in
      for name in golden.names(below: "dequantized.") {
        guard let parameter = task.outline.parameter(named: name) else {
          throw GoldenFault.damaged(
            path: self.name, what: "a weight that the model lacks", wanted: name, got: "none")
        }
        let ours = weights[parameter.number]?.widened() ?? parameter.tensor
        try equality.expect(ours, bits: golden.tensor("dequantized." + name), of: name)
      }
    }
    log.compare("base logits") { tally in
      let pass = Pass(adapter: Self.adding(weights, to: Adapter()))
      try logits("base_", golden, task, batch, pass, &tally)
    }
    let attached = try PEFTMethods.readGolden(
      folder.url("quant/qlora_adapter"), for: task.outline)
    let adapter = Self.adding(weights, to: attached.adapter)
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

  /// Every dense layer but the head, as the settings say.
  private static func quantised(
    _ outline: ModelOutline, _ settings: GoldenJSON
  ) throws -> [Int: WeightStorage] {
    let format = WeightFormat.nf4(
      block: try settings.integer("blocksize"),
      isDoubled: try settings.integer("double_quantisation") == 1)
    var weights: [Int: WeightStorage] = [:]
    for linear in outline.linears where linear.site != outline.head {
      weights[linear.weight.number] = try WeightStorage(linear.weight.tensor, as: format)
    }
    return weights
  }

  private static func adding(_ weights: [Int: WeightStorage], to adapter: Adapter) -> Adapter {
    var adapter = adapter
    for (number, weight) in weights { adapter.parameters[number] = .frozen(weight) }
    return adapter
  }
}
