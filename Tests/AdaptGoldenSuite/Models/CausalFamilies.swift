// The decoder architectures that are compared: one line each.
import AdaptModels
import AdaptTensors
import Foundation

/// How a model folder of one architecture is opened.
struct CausalFamily: Sendable {
  /// `model_type` of its configuration.
  let architecture: String
  private let make: @Sendable (URL, WeightFiles) throws -> any CausalLanguageModel
  private let compare: @Sendable (URL, URL) throws -> Bool

  static let all: [CausalFamily] = [
    CausalFamily("llama", configuration: LlamaConfiguration.init(file:), model: Llama.init)
  ]

  private init<Configuration: Equatable & SendableMetatype>(
    _ architecture: String, configuration: @Sendable @escaping (URL) throws -> Configuration,
    model: @Sendable @escaping (Configuration, WeightFiles) throws -> any CausalLanguageModel
  ) {
    self.architecture = architecture
    make = { try model(configuration($0), $1) }
    compare = { try configuration($0) == configuration($1) }
  }

  /// - Throws: `NotImplemented` for an architecture that is not in the list.
  static func named(_ architecture: String) throws -> CausalFamily {
    guard let family = all.first(where: { $0.architecture == architecture }) else {
      throw NotImplemented("models of type \(architecture)")
    }
    return family
  }

  func open(_ folder: URL) throws -> any CausalLanguageModel {
    try make(folder.appendingPathComponent("config.json"), WeightFiles(folder: folder))
  }

  /// Whether both spellings of the configuration read the same.
  func spellingsAgree(_ folder: URL) throws -> Bool {
    try compare(
      folder.appendingPathComponent("config.json"),
      folder.appendingPathComponent("config_v4.json"))
  }
}
