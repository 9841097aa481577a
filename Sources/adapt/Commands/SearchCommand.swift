// `adapt search`: the passages nearest to a query.
import AdaptAssistant
import AdaptGuidance
import AdaptRetrieval
import ArgumentParser

struct SearchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Finds passages in the indexed documents.",
    usage: "adapt search <query> [<options>]",
    discussion: """
      Keyword and vector search together by default; what the embedder cannot read weighs \
      less. Exit status 1 when nothing is found.

      EXAMPLES:
        adapt search "notice period"
        adapt search 灾难性遗忘 -k 3
        adapt search "rank of the update" --mode lexical --explain
        adapt search "notice period" --json | jq -r '.results[].citation.path'
      """)

  @Argument(help: "What to look for.")
  var query: String

  @Option(help: "hybrid, dense or lexical.")
  var mode: SearchMode = .hybrid

  @Option(name: [.customShort("k"), .customLong("limit")], help: "How many passages.")
  var limit = 10

  @OptionGroup var documents: LibraryOptionGroup

  @Flag(help: "Shows the score of every stage and how they were weighed.")
  var explain = false

  @Flag(help: "Prints JSON.")
  var json = false

  @OptionGroup var globals: GlobalOptions

  func validate() throws {
    guard (1...1000).contains(limit) else {
      throw ValidationError("-k wants 1 to 1000, got \(limit)")
    }
  }

  func run() async throws {
    let session = try Session(globals)
    var library = WorkspaceLibrary(documents.library(in: session.workspace))
    library.mode = mode
    let found = try await Interrupts.cancellableOnce { [library, query, limit] in
      try await library.search(query, limit: limit)
    }
    if json {
      try session.streams.write(JSONOutput.text(SearchBody(query: query, found)))
    } else {
      let words = DocumentBlocks(phrases: try session.knowledge().dialogue(session.language))
      try session.show(
        words.blocks(found.passages, explain: explain)
          + words.blocks(found.explanation, explain: explain))
    }
    if found.passages.isEmpty { throw NoResult() }
  }

  /// `adapt.search/1`.
  private struct SearchBody: Encodable {
    let schema = "adapt.search/1"
    let query: String
    let mode: SearchMode
    let results: [Passage]
    let explanation: SearchExplanation

    init(query: String, _ found: FoundPassages) {
      self.query = query
      mode = found.explanation.mode
      results = found.passages
      explanation = found.explanation
    }

    enum CodingKeys: String, CodingKey {
      case schema, query, mode, results, explanation
    }
  }
}
