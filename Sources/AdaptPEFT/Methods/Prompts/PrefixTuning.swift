// Prefix tuning (Li and Liang, arXiv:2101.00190): trained keys and values before those of every layer.
package import AdaptGradients
package import AdaptModels
import AdaptSystem
import AdaptTensors

/// In layer i, `K = [P₂ᵢ; K]` and `V = [P₂ᵢ₊₁; V]` with rows `P [n, 2 · L · K · W]`; the text's positions start at n.
///
/// The keys stand behind rotary positions. P trains itself, or comes out of a network with tanh over n rows; files
/// hold P alone.
package struct PrefixTuning: RestartableMethod {
  package static let name = "prefix-tuning"
  package static let traits = MethodTraits.virtualTokens
  package static let peftType: String? = fileType
  static let fileType = "PREFIX_TUNING"

  private let configuration: PrefixConfiguration

  package init(_ configuration: PrefixConfiguration) throws(PEFTFault) {
    try configuration.check()
    self.configuration = configuration
  }

  package init(settingsOf files: AdapterFiles) throws(PEFTFault) {
    try self.init(PrefixConfiguration(files))
  }

  package static func reads(_ files: AdapterFiles) -> Bool {
    files.type == fileType && !PTuningV2.reads(files)
  }

  /// - Throws: `PEFTFault.setting` where the prefix is to begin as a text's: only a model can compute that.
  package func attach(
    to model: ModelOutline, key: RandomKey
  ) throws(PEFTFault) -> any AttachedAdapter {
    if case .text = configuration.initialisation {
      throw .setting(
        path: nil, key: "init_weights", wanted: "a model that computes the keys of the text",
        got: "its outline", hint: "attach the method to the model itself")
    }
    return try PrefixPlan(configuration, model, key: key, method: Self.name).attached()
  }

  package func attach(
    to model: any AdaptableModel, key: RandomKey
  ) throws(PEFTFault) -> any AttachedAdapter {
    guard case .text(let tokens) = configuration.initialisation else {
      return try attach(to: model.outline, key: key)
    }
    let rows = try PrefixRecorder.rows(of: tokens, in: model)
    return try PrefixPlan(
      configuration, model.outline, key: key, method: Self.name, table: { rows }
    ).attached()
  }

  package func trainableCount(in model: ModelOutline) throws(PEFTFault) -> Int {
    try PrefixPlan(configuration, model, method: Self.name).plan.trainableCount
  }

  package static func read(
    _ files: AdapterFiles, for model: ModelOutline
  ) throws(PEFTFault) -> any AttachedAdapter {
    try PrefixPlan(PrefixConfiguration(files), model, method: name, path: files.path).read(files)
  }
}

/// P-tuning v2 (Liu et al., arXiv:2110.07602): a prefix without a network on an encoder, with a new head.
///
/// Its files are prefix tuning's with a task that has a head.
package struct PTuningV2: RestartableMethod {
  package static let name = "p-tuning-v2"
  package static let traits = MethodTraits.virtualTokens
  package static let peftType: String? = PrefixTuning.fileType

  private let configuration: PrefixConfiguration

  /// - Throws: `PEFTFault.setting` for a network, or a task without a head.
  package init(_ configuration: PrefixConfiguration) throws(PEFTFault) {
    try configuration.check()
    guard !configuration.isProjected, configuration.prompt.common.task?.headModules.isEmpty == false
    else {
      throw .setting(
        path: nil, key: "task_type", wanted: "a task with a head, and no projection",
        got: configuration.prompt.common.task?.rawValue ?? "none",
        hint: "`\(PrefixTuning.name)` takes every task, and a projection")
    }
    self.configuration = configuration
  }

  package init(settingsOf files: AdapterFiles) throws(PEFTFault) {
    try self.init(PrefixConfiguration(files))
  }

  package static func reads(_ files: AdapterFiles) -> Bool {
    guard files.type == PrefixTuning.fileType,
      files.configuration["prefix_projection"] != .boolean(true),
      case .string(let task) = files.configuration["task_type"]
    else { return false }
    return AdapterTask(rawValue: task)?.headModules.isEmpty == false
  }

  package func attach(
    to model: ModelOutline, key: RandomKey
  ) throws(PEFTFault) -> any AttachedAdapter {
    try PrefixPlan(configuration, model, key: key, method: Self.name).attached()
  }

  package func trainableCount(in model: ModelOutline) throws(PEFTFault) -> Int {
    try PrefixPlan(configuration, model, method: Self.name).plan.trainableCount
  }

  package static func read(
    _ files: AdapterFiles, for model: ModelOutline
  ) throws(PEFTFault) -> any AttachedAdapter {
    try PrefixPlan(PrefixConfiguration(files), model, method: name, path: files.path).read(files)
  }
}

/// A prefix on one model, before it has values.
private struct PrefixPlan {
  let plan: PromptPlan
  let layers: Int
  let shape: [Int]

  init(
    _ configuration: PrefixConfiguration, _ model: ModelOutline,
    key: RandomKey = RandomKey(seed: 0), method: String, path: String? = nil,
    table: (@Sendable () -> Tensor)? = nil
  ) throws(PEFTFault) {
    let (prompt, width) = (configuration.prompt, PrefixConfiguration.width(model))
    try prompt.check(width: width, layers: model.layers, path: path)
    layers = model.layers
    shape = [prompt.tokens, 2 * layers * width]
    let encoder = configuration.encoder(model)
    let size = PromptEncoder.Size(rows: shape[0], input: width, output: shape[1])
    plan = PromptPlan(
      method: method, encoder: encoder,
      slots: encoder.slots(
        size, key: key, table: table, isZero: configuration.initialisation == .zero),
      whole: try prompt.head(in: model, path: path), fields: configuration.fields(model))
  }

  func attached() -> AttachedPrompt { plan.attached(place) }

  func read(_ files: AdapterFiles) throws(PEFTFault) -> AttachedPrompt {
    try plan.read(files, shape: shape, place)
  }

  private func place(_ rows: PromptRows, in adapter: inout Adapter) {
    adapter.prologue = PrefixRows(rows: rows, parts: 2 * layers)
    adapter.positionOffset = shape[0]
    for layer in 0..<layers { adapter.attentions[layer] = PrefixAttention(layer: layer) }
  }
}

/// Keys and values of all layers, formed once a run: of layer i at 2i and 2i + 1.
private struct PrefixRows: PassPrologue {
  let rows: PromptRows
  let parts: Int

  func callAsFunction(in pass: Pass) -> [Variable] {
    let all = rows(in: pass)
    guard parts > 0 else { return [] }
    return all.splittingColumns(Array(repeating: all.columns / parts, count: parts))
  }
}

/// Attention over the prefix and the text.
private struct PrefixAttention: AttentionAdapter {
  let layer: Int

  func callAsFunction(
    _ query: Variable, _ key: Variable, _ value: Variable, through base: BaseAttention,
    in pass: Pass
  ) -> Variable {
    base(
      query, key, value,
      prefix: AttentionPrefix(
        keys: pass.shared[2 * layer], values: pass.shared[2 * layer + 1]), in: pass)
  }
}
