package import AdaptGradients
package import AdaptModels
// P-tuning (Liu et al., arXiv:2103.10385): a prompt that a small network forms, which trains more steadily.
import AdaptSystem

/// The settings of P-tuning.
package struct PTuningConfiguration: Sendable, Equatable {
  /// The network behind the prompt.
  package enum Network: String, Sendable, CaseIterable {
    case perceptron = "MLP"
    case recurrent = "LSTM"
  }

  package var prompt = PromptSettings()
  package var network = Network.perceptron
  /// Width of the network; the model's where nil.
  package var hidden: Int?
  /// Layers of a recurrent network.
  package var layers = 2
  /// Share dropped between layers of a recurrent network.
  package var dropout = 0.0

  package init() {}

  init(_ files: AdapterFiles) throws(PEFTFault) {
    var settings = SettingsReader(files.configuration, path: files.path)
    prompt = try PromptSettings(&settings)
    network = try settings.choice("encoder_reparameterization_type", default: network)
    if settings.value("encoder_hidden_size") != nil {
      hidden = try settings.integer("encoder_hidden_size", in: Self.widths, default: 1)
    }
    layers = try settings.integer("encoder_num_layers", in: Self.depths, default: layers)
    dropout = try settings.number("encoder_dropout", default: dropout)
    try settings.finish(inert: [:], hint: "this is not done here")
    try check(path: files.path)
  }

  static let widths = 1...1_000_000
  static let depths = 1...64

  func check(path: String? = nil) throws(PEFTFault) {
    try prompt.check(path: path)
    for (key, value, range) in [
      ("encoder_hidden_size", hidden ?? 1, Self.widths),
      ("encoder_num_layers", layers, Self.depths),
    ] where !range.contains(value) {
      throw .setting(
        path: path, key: key, wanted: "\(range.lowerBound) to \(range.upperBound)",
        got: "\(value)", hint: nil)
    }
    guard dropout >= 0, dropout < 1 else {
      throw .setting(
        path: path, key: "encoder_dropout", wanted: "0 to below 1", got: "\(dropout)", hint: nil)
    }
  }

  func encoder(_ model: ModelOutline) -> PromptEncoder {
    let hidden = hidden ?? model.width
    return switch network {
    case .perceptron: .perceptron(hidden: hidden)
    case .recurrent:
      .recurrent(RecurrentEncoder(hidden: hidden, layers: layers, dropout: Float(dropout)))
    }
  }

  func fields(_ model: ModelOutline) -> [String: JSONValue] {
    var fields = prompt.fields(
      peftType: PTuning.fileType, width: model.width, heads: model.rules.heads,
      layers: model.layers)
    fields["encoder_reparameterization_type"] = .string(network.rawValue)
    fields["encoder_hidden_size"] = .integer(hidden ?? model.width)
    fields["encoder_num_layers"] = .integer(layers)
    fields["encoder_dropout"] = .number(dropout)
    return fields
  }
}

/// `h₀ = [f(E); E(x)]`: f a network over n trained rows `E [n, D]`.
///
/// Files hold f(E) alone, so what is read from them trains its rows; a checkpoint holds the network.
package struct PTuning: RestartableMethod {
  package static let name = "p-tuning"
  package static let traits = MethodTraits.virtualTokens
  package static let peftType: String? = fileType
  static let fileType = "P_TUNING"

  private let configuration: PTuningConfiguration

  package init(_ configuration: PTuningConfiguration) throws(PEFTFault) {
    try configuration.check()
    self.configuration = configuration
  }

  package init(settingsOf files: AdapterFiles) throws(PEFTFault) {
    try self.init(PTuningConfiguration(files))
  }

  package func attach(
    to model: ModelOutline, key: RandomKey
  ) throws(PEFTFault) -> any AttachedAdapter {
    try Self.plan(configuration, model, key).attached(PromptTuning.place)
  }

  package func trainableCount(in model: ModelOutline) throws(PEFTFault) -> Int {
    try Self.plan(configuration, model, RandomKey(seed: 0)).trainableCount
  }

  package static func read(
    _ files: AdapterFiles, for model: ModelOutline
  ) throws(PEFTFault) -> any AttachedAdapter {
    let configuration = try PTuningConfiguration(files)
    let plan = try plan(configuration, model, RandomKey(seed: 0), path: files.path)
    return try plan.read(
      files, shape: [configuration.prompt.tokens, model.width], PromptTuning.place)
  }

  private static func plan(
    _ configuration: PTuningConfiguration, _ model: ModelOutline, _ key: RandomKey,
    path: String? = nil
  ) throws(PEFTFault) -> PromptPlan {
    let prompt = configuration.prompt
    try prompt.check(width: model.width, layers: model.layers, path: path)
    let encoder = configuration.encoder(model)
    let size = PromptEncoder.Size(rows: prompt.tokens, input: model.width, output: model.width)
    return PromptPlan(
      method: name, encoder: encoder, slots: encoder.slots(size, key: key),
      whole: try prompt.head(in: model, path: path), fields: configuration.fields(model))
  }
}
