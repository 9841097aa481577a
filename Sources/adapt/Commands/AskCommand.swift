// `adapt ask`: an answer from the documents, every statement cited.
import AdaptAssistant
import AdaptGuidance
import AdaptRetrieval
import ArgumentParser

struct AskCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ask",
    abstract: "Answers from the indexed documents, with citations.",
    usage: "adapt ask <question> [<options>]",
    discussion: """
      Without a model the answer is made of the documents' own sentences. With --model a \
      model on this machine writes it from the passages found, with --llm one behind an \
      endpoint, whose key comes from ADAPT_API_KEY. When the documents do not hold the \
      answer, adapt says so and exits with status 1.

      EXAMPLES:
        adapt ask "How long is the notice period?"
        adapt ask "LoRA 什么时候不该用？" --lang zh
        adapt ask "Who signs?" --model models/Qwen2.5-0.5B-Instruct --quantize int8
        adapt ask "Who signs?" --llm http://localhost:8080/v1 --model qwen2.5
        adapt ask "Who signs?" --json | jq .citations
      """)

  @Argument(help: "The question.")
  var question: String

  @Option(help: ArgumentHelp("An OpenAI-compatible endpoint.", valueName: "url"))
  var llm: String?

  @Option(
    help: ArgumentHelp(
      "A Hugging Face model folder; with --llm the model's name there.", valueName: "dir|name"))
  var model: String?

  @OptionGroup var weights: LocalModelOptions

  @Option(name: [.customShort("k"), .customLong("k")], help: "How many passages to draw from.")
  var passages = 8

  @Option(help: "hybrid, dense or lexical.")
  var mode: SearchMode = .hybrid

  @OptionGroup var documents: LibraryOptionGroup

  @Flag(help: "Prints JSON.")
  var json = false

  @OptionGroup var globals: GlobalOptions

  func validate() throws {
    guard (1...100).contains(passages) else {
      throw ValidationError("-k wants 1 to 100, got \(passages)")
    }
    guard llm == nil || model != nil else {
      throw ValidationError("--llm wants --model with the model's name there")
    }
    guard weights.areDefault || (model != nil && llm == nil) else {
      throw ValidationError(
        "--adapter, --quantize and --chat-template want --model DIR, without --llm")
    }
  }

  func run() async throws {
    let session = try Session(globals)
    let library = try openLibrary(session)
    let streams = session.streams
    let isStreaming = model != nil && !json
    let said = SpokenText(streams)
    let answer: CitedAnswer
    do {
      answer = try await Interrupts.cancellableOnce { [library, question] in
        try await library.ask(question) { piece in
          if isStreaming { try? streams.write(said.add(piece)) }
        }
      }
    } catch {
      try? streams.write(said.end())
      throw error
    }
    if json {
      try streams.write(JSONOutput.text(AskBody(question: question, answer)))
    } else {
      let phrases = try session.knowledge().dialogue(session.language)
      try streams.write(said.end())
      try session.show(
        DocumentBlocks(phrases: phrases).blocks(
          answer, wasStreamed: !said.isBlank && answer.isAnswered))
    }
    if !answer.isAnswered { throw NoResult() }
  }

  private func openLibrary(_ session: Session) throws -> WorkspaceLibrary {
    var language: (any LanguageModel)?
    if let llm, let model {
      language = EndpointModel(
        try Endpoint(address: llm, model: model, environment: session.streams.environment))
    } else if let model {
      language = try LocalModel(weights.opening(model))
    }
    var library = WorkspaceLibrary(documents.library(in: session.workspace), model: language)
    library.mode = mode
    library.passages = passages
    return library
  }

  /// `adapt.ask/1`.
  private struct AskBody: Encodable {
    let schema = "adapt.ask/1"
    let question: String
    let answered: Bool
    let statements: [Statement]
    let citations: [Citation]
    let nearest: [Passage]
    let evidence: AnswerEvidence
    let leftOut: Int

    init(question: String, _ answer: CitedAnswer) {
      self.question = question
      answered = answer.isAnswered
      statements = answer.statements
      citations = answer.citations
      nearest = answer.nearest
      evidence = answer.evidence
      leftOut = answer.leftOut
    }

    enum CodingKeys: String, CodingKey {
      case schema, question, answered, statements, citations, nearest, evidence
      case leftOut = "left_out"
    }
  }
}
