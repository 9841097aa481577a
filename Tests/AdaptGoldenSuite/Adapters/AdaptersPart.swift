// peft/: adapters of Python's peft on the models of models/.
import AdaptModels
import AdaptPEFT
import Foundation

enum AdaptersPart: GoldenPart {
  static let folder = "peft"

  static func cases(in folder: GoldenFolder) throws -> [any GoldenCase] {
    folder.folders("peft").flatMap { model in
      folder.folders("peft/" + model).map { method in
        AdapterCase(folder: folder, name: "peft/\(model)/\(method)", model: model)
      }
    }
  }
}

/// One method on one model.
struct AdapterCase: GoldenCase {
  let folder: GoldenFolder
  let name: String
  let model: String

  func run(_ log: inout CaseLog) throws {
    guard !folder.has(name + "/adapter_final/adapter_config.json") else {
      return try ScheduleCase(folder: folder, name: name, model: model).run(&log)
    }
    let settings = try folder.json(name + "/golden.json")
    guard try settings.string("model") == model else {
      throw GoldenFault.damaged(
        path: name, what: "golden.json is of another model", wanted: model,
        got: try settings.string("model"))
    }
    let task = try ModelsPart.open(model, in: folder)
    let run = try AdapterRun(
      folder: folder, name: name, settings: settings, task: task,
      batches: folder.tensors("peft/\(model)/batches.safetensors"))
    try run.compare(&log)
  }
}

extension PEFTMethods {
  /// The adapter of a folder.
  ///
  /// - Throws: `NotImplemented` where the product has no such method.
  static func readGolden(
    _ folder: URL, for model: ModelOutline
  ) throws -> any AttachedAdapter {
    do throws(PEFTFault) {
      return try read(folder, for: model)
    } catch {
      throw missingMethod(error) ?? error
    }
  }

  /// What the product does not have yet, where the fault says no more than that.
  private static func missingMethod(_ fault: PEFTFault) -> (any Error)? {
    switch fault {
    case .unknownType(_, let type, _): NotImplemented("adapters of type \(type)")
    default: nil
    }
  }
}
