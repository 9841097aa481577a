// An adapter becomes part of a model's files: a whole model folder that any program opens.
package import AdaptModels
import AdaptSystem
import AdaptTensors
package import Foundation

/// The types that merged weights are written in.
package enum MergePrecision: String, Sendable, CaseIterable {
  /// Each tensor in the type it has in the base; what rests in four bits in that of the others.
  case base
  case float32 = "f32"
  case bfloat16 = "bf16"
  case float16 = "f16"

  var type: ElementType? {
    switch self {
    case .base: nil
    case .float32: .float32
    case .bfloat16: .bfloat16
    case .float16: .float16
    }
  }
}

/// An adapter that is written into a copy of its base.
///
/// The base is never changed. Where it rests in few bits, in its files or in the adapter (QLoRA), every such weight is
/// written as it was in the training: expanded.
package struct ModelMerge: Sendable {
  let adapter: any AttachedAdapter
  let model: ModelOutline
  let base: URL
  let precision: MergePrecision

  /// `base` is the folder that `model` was opened from.
  package init(
    _ adapter: any AttachedAdapter, into model: ModelOutline, base: URL,
    as precision: MergePrecision = .base
  ) {
    self.adapter = adapter
    self.model = model
    self.base = base
    self.precision = precision
  }

  /// The adapter in `files` over the base as it lies, or where `isQuantised` over its dense layers in NF4, which QLoRA
  /// trained over.
  ///
  /// - Throws: as reading does; `.notMergeable` where another method's files are to lie over NF4.
  package static func read(
    _ files: AdapterFiles, for model: ModelOutline, isQuantised: Bool
  ) throws(PEFTFault) -> any AttachedAdapter {
    let method = try PEFTMethods.method(of: files)
    guard isQuantised else { return try method.read(files, for: model) }
    guard method.name == LoRA.name else {
      throw .notMergeable(
        method: method.name, reason: "only qlora trains over a base in four bits here",
        hint: "merge it into the base as it lies")
    }
    return try QLoRA(try QLoRAConfiguration(files)).read(files, onto: model)
  }

  /// Writes the model with the adapter in it to `folder`, which must be new or empty.
  ///
  /// The weights are in files as the base's; settings and vocabulary are copied. All is written beside `folder` and
  /// renamed at the end, so there is a whole model or none.
  /// - Throws: `PEFTFault.notMergeable`, `.missingTensor`, `.notFinite` naming the tensor, `.file`, `.tensors`.
  package func write(to folder: URL) throws(PEFTFault) -> MergeReport {
    let plan = try MergePlan(self)
    let staged = try StagedFolder(for: folder)
    do throws(PEFTFault) {
      let report = try MergedFolder(plan, in: staged.url).write()
      try staged.commit()
      return report
    } catch {
      staged.discard()
      throw error
    }
  }

  /// Takes the update out of the model in `folder` again and compares with the base.
  ///
  /// - Throws: `.tensors` where the folder is another model's.
  package func unmerged(_ folder: URL) throws(PEFTFault) -> UnmergeReport {
    let plan = try MergePlan(self)
    var report = UnmergeReport()
    do throws(SafetensorsFault) {
      let written = try WeightFiles(folder: folder)
      for change in plan.changes {
        let name = change.parameter.name
        let type = try written.file(holding: name).info(name).type
        let value = try written.tensor(name, shape: change.parameter.shape)
        report.add(value, type: type, merged: change.source(), start: plan.start(change.parameter))
      }
    } catch {
      throw .tensors(error)
    }
    return report
  }
}

/// A folder that appears whole or not at all.
struct StagedFolder {
  let url: URL
  private let destination: URL

  /// - Throws: `PEFTFault.file` where `destination` exists and is not empty.
  init(for destination: URL) throws(PEFTFault) {
    let path = destination.standardizedFileURL.path
    let manager = FileManager.default
    if manager.fileExists(atPath: path) {
      let inside = try? manager.contentsOfDirectory(atPath: path)
      guard inside?.isEmpty == true else {
        throw .file(.unwritable(path: path, reason: "it exists and is no empty folder"))
      }
    }
    self.destination = URL(fileURLWithPath: path)
    url = URL(fileURLWithPath: "\(path).\(ProcessInfo.processInfo.processIdentifier).partial")
    discard()
    do {
      try manager.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw .file(.unwritable(path: path, reason: error.localizedDescription))
    }
  }

  /// Gives the folder its name.
  func commit() throws(PEFTFault) {
    guard rename(url.path, destination.path) == 0 else {
      throw .file(
        .unwritable(path: destination.path, reason: POSIXFailure.current().description))
    }
  }

  func discard() { try? FileManager.default.removeItem(at: url) }
}
