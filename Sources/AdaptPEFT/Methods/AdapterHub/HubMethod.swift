package import AdaptGradients
package import AdaptModels
// What the methods of AdapterHub's library share: their files, and how they come to a model.
package import AdaptSystem

/// A method that AdapterHub's library has, in its files.
///
/// `adapter_config.json` with the settings under `config`, `adapter.safetensors` with the library's names, and
/// `model_head.safetensors` where the head of a task trained.
package protocol AdapterHubMethod: PEFTMethod {
  /// Whether files with these settings of parts are this method's.
  static func reads(_ parts: [[String: JSONValue]], isUnion: Bool) -> Bool

  /// The adapter of this method in `model`, without values.
  func assembly(_ model: ModelOutline, key: RandomKey) throws(PEFTFault) -> HubAdapter
}

/// An adapter of AdapterHub before it has values.
package struct HubAdapter: Sendable {
  let assembly: HubAssembly
}

extension AdapterHubMethod {
  package static var peftType: String? { nil }

  package static func reads(_ files: AdapterFiles) -> Bool {
    guard files.layout == .adapterHub, let parts = try? AdapterHubSettings.parts(of: files),
      case .object(let config) = files.configuration["config"]
    else { return false }
    return reads(parts, isUnion: config["architecture"] == .string("union"))
  }

  package func attach(
    to model: ModelOutline, key: RandomKey
  ) throws(PEFTFault) -> any AttachedAdapter {
    try assembly(model, key: key).assembly.attached()
  }

  package func trainableCount(in model: ModelOutline) throws(PEFTFault) -> Int {
    try assembly(model, key: RandomKey(seed: 0)).assembly.trainableCount
  }

  package static func read(
    _ files: AdapterFiles, for model: ModelOutline
  ) throws(PEFTFault) -> any AttachedAdapter {
    let (settings, readers) = try AdapterHubSettings.read(files, for: model)
    var parts: [any HubPart] = []
    for (fields, reader) in zip(try AdapterHubSettings.parts(of: files), readers) {
      parts.append(try HubKind(fields).part(reader, model))
    }
    var isUnion = false
    if case .object(let config) = files.configuration["config"] {
      isUnion = config["architecture"] == .string("union")
    }
    return try HubAssembly(name, settings, parts, isUnion: isUnion, model).read(files)
  }
}

extension HubAdapter {
  init(
    _ method: String, _ name: String, _ parts: [any HubPart], isUnion: Bool = false,
    _ model: ModelOutline, key: RandomKey
  ) throws(PEFTFault) {
    assembly = try HubAssembly(
      method, AdapterHubSettings(name: name), parts, isUnion: isUnion, model, key: key)
  }
}
