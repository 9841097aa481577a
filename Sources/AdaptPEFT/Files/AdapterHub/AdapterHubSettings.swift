import AdaptModels
// What AdapterHub's library writes around the settings of a method.
import AdaptSystem
import AdaptTensors

/// The fields of `adapter_config.json` beside `config`.
package struct AdapterHubSettings: Sendable, Equatable {
  /// The adapter's name, which stands in the names of its tensors.
  package var name = "adapt"
  /// The class of its model in Python, as a file says it.
  var modelClass: String?
  var modelName: String?
  var version = "adapters.1.3.0"

  package init(name: String = "adapt") { self.name = name }

  /// Reads the fields around `config` and gives the parts of that: one, or those of a union.
  ///
  /// - Throws: `PEFTFault.setting` naming a key that is unknown or says another base.
  static func read(
    _ files: AdapterFiles, for model: ModelOutline
  ) throws(PEFTFault) -> (settings: AdapterHubSettings, parts: [SettingsReader]) {
    var reader = SettingsReader(files.configuration, path: files.path)
    var settings = AdapterHubSettings()
    settings.name = try reader.string("name") ?? settings.name
    settings.modelClass = try reader.string("model_class")
    settings.modelName = try reader.string("model_name")
    settings.version = try reader.string("version") ?? settings.version
    let width = try reader.integer("hidden_size", in: 1...1_000_000, default: model.width)
    guard width == model.width else {
      throw .setting(
        path: files.path, key: "hidden_size", wanted: "\(model.width), as the model has",
        got: "\(width)", hint: "the adapter was made for another base")
    }
    let parts = try parts(of: files).map { SettingsReader($0, path: files.path) }
    // A model of this type or one with the same layers: the tensors' names say more.
    reader.ignore(["config", "model_type", "config_id"])
    try reader.finish(inert: [:], hint: "this is not done here")
    guard !settings.name.isEmpty, settings.name.utf8.count <= 200 else {
      throw .setting(
        path: files.path, key: "name", wanted: "1 to 200 bytes", got: settings.name, hint: nil)
    }
    return (settings, parts)
  }

  /// The settings of each method in `files`; empty where the layout is another one.
  static func parts(of files: AdapterFiles) throws(PEFTFault) -> [[String: JSONValue]] {
    guard case .object(let whole) = files.configuration["config"] else { return [] }
    guard whole["architecture"] == .string("union") else { return [whole] }
    guard case .array(let items) = whole["configs"], (1...8).contains(items.count) else {
      throw .setting(
        path: files.path, key: "configs", wanted: "a list of 1 to 8 methods",
        got: (whole["configs"] ?? .null).brief, hint: nil)
    }
    var parts: [[String: JSONValue]] = []
    for item in items {
      guard case .object(let part) = item else {
        throw .setting(
          path: files.path, key: "configs", wanted: "objects", got: item.brief, hint: nil)
      }
      parts.append(part)
    }
    return parts
  }

  /// As the library writes them around `parts`.
  func fields(
    _ parts: [[String: JSONValue]], isUnion: Bool, _ model: ModelOutline
  ) -> [String: JSONValue] {
    let config: JSONValue =
      isUnion
      ? .object([
        "architecture": .string("union"), "configs": .array(parts.map { .object($0) }),
      ]) : .object(parts.first ?? [:])
    return [
      "config": config, "hidden_size": .integer(model.width), "name": .string(name),
      "model_class": .optional(modelClass), "model_name": .string(modelName ?? ""),
      "model_type": .string(model.architecture), "version": .string(version),
    ]
  }
}

extension SettingsReader {
  /// A nonlinearity by AdapterHub's name for it.
  mutating func nonlinearity(
    _ key: String, default usual: Nonlinearity
  ) throws(PEFTFault) -> Nonlinearity {
    guard let name = try string(key) else { return usual }
    if let known = AdapterHubNonlinearity.all.first(where: { $0.name == name.lowercased() }) {
      return known.function
    }
    throw .setting(
      path: path, key: key,
      wanted: AdapterHubNonlinearity.all.map(\.name).joined(separator: ", "), got: "`\(name)`",
      hint: nil)
  }
}
