// An adapter that becomes part of the weights.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptTensors

/// Merged weights, and the model that has them; nothing where the reference has neither.
struct MergedRun {
  let run: AdapterRun
  private var golden: GoldenTensors { run.golden }

  func compare(
    _ attached: any AttachedAdapter, _ first: PaddedBatch, _ log: inout CaseLog
  ) {
    guard golden.names.contains(where: { $0.hasPrefix("merged") }) else { return }
    log.compare("merged weights") { tally in
      let merged = try attached.merged(into: run.task.outline)
      for (prefix, isWhole) in [("merged.", true), ("merged_rows16.", false)] {
        for name in golden.names(below: prefix) {
          try weight(named: name, golden(prefix + name), isWhole: isWhole, merged, &tally)
        }
      }
    }
    log.compare("merged logits") { tally in
      var adapter = Adapter()
      for item in try attached.merged(into: run.task.outline) {
        adapter.parameters[item.parameter.number] = item.parameter.frozen(item.value)
      }
      try run.logits("merged_model.", first, in: Pass(adapter: adapter), &tally)
    }
  }

  private func weight(
    named name: String, _ theirs: GoldenTensor, isWhole: Bool, _ merged: [MergedParameter],
    _ tally: inout Tally
  ) throws {
    guard let ours = merged.first(where: { $0.parameter.name == name })?.value else {
      throw GoldenFault.damaged(
        path: run.name, what: "a weight that merging does not change here", wanted: name,
        got: "\(merged.count) other weights")
    }
    guard !isWhole else { return try tally.compare(ours, with: theirs, within: Bounds.merged) }
    let rows = theirs.shape.first ?? 0
    guard rows <= ours.rows else {
      throw GoldenFault.shape(name, wanted: theirs.shape, got: ours.shape)
    }
    let top = Variable(ours).gatheringRows((0..<Int32(clamping: rows)).map { $0 }).value
    try tally.compare(top, with: theirs, within: Bounds.merged)
  }
}
