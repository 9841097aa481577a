// adapterhub/: adapters of AdapterHub's library on the models of models/.
import AdaptGradients
import AdaptPEFT
import AdaptTensors
import Foundation

enum AdapterHubPart: GoldenPart {
  static let folder = "adapterhub"

  static func cases(in folder: GoldenFolder) throws -> [any GoldenCase] {
    folder.folders("adapterhub").flatMap { model in
      folder.folders("adapterhub/" + model).map { method in
        AdapterHubCase(folder: folder, name: "adapterhub/\(model)/\(method)", model: model)
      }
    }
  }
}

/// One method on one model.
struct AdapterHubCase: GoldenCase {
  let folder: GoldenFolder
  let name: String
  let model: String

  func run(_ log: inout CaseLog) throws {
    let settings = try folder.json(name + "/golden.json")
    let task = try ModelsPart.open(model, in: folder)
    // Gates are means over whole rectangles.
    let run = try AdapterRun(
      folder: folder, name: name, settings: settings, task: task,
      batches: folder.tensors("peft/\(model)/batches.safetensors"),
      countsPadding: settings.string("method") == "unipelt")
    try run.compare(&log)
  }
}

extension AdapterRun {
  /// The orthonormal matrices of interventions, out of what the library saved of them.
  func rotations(_ log: inout CaseLog) {
    let places = [("effective.", "adapter_init"), ("step10_effective.", "adapter_step10")]
    guard golden.names.contains(where: { $0.hasPrefix(places[0].0) }) else { return }
    log.compare("rotations") { tally in
      for (prefix, saved) in places {
        let files = try AdapterFiles(reading: folder.url(name + "/" + saved))
        for name in golden.names(below: prefix) {
          let stem = String(name.dropLast("weight".count)) + "parametrizations.weight."
          guard let original = files.tensors[stem + "original"] else {
            throw GoldenFault.missing([stem + "original"])
          }
          let rotation = Rotation(
            .init(stem, original), base: files.tensors[stem + "0.base"], hasSigns: true)
          // Products of unit vectors.
          try tally.compare(
            rotation().value, with: golden(prefix + name), within: Bounds.vectors)
        }
      }
    }
  }
}
