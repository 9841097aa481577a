// Decoders as the product opens them; what it does not know has no code yet.
import AdaptModels
import Foundation

/// How a folder of a language model is opened.
struct CausalFamily: Sendable {
  /// - Throws: `NotImplemented` for an architecture that the product does not read.
  init(_ architecture: String) throws {
    guard CausalModels.modelTypes.contains(architecture) else {
      throw NotImplemented("models of type \(architecture)")
    }
  }

  func open(_ folder: URL) throws -> any CausalLanguageModel {
    try CausalModels.open(folder: folder)
  }

  /// Whether both spellings of the configuration read the same.
  func spellingsAgree(_ folder: URL) throws -> Bool {
    let (new, old) = (
      try CausalModels.configuration(folder.appendingPathComponent("config.json")),
      try CausalModels.configuration(folder.appendingPathComponent("config_v4.json"))
    )
    return new.equals(old)
  }

  /// Whether the configuration alone knows the number of parameters.
  func parameters(_ folder: URL) throws -> Int {
    try CausalModels.configuration(folder.appendingPathComponent("config.json")).summary.parameters
  }
}
