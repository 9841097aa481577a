import AdaptModels
// Which modules of a model a method takes: peft's rules for `target_modules` and its companions.
import AdaptSystem

/// Modules by name or by pattern.
package enum ModuleNames: Sendable, Equatable {
  /// Whole paths, or their ends behind a dot.
  case names([String])
  /// A regular expression for whole paths.
  case pattern(String)
}

/// What a method is put on.
package struct ModuleSelection: Sendable, Equatable {
  package enum Targets: Sendable, Equatable {
    /// What the method names for the architecture.
    case usual
    /// Every dense layer but the output head.
    case allLinear
    case some(ModuleNames)
  }

  package var targets = Targets.usual
  package var excluded: ModuleNames?
  /// Numbers of layers; nil means all.
  ///
  /// Not for patterns, which name their layers themselves.
  package var layers: [Int]?
  /// What stands before the number of a layer in a path; empty means anything.
  package var layerNames: [String] = []
  /// Ends of paths of modules that are trained whole.
  package var saved: [String] = []

  package init() {}

  package init(_ names: [String]) { targets = .some(.names(names)) }
}

extension ModuleSelection {
  /// Reads the keys that all methods with targets share.
  init(_ settings: inout SettingsReader) throws(PEFTFault) {
    if let names = try Self.names("target_modules", &settings) {
      if case .pattern(let text) = names, text.lowercased() == "all-linear" {
        targets = .allLinear
      } else {
        targets = .some(names)
      }
    }
    excluded = try Self.names("exclude_modules", &settings)
    layers = try settings.integers("layers_to_transform", in: 0...1_000_000)
    layerNames = try settings.strings("layers_pattern").filter { !$0.isEmpty }
    saved = try settings.strings("modules_to_save")
    if layers != nil, case .some(.pattern) = targets {
      throw .setting(
        path: settings.path, key: "layers_to_transform", wanted: "null beside a pattern",
        got: "\(layers ?? [])", hint: "name the layers in `target_modules`")
    }
  }

  private static func names(
    _ key: String, _ settings: inout SettingsReader
  ) throws(PEFTFault) -> ModuleNames? {
    if case .string(let text) = settings.value(key) { return .pattern(text) }
    let names = try settings.strings(key)
    return names.isEmpty ? nil : .names(names)
  }

  /// As peft writes them; keys that peft 0.8 does not know only where they say something.
  var fields: [String: JSONValue] {
    var fields: [String: JSONValue] = [
      "target_modules": targets.value,
      "layers_to_transform": layers.map { .array($0.map { .integer($0) }) } ?? .null,
      "layers_pattern": layerNames.isEmpty ? .null : .strings(layerNames),
      "modules_to_save": saved.isEmpty ? .null : .strings(saved),
    ]
    fields["exclude_modules"] = excluded?.value
    return fields
  }
}

extension ModuleSelection.Targets {
  fileprivate var value: JSONValue {
    switch self {
    case .usual: .null
    case .allLinear: .string("all-linear")
    case .some(let names): names.value
    }
  }
}

extension ModuleNames {
  fileprivate var value: JSONValue {
    switch self {
    case .names(let names): .strings(names.sorted())
    case .pattern(let text): .string(text)
    }
  }
}
