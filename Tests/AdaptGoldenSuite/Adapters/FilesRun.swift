// An adapter as files: what is written must be what was read, bit by bit.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptTensors
import Foundation

/// Writes the adapter to a folder of its own and reads it back.
struct FilesRun {
  let run: AdapterRun

  func compare(
    _ attached: any AttachedAdapter, _ first: PaddedBatch, _ log: inout CaseLog
  ) {
    let place = FileManager.default.temporaryDirectory
      .appendingPathComponent("adapt-golden-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: place) }
    log.expectEqual("written files") { equality in
      try attached.files().write(to: place)
      guard let start = run.start else {
        return equality.expect(attached.parameters.isEmpty, false, at: "tensors")
      }
      let ours = try AdapterFiles(reading: place).tensors
      let theirs = try AdapterFiles(reading: start).tensors
      let base = theirs.filter { ours[$0.key] == nil && isOfBase($0.key, $0.value) }.keys
      equality.expect(names: Set(ours.keys).union(base), are: theirs.keys)
      for (name, tensor) in theirs.sorted(by: { $0.key < $1.key }) {
        if let mine = ours[name] { equality.expect(mine, bits: tensor, of: name) }
      }
    }
    log.expectEqual("read back") { equality in
      let again = try PEFTMethods.readGolden(place, for: run.task.outline)
      let outputs = (try outputs(again, first), try outputs(attached, first))
      for (ours, theirs) in zip(outputs.0, outputs.1) {
        equality.expect(ours.value, bits: theirs.value, of: ours.name)
      }
    }
  }

  private func outputs(
    _ adapter: any AttachedAdapter, _ batch: PaddedBatch
  ) throws -> [TaskOutput] {
    try withoutRecording { try run.task.outputs(batch, in: Pass(adapter: adapter.adapter)) }
  }

  /// Whether a tensor of the file only repeats a weight of the base, as peft stores whole embedding tables: such a
  /// one may be left out.
  private func isOfBase(_ key: String, _ value: Tensor) -> Bool {
    guard let name = key.dropPrefix("base_model.model.") else { return false }
    let parameter = run.task.outline.parameter(
      named: name.replacingOccurrences(of: ".base_layer.", with: "."))
    return parameter?.tensor.elements.map(\.bitPattern) == value.elements.map(\.bitPattern)
  }
}
