import AdaptGradients
import AdaptModels
// The settings of prefix tuning, as Python's peft writes them.
import AdaptSystem

/// How long the prefix is, what forms it, and how it begins.
package struct PrefixConfiguration: Sendable, Equatable {
  /// How a new prefix begins.
  package enum Initialisation: Sendable, Equatable {
    /// Keys and values of zero: not the model without a prefix, for zero keys take their share of attention.
    case zero
    /// Keys and values that the model itself computes for these tokens.
    case text(tokens: [Int32])
    /// Normal numbers, as peft begins where nothing is said.
    case random
  }

  package var prompt = PromptSettings()
  /// Forms the prefix by a network with tanh over rows as wide as a layer's keys.
  package var isProjected = false
  /// Width of that network; that of the keys where nil.
  package var hidden: Int?
  package var initialisation = Initialisation.zero

  package init() {}

  init(_ files: AdapterFiles) throws(PEFTFault) {
    var settings = SettingsReader(files.configuration, path: files.path)
    prompt = try PromptSettings(&settings)
    isProjected = try settings.boolean("prefix_projection", default: false)
    if settings.value("encoder_hidden_size") != nil {
      hidden = try settings.integer(
        "encoder_hidden_size", in: PTuningConfiguration.widths, default: 1)
    }
    switch settings.value("init_weights") {
    case nil: initialisation = .random
    case .string("zero"): initialisation = .zero
    case .some(let value):
      throw settings.fault("init_weights", wanted: "null or \"zero\"", got: value)
    }
    try settings.finish(inert: [:], hint: "this is not done here")
    try check(path: files.path)
  }

  func check(path: String? = nil) throws(PEFTFault) {
    try prompt.check(path: path)
    if let hidden, !PTuningConfiguration.widths.contains(hidden) {
      throw .setting(
        path: path, key: "encoder_hidden_size", wanted: "a number above 0", got: "\(hidden)",
        hint: nil)
    }
    guard case .text(let tokens) = initialisation else { return }
    guard !isProjected else {
      throw .setting(
        path: path, key: "prefix_projection", wanted: "false beside a text to begin with",
        got: "true", hint: "no rows of a network give the keys of a text")
    }
    guard tokens.count == prompt.tokens else {
      throw .setting(
        path: path, key: "num_virtual_tokens", wanted: "\(tokens.count), the tokens of the text",
        got: "\(prompt.tokens)", hint: nil)
    }
  }

  /// Width of the keys of a layer, K · W.
  static func width(_ model: ModelOutline) -> Int { model.rules.keyHeads * model.headWidth }

  func encoder(_ model: ModelOutline) -> PromptEncoder {
    isProjected ? .projection(hidden: hidden ?? Self.width(model)) : .table
  }

  /// `init_weights` is newer than other keys and written only where it says something.
  func fields(_ model: ModelOutline) -> [String: JSONValue] {
    var fields = prompt.fields(
      peftType: PrefixTuning.fileType, width: Self.width(model), heads: model.rules.keyHeads,
      layers: model.layers)
    fields["prefix_projection"] = .boolean(isProjected)
    fields["encoder_hidden_size"] = .integer(hidden ?? Self.width(model))
    if initialisation == .zero { fields["init_weights"] = .string("zero") }
    return fields
  }
}
