// `adapt generate`: text from a model on this machine.
import AdaptAssistant
import AdaptModels
import AdaptSystem
import AdaptTokenizers
import ArgumentParser

struct GenerateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Continues a text with a model on this machine, with or without an adapter.",
    usage: "adapt generate [<text>] --model <dir> [<options>]",
    discussion: """
      Reads a Hugging Face folder: Llama, Mistral, Qwen2, Qwen3, Gemma 2, Phi-3, SmolLM3 or \
      GPT-2. The text comes from the argument or from standard input and is continued as it \
      is; --chat makes it a question in the model's chat template. Ctrl-C ends the text where \
      it is.

      EXAMPLES:
        adapt generate "Once upon a time" --model models/stories260K
        adapt generate --chat "What is LoRA?" --model models/Qwen2.5-0.5B-Instruct
        adapt generate --prompts cases.txt --model models/tuned --json
        adapt generate "2 + 2 =" --model models/base --adapter runs/7/adapter --json
      """)

  @Argument(help: "The text to continue (default: standard input).")
  var text: String?

  @Option(help: ArgumentHelp("A Hugging Face model folder.", valueName: "dir"))
  var model: String

  @OptionGroup var weights: LocalModelOptions

  @Flag(help: "Puts the text as a question in the model's chat template.")
  var chat = false

  @Option(help: ArgumentHelp("What the model is told first; with --chat.", valueName: "text"))
  var system: String?

  @Option(
    help: ArgumentHelp(
      "A file with one text a line, blank lines aside; with --json.", valueName: "file"))
  var prompts: String?

  @OptionGroup var sampling: SamplingOptions

  @Option(
    help: ArgumentHelp(
      "With --json, tells so many of the likeliest tokens at each place.", valueName: "n"))
  var topLogprobs: Int?

  @Flag(
    help: "Drops the oldest tokens of a text that is longer than the model's context.")
  var slide = false

  @Flag(help: "Prints JSON; one line for each text with --prompts.")
  var json = false

  @OptionGroup var globals: GlobalOptions

  func validate() throws {
    if system != nil && !chat { throw ValidationError("--system belongs to --chat") }
    if prompts != nil && !json { throw ValidationError("--prompts wants --json") }
    if prompts != nil && text != nil {
      throw ValidationError("name a text or --prompts, not both")
    }
    if topLogprobs != nil && !json { throw ValidationError("--top-logprobs wants --json") }
    guard (0...100).contains(topLogprobs ?? 0) else {
      throw ValidationError("--top-logprobs wants 0 to 100, got \(topLogprobs ?? 0)")
    }
  }

  func run() async throws {
    let session = try Session(globals)
    let texts = try PromptTexts(argument: text, file: prompts, globals: globals).texts
    let command = self
    try await Interrupts.cancellableOnce {
      let opened = try LocalModel(command.weights.opening(command.model))
      let settings = try command.settings(opened)
      for batch in stride(from: 0, to: texts.count, by: Self.rowsAtOnce) {
        let part = Array(texts[batch..<min(batch + Self.rowsAtOnce, texts.count)])
        do {
          try command.generate(part, opened, settings, session.streams)
        } catch let fault as GenerationFault {
          throw command.named(fault, from: batch)
        }
      }
    }
  }

  /// Texts that are continued together.
  private static let rowsAtOnce = 16

  private func settings(_ opened: LocalModel) throws -> GenerationSettings {
    var settings = chat ? try opened.chatSettings() : opened.generator.settings
    sampling.apply(to: &settings)
    if slide { settings.overflow = .slide }
    if json { settings.alternatives = topLogprobs ?? 0 }
    return settings
  }

  private func tokens(_ text: String, _ opened: LocalModel) throws -> [Int32] {
    guard chat else { return opened.tokenizer.ids(text) }
    let first = system.map { [ChatMessage(.system, $0)] } ?? []
    return try opened.prompt(first + [ChatMessage(.user, text)])
  }

  /// Continues texts together; streams a single one.
  private func generate(
    _ texts: [String], _ opened: LocalModel, _ settings: GenerationSettings,
    _ streams: StandardStreams
  ) throws {
    let tokens = try texts.map { try self.tokens($0, opened) }
    let generation = try opened.current.generate(
      tokens: tokens, settings: settings, stops: sampling.stop)
    var results = texts.indices.map { GeneratedText(text: texts[$0], tokens: tokens[$0].count) }
    while !Task.isCancelled, let pieces = try generation.next() {
      for piece in pieces {
        results[piece.row].add(piece, opened.tokenizer)
        if !json { try streams.write(Painter.sanitised(piece.text)) }
      }
    }
    for (row, rest) in generation.cancel() {
      results[row].end(rest)
      if !json { try streams.write(Painter.sanitised(rest)) }
    }
    if json {
      for result in results { try write(result, opened, generation.counts, streams) }
    } else {
      try streams.write("\n")
    }
    let dropped = generation.counts.droppedTokens
    if dropped > 0 { streams.note("\(dropped) of the oldest tokens did not fit the context\n") }
    if Task.isCancelled { throw CancellationError() }
  }

  /// The fault with the place of its text among all of them.
  private func named(_ fault: GenerationFault, from first: Int) -> any DiagnosableError {
    switch fault {
    case .promptTooLong(let row, let tokens, let context):
      InputFault.tooLong(
        prompt: prompts == nil ? nil : first + row + 1, tokens: tokens, context: context)
    case .emptyPrompt(let row): GenerationFault.emptyPrompt(row: first + row)
    case .nothingAllowed(let row): GenerationFault.nothingAllowed(row: first + row)
    case .model, .setting: fault
    }
  }

  private func write(
    _ result: GeneratedText, _ opened: LocalModel, _ counts: GenerationCounts,
    _ streams: StandardStreams
  ) throws {
    let body = GeneratedBody(model: opened.name, result, counts)
    try streams.write(prompts == nil ? JSONOutput.text(body) : JSONOutput.line(body))
  }
}
