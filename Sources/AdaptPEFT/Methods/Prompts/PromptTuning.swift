package import AdaptGradients
package import AdaptModels
// Prompt tuning (Lester et al., arXiv:2104.08691): trained rows in front of the words' rows.
import AdaptSystem
import AdaptTensors

/// The settings of prompt tuning.
package struct PromptTuningConfiguration: Sendable, Equatable {
  /// How a new prompt begins.
  package enum Initialisation: Sendable, Equatable {
    /// Rows of words drawn from the vocabulary.
    ///
    /// The default: on GSM8K 34 % against 6 % of normal numbers at the same rate (peft's method comparison).
    case vocabulary
    /// The rows of a text's tokens, cut or repeated to the number of virtual tokens; a file keeps only the words.
    case text(String, tokens: [Int32], tokenizer: String?)
    /// Normal numbers of deviation 1, as peft begins where nothing is said: far from where words lie.
    case random
  }

  package var prompt = PromptSettings()
  package var initialisation = Initialisation.vocabulary

  package init() {}

  init(_ files: AdapterFiles) throws(PEFTFault) {
    var settings = SettingsReader(files.configuration, path: files.path)
    prompt = try PromptSettings(&settings)
    let text = try settings.string("prompt_tuning_init_text")
    let tokenizer = try settings.string("tokenizer_name_or_path")
    settings.ignore(["tokenizer_kwargs"])
    switch try settings.choice("prompt_tuning_init", default: Start.random) {
    case .random: initialisation = .random
    case .vocabulary: initialisation = .vocabulary
    case .text: initialisation = .text(text ?? "", tokens: [], tokenizer: tokenizer)
    }
    try settings.finish(inert: [:], hint: "this is not done here")
  }

  private enum Start: String, CaseIterable {
    case random = "RANDOM"
    case vocabulary = "SAMPLE_VOCAB"
    case text = "TEXT"
  }

  func fields(_ model: ModelOutline) -> [String: JSONValue] {
    var fields = prompt.fields(
      peftType: PromptTuning.fileType, width: model.width, heads: model.rules.heads,
      layers: model.layers)
    var (start, words, path) = (Start.random, nil as String?, nil as String?)
    switch initialisation {
    case .random: break
    case .vocabulary: start = .vocabulary
    case .text(let text, _, let tokenizer): (start, words, path) = (.text, text, tokenizer)
    }
    fields["prompt_tuning_init"] = .string(start.rawValue)
    fields["prompt_tuning_init_text"] = .optional(words)
    fields["tokenizer_name_or_path"] = .optional(path)
    return fields
  }
}

/// `h₀ = [P; E(x)]` with trained `P [n, D]`; positions count the virtual tokens.
///
/// With P the rows of some words it is the same as those words in front.
package struct PromptTuning: PEFTMethod {
  package static let name = "prompt-tuning"
  package static let traits = MethodTraits.virtualTokens
  package static let peftType: String? = fileType
  static let fileType = "PROMPT_TUNING"

  private let configuration: PromptTuningConfiguration

  package init(_ configuration: PromptTuningConfiguration) throws(PEFTFault) {
    try configuration.prompt.check()
    self.configuration = configuration
  }

  package func attach(
    to model: ModelOutline, key: RandomKey
  ) throws(PEFTFault) -> any AttachedAdapter {
    try Self.plan(configuration, model, key, try table(model, key)).attached(Self.place)
  }

  package func trainableCount(in model: ModelOutline) throws(PEFTFault) -> Int {
    try Self.plan(configuration, model, RandomKey(seed: 0), nil).trainableCount
  }

  package static func read(
    _ files: AdapterFiles, for model: ModelOutline
  ) throws(PEFTFault) -> any AttachedAdapter {
    let configuration = try PromptTuningConfiguration(files)
    let plan = try plan(configuration, model, RandomKey(seed: 0), nil, path: files.path)
    return try plan.read(files, shape: [configuration.prompt.tokens, model.width], place)
  }

  private static func plan(
    _ configuration: PromptTuningConfiguration, _ model: ModelOutline, _ key: RandomKey,
    _ table: (@Sendable () -> Tensor)?, path: String? = nil
  ) throws(PEFTFault) -> PromptPlan {
    let prompt = configuration.prompt
    try prompt.check(width: model.width, layers: model.layers, path: path)
    let size = PromptEncoder.Size(rows: prompt.tokens, input: model.width, output: model.width)
    return PromptPlan(
      method: name, encoder: .table,
      slots: PromptEncoder.table.slots(size, key: key, table: table),
      whole: try prompt.head(in: model, path: path), fields: configuration.fields(model))
  }

  /// The rows that a new prompt begins with; nil draws normal numbers.
  private func table(
    _ model: ModelOutline, _ key: RandomKey
  ) throws(PEFTFault) -> (@Sendable () -> Tensor)? {
    guard let words = model.embeddings.first else { return nil }
    let n = configuration.prompt.tokens
    let numbers: [Int32]
    switch configuration.initialisation {
    case .random: return nil
    case .vocabulary:
      numbers = key.at(layer: 0xF001, site: 0).words(n)
        .map { Int32((UInt64($0) * UInt64(words.rows)) >> 32) }
    case .text(_, let tokens, _):
      try tokens.check(vocabulary: words.rows, key: "prompt_tuning_init_text")
      numbers = (0..<n).map { tokens[$0 % tokens.count] }
    }
    let table = words.table.weight
    let width = words.width
    return {
      Tensor([n, width]) {
        table.gather(numbers, into: MutableMatrixView($0, rows: n, columns: width))
      }
    }
  }

  static func place(_ rows: PromptRows, in adapter: inout Adapter) {
    adapter.prompt = PromptInputs(rows: rows)
  }
}

extension [Int32] {
  /// - Throws: `PEFTFault.setting` where there are none, or one is none of the vocabulary's.
  func check(vocabulary: Int, key: String) throws(PEFTFault) {
    guard !isEmpty else {
      throw .setting(
        path: nil, key: key, wanted: "a text of at least one token", got: "none",
        hint: "the text's tokens are needed to begin from it")
    }
    if let wrong = first(where: { $0 < 0 || Int($0) >= vocabulary }) {
      throw .setting(
        path: nil, key: key, wanted: "tokens below \(vocabulary)", got: "\(wrong)",
        hint: "take the tokenizer of this model")
    }
  }
}

/// Rows in front of every segment.
struct PromptInputs: PromptAdapter {
  let rows: PromptRows

  var count: Int { rows.trained.first?.shape.first ?? 0 }

  func callAsFunction(in pass: Pass) -> Variable { rows(in: pass) }
}
