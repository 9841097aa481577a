import AdaptModels
// The settings that prompts, P-tuning and prefixes share in peft's files.
import AdaptSystem

/// How many virtual tokens, and what trains besides.
package struct PromptSettings: Sendable, Equatable {
  /// Virtual tokens, n.
  package var tokens = 20
  /// Ends of paths of modules that are trained whole.
  package var saved: [String] = []
  package var common = CommonSettings()
  /// What a file says of its model; nil says nothing.
  var width: Int?
  var layers: Int?

  package init() {}

  static let counts = 1...65_536

  init(_ settings: inout SettingsReader) throws(PEFTFault) {
    common = try CommonSettings(&settings)
    tokens = try settings.integer("num_virtual_tokens", in: Self.counts, default: 0)
    saved = try settings.strings("modules_to_save")
    if settings.value("token_dim") != nil {
      width = try settings.integer("token_dim", in: 1...1_000_000, default: 1)
    }
    if settings.value("num_layers") != nil {
      layers = try settings.integer("num_layers", in: 1...1_000_000, default: 1)
    }
    // Heads say nothing that the width does not.
    settings.ignore(["num_attention_heads"])
    let parts = try settings.integer("num_transformer_submodules", in: 1...2, default: 1)
    guard parts == 1 else {
      throw .setting(
        path: settings.path, key: "num_transformer_submodules", wanted: "1", got: "\(parts)",
        hint: "models of an encoder and a decoder are not known here")
    }
    try check(path: settings.path)
  }

  /// - Throws: `PEFTFault.setting` where there are no virtual tokens.
  func check(path: String? = nil) throws(PEFTFault) {
    guard Self.counts.contains(tokens) else {
      throw .setting(
        path: path, key: "num_virtual_tokens",
        wanted: "\(Self.counts.lowerBound) to \(Self.counts.upperBound)", got: "\(tokens)",
        hint: "a prompt without tokens does nothing; 20 are usual")
    }
  }

  /// - Throws: `PEFTFault.setting` where the file says another size than the model's.
  func check(width: Int, layers: Int, path: String?) throws(PEFTFault) {
    for (key, own, wanted) in [
      ("token_dim", self.width, width), ("num_layers", self.layers, layers),
    ] {
      guard let own, own != wanted else { continue }
      throw .setting(
        path: path, key: key, wanted: "\(wanted), as the model has", got: "\(own)",
        hint: "the adapter was made for another base")
    }
  }

  /// As they are written for a model with `heads` of `width / heads`.
  func fields(
    peftType: String, width: Int, heads: Int, layers: Int
  ) -> [String: JSONValue] {
    var fields = common.fields(peftType: peftType)
    fields.merge(
      [
        "num_virtual_tokens": .integer(tokens), "token_dim": .integer(width),
        "num_transformer_submodules": .integer(1), "num_attention_heads": .integer(heads),
        "num_layers": .integer(layers),
        "modules_to_save": saved.isEmpty ? .null : .strings(saved),
      ]
    ) { $1 }
    return fields
  }

  /// What trains beside the prompt, under the keys that peft has for it: its prompts wrap the model once.
  func head(in model: ModelOutline, path: String?) throws(PEFTFault) -> WholeModules {
    var modules = ModuleSelection()
    modules.saved = saved
    return try WholeModules(
      modules, task: common.task, bias: .none, targets: [], in: model, path: path)
  }
}
