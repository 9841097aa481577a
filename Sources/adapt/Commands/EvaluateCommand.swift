// `adapt evaluate`: the metrics of one thing.
import AdaptAssistant
import AdaptGuidance
import AdaptRetrieval
import ArgumentParser

struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures one thing on your own data.",
    subcommands: [EvaluateRetrievalCommand.self, EvaluateGateCommand.self])
}

struct EvaluateRetrievalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retrieval",
    abstract: "nDCG@10, MRR@10 and recall of every search mode on judged queries.",
    usage: """
      adapt evaluate retrieval --corpus <file> --queries <file>
               --qrels <file> [<options>]
      """,
    discussion: """
      Files in the layouts of BEIR (JSON Lines, TSV with a header) or TREC (qrels; .I .T .W \
      texts). Documents are cut, embedded and searched as `adapt index` and `adapt search` \
      do it; nothing is written.

      EXAMPLES:
        adapt evaluate retrieval --corpus c.jsonl --queries q.jsonl --qrels q.tsv
        adapt evaluate retrieval --corpus c.jsonl --queries q.jsonl --qrels q.trec \\
          --mode lexical --json
      """)

  @Option(help: ArgumentHelp("The passages.", valueName: "file"))
  var corpus: String

  @Option(help: ArgumentHelp("The queries.", valueName: "file"))
  var queries: String

  @Option(help: ArgumentHelp("Which passages answer which query.", valueName: "file"))
  var qrels: String

  @Option(help: "Only this mode: hybrid, dense or lexical (default: all).")
  var mode: SearchMode?

  @Option(
    help: ArgumentHelp(
      "A folder with a sentence-embedding model (default: the installed one).", valueName: "dir"))
  var embedder: String?

  @Flag(help: "Numbers the entries of an .I file from 1, as Cranfield's judgements do.")
  var numbered = false

  @Flag(help: "Prints JSON.")
  var json = false

  @OptionGroup var globals: GlobalOptions

  func run() async throws {
    let session = try Session(globals)
    let collection = TestCollection(
      corpus: try EvaluationText.read(path: corpus),
      queries: try EvaluationText.read(path: queries, numbered: numbered),
      judgements: try RelevanceJudgements.read(path: qrels))
    let phrases = try session.knowledge().dialogue(session.language)
    let bar = ProgressBar(
      session.streams, label: phrases("evaluate.running"), unit: phrases("evaluate.unit"))
    defer { bar.finish() }
    let choice = embedder.map { EmbedderChoice.folder($0) } ?? .automatic
    let evaluation = try await Interrupts.cancellableOnce { [mode] in
      try collection.evaluate(embedder: choice, modes: mode.map { [$0] }) {
        bar.update(done: $0, total: $1)
      }
    }
    bar.finish()
    try session.streams.write(
      json ? JSONOutput.text(Body(evaluation: evaluation)) : evaluation.text)
  }

  /// `adapt.evaluate-retrieval/1`.
  private struct Body: Encodable {
    let schema = "adapt.evaluate-retrieval/1"
    let evaluation: RetrievalEvaluation

    enum CodingKeys: String, CodingKey {
      case schema, evaluation
    }
  }
}

struct EvaluateGateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gate",
    abstract: "How often the right document is cited, and unanswerable questions are declined.",
    usage: "adapt evaluate gate <questions> … [<options>]",
    discussion: """
      Asks every question of JSON Lines files against the indexed documents. A line is \
      {"question": "…", "card": "lora", "kind": "named"}: `card` is the file name without \
      folder, extension and language of the document that answers, or null when none does.

      EXAMPLES:
        adapt evaluate gate answerable.jsonl unanswerable.jsonl
        adapt evaluate gate questions.jsonl --mode lexical --json
      """)

  @Argument(help: ArgumentHelp("Files of questions.", valueName: "file"))
  var questions: [String]

  @Option(help: "hybrid, dense or lexical.")
  var mode: SearchMode = .hybrid

  @OptionGroup var documents: LibraryOptionGroup

  @Flag(help: "Prints JSON.")
  var json = false

  @OptionGroup var globals: GlobalOptions

  func run() async throws {
    let session = try Session(globals)
    let questions = try self.questions.flatMap { try GateQuestion.read($0) }
    let open = try documents.library(in: session.workspace).open(mode: mode)
    let phrases = try session.knowledge().dialogue(session.language)
    let bar = ProgressBar(
      session.streams, label: phrases("evaluate.running"), unit: phrases("evaluate.unit"))
    defer { bar.finish() }
    let report = try await Interrupts.cancellableOnce { [mode] in
      try GateReport.measure(questions, in: open, mode: mode) {
        bar.update(done: $0, total: questions.count)
      }
    }
    bar.finish()
    try session.streams.write(json ? JSONOutput.text(Body(report: report)) : report.text)
  }

  /// `adapt.evaluate-gate/1`.
  private struct Body: Encodable {
    let schema = "adapt.evaluate-gate/1"
    let report: GateReport

    enum CodingKeys: String, CodingKey {
      case schema, report
    }
  }
}
