// The options of every command that opens a language model on this machine.
import AdaptAssistant
import AdaptModels
import ArgumentParser

/// Adapters, weights and template of a model folder.
struct LocalModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A folder with an adapter over the model; given again, further ones to switch to.",
      valueName: "dir"))
  var adapter: [String] = []

  @Option(
    help: ArgumentHelp("Rounds the weights while reading them.", valueName: "form"))
  var quantize: Quantisation?

  @Option(
    help: ArgumentHelp(
      "A chat template for a folder without one: chatml, llama2, llama3, mistral, gemma, phi3, "
        + "zephyr, plain, or a file.", valueName: "name|file"))
  var chatTemplate: String?

  /// Whether nothing was asked for.
  var areDefault: Bool { adapter.isEmpty && quantize == nil && chatTemplate == nil }

  /// The model in `folder`, to be opened as these options say.
  func opening(_ folder: String) -> ModelChoice {
    ModelChoice(
      folder: folder, adapters: adapter, quantisation: quantize, chatTemplate: chatTemplate)
  }
}

extension Quantisation: ExpressibleByArgument {}

/// How tokens are chosen; what is not given is as the model's folder advises.
struct SamplingOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Most tokens of an answer (default: 512).", valueName: "n"))
  var maxTokens: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "0 takes the likeliest token; higher is more varied (default: the folder's).",
      valueName: "t"))
  var temperature: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Draws from the k likeliest tokens.", valueName: "k"))
  var topK: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Draws from the likeliest tokens up to this probability.", valueName: "p"))
  var topP: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Leaves out tokens below this share of the largest probability.", valueName: "p"))
  var minP: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Makes tokens already used less likely; 1 is off.", valueName: "x"))
  var repetitionPenalty: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The same seed gives the same text.", valueName: "n"))
  var seed: UInt64?

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A text that ends the answer; may be given again.", valueName: "text"))
  var stop: [String] = []

  /// Longest answer where none is asked for.
  static let maximumTokens = 512

  /// Lays what was given over the settings of a folder.
  func apply(to settings: inout GenerationSettings) {
    settings.maximumTokens = maxTokens ?? Self.maximumTokens
    if let temperature { settings.sampling.temperature = temperature }
    if let topK { settings.sampling.topK = topK == 0 ? nil : topK }
    if let topP { settings.sampling.topP = topP }
    if let minP { settings.sampling.minP = minP }
    if let repetitionPenalty { settings.sampling.repetitionPenalty = repetitionPenalty }
    if let seed { settings.sampling.seed = seed }
  }
}
