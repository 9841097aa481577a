// An adapter's folder that a test can spoil: the settings as JSON, the tensors as values.
import AdaptModels
import AdaptPEFT
import AdaptTensors
import AdaptTestSupport
import Foundation

struct AdapterFolder {
  let folder: TemporaryFolder
  var files: AdapterFiles

  /// A copy of the small LoRA of the reference.
  init(_ run: GoldenRun = .small) throws {
    folder = try TemporaryFolder()
    files = try AdapterFiles(reading: run.start)
  }

  var url: URL { URL(fileURLWithPath: folder.path) }
  var configurationURL: URL { url.appendingPathComponent("adapter_config.json") }
  var weightsURL: URL { url.appendingPathComponent("adapter_model.safetensors") }

  /// The outline of the model that it was made for.
  static func base(_ run: GoldenRun = .small) throws -> ModelOutline { try run.open().outline }

  /// Writes what there is and reads it as an adapter of `model`.
  func read(for model: ModelOutline) throws -> any AttachedAdapter {
    try files.write(to: url)
    return try PEFTMethods.read(url, for: model)
  }

  /// Reads with `text` as the settings.
  func read(settings text: String, for model: ModelOutline) throws -> any AttachedAdapter {
    try files.write(to: url)
    try Data(text.utf8).write(to: configurationURL)
    return try PEFTMethods.read(url, for: model)
  }
}
