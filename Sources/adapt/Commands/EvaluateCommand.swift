// `adapt evaluate`: the metrics of one thing; retrieval first.
import ArgumentParser

struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures one thing on your own data.",
    subcommands: [EvaluateRetrievalCommand.self])
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
      Files in the layouts of BEIR (JSON Lines, TSV with a header) or TREC (qrels).

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
  var mode: ModeOption?

  @Option(name: [.customShort("k"), .customLong("depth")], help: "Depth of recall.")
  var depth = 100

  @Flag(help: "Prints JSON.")
  var json = false

  @OptionGroup var globals: GlobalOptions

  func validate() throws {
    guard (1...10_000).contains(depth) else {
      throw ValidationError("-k wants 1 to 10000, got \(depth)")
    }
  }

  func run() async throws {
    throw LibraryFault.notBuiltIn
  }
}
