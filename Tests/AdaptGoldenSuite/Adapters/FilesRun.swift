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
      let (ours, theirs) = (
        try AdapterFiles(reading: place).tensors, try AdapterFiles(reading: run.start).tensors
      )
      equality.expect(names: ours.keys, are: theirs.keys)
      for (name, tensor) in theirs.sorted(by: { $0.key < $1.key }) {
        if let mine = ours[name] { equality.expect(mine, bits: tensor, of: name) }
      }
    }
    log.expectEqual("read back") { equality in
      let again = try PEFTMethods.readGolden(place, for: run.task.outline)
      let outputs = try [again, attached].map { adapter in
        try withoutRecording {
          try run.task.outputs(first, in: Pass(adapter: adapter.adapter))
        }
      }
      for (ours, theirs) in zip(outputs[0], outputs[1]) {
        equality.expect(ours.value, bits: theirs.value, of: ours.name)
      }
    }
  }
}
