// The language models this reads: opened by what config.json says they are.
package import Foundation

/// All families of language models.
package enum CausalModels {
  /// One family: its `model_type`, what its class names begin with, and how its configuration is read.
  private struct Family: Sendable {
    let type: String
    let className: String
    let read: @Sendable (ConfigurationFile) throws(ModelFault) -> any CausalConfiguration
  }

  private static let families: [Family] =
    DecoderFamily.all.map { family in
      Family(type: family.type, className: family.className) { (file) throws(ModelFault) in
        try DecoderConfiguration(file, family)
      }
    } + [
      Family(type: GPT2Configuration.modelType, className: GPT2Configuration.className) {
        (file) throws(ModelFault) in
        try GPT2Configuration(file)
      }
    ]

  /// The `model_type` values this reads.
  package static var modelTypes: [String] { families.map(\.type) }

  /// Opens a model folder; weights are mapped in the form they rest in.
  ///
  /// - Throws: `ModelFault.unknownArchitecture` with the known ones; else as the family's reading.
  package static func open(folder: URL) throws(ModelFault) -> any CausalLanguageModel {
    let configuration = try configuration(folder.appendingPathComponent("config.json"))
    return try configuration.model(ParameterReader.files(in: folder))
  }

  /// Reads a `config.json` alone.
  ///
  /// The family is that of `model_type`; where there is none, that of the class in `architectures`.
  /// - Throws: as `open`.
  package static func configuration(_ url: URL) throws(ModelFault) -> any CausalConfiguration {
    let file = try ConfigurationFile(url)
    let type = try file.text("model_type")
    let names = try file.texts("architectures") ?? []
    let family = families.first { family in
      guard let type else {
        return names.contains { HeadKind(named: $0, family: family.className) != .other($0) }
      }
      return family.type == type
    }
    guard let family else {
      throw .unknownArchitecture(
        path: file.path, type: type ?? names.first ?? "none", known: modelTypes)
    }
    return try family.read(file)
  }
}
