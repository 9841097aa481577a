// How the adapter of a run begins: as the library saved it, or with what its files leave out.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptTensors
import Foundation

/// The adapter of one run before its first step.
struct AdapterStart {
  let run: AdapterRun

  /// What the library's files hold; nil where the method saves none.
  func read() throws -> (any AttachedAdapter)? {
    try run.start.map { try PEFTMethods.readGolden($0, for: run.task.outline) }
  }

  /// What trains: a new adapter with the tensors `init.*` where the files do not have them, else what was read.
  func attached(
    _ read: (any AttachedAdapter)?, _ log: inout CaseLog
  ) throws -> any AttachedAdapter {
    let key = RandomKey(seed: 0)
    guard let read, let start = run.start else {
      return try own().attach(to: run.task.outline, key: key)
    }
    guard run.golden.names.contains(where: { $0.hasPrefix("init.") }) else { return read }
    let files = try AdapterFiles(reading: start)
    guard let method = try PEFTMethods.method(of: files) as? any RestartableMethod.Type else {
      log.expectEqual("saved start") { equality in
        for parameter in read.parameters where run.golden.has("init." + parameter.trainable.name) {
          let name = "init." + parameter.trainable.name
          equality.expect(parameter.trainable.value, bits: try run.golden.tensor(name), of: name)
        }
      }
      return read
    }
    let attached = try method.init(settingsOf: files).attach(to: run.task.outline, key: key)
    for parameter in attached.parameters {
      let name = "init." + parameter.trainable.name
      let value =
        run.golden.has(name) ? try run.golden.tensor(name) : files.tensors[parameter.key ?? ""]
      guard let value, value.shape == parameter.trainable.shape else {
        throw GoldenFault.shape(name, wanted: parameter.trainable.shape, got: value?.shape ?? [])
      }
      parameter.trainable.update(to: value)
    }
    log.compare("saved start") { tally in
      let ours = try attached.files().tensors
      let theirs = try run.folder.tensors(run.name + "/adapter_init/adapter_model.safetensors")
      for name in theirs.names {
        guard let tensor = ours[name] else {
          throw GoldenFault.shape(name, wanted: try theirs.shape(name), got: [])
        }
        let golden = try theirs(name)
        try tally.compare(
          tensor, with: golden, within: Bounds.logits(run.determinacy, size: golden.size))
      }
    }
    return attached
  }

  /// The methods that the reference has no adapter for.
  private func own() throws -> any PEFTMethod {
    switch try run.settings.string("method") {
    case "full": try FullFineTuning(OwnParametersConfiguration())
    case "bitfit": try BitFit(OwnParametersConfiguration())
    case let method: throw NotImplemented("\(method) is no method yet")
    }
  }
}

extension GoldenTensors {
  /// Compares with `PREFIX.NAME`, or with `PREFIX_rows8.NAME`, which is the first rows of a large tensor.
  func compare(
    _ ours: Tensor, _ prefix: String, _ name: String, _ tally: inout Tally, within bound: Bound
  ) throws {
    let part = "\(prefix)_rows8.\(name)"
    guard has(part) else {
      return try tally.compare(ours, with: self("\(prefix).\(name)"), within: bound)
    }
    let theirs = try self(part)
    let rows = theirs.shape.first ?? 0
    guard rows <= ours.rows else {
      throw GoldenFault.shape(part, wanted: theirs.shape, got: ours.shape)
    }
    let top = Variable(ours).gatheringRows((0..<Int32(clamping: rows)).map { $0 }).value
    try tally.compare(top, with: theirs, within: bound)
  }
}
