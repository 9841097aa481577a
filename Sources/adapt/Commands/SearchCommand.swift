// `adapt search`: the passages nearest to a query.
import AdaptAssistant
import AdaptGuidance
import ArgumentParser

/// Which retrievers are used.
enum ModeOption: String, ExpressibleByArgument, CaseIterable, Sendable {
  case hybrid, dense, lexical
}

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
  var mode: ModeOption = .hybrid

  @Option(name: [.customShort("k"), .customLong("limit")], help: "How many passages.")
  var limit = 10

  @Flag(help: "Shows the score of every stage.")
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
    let library = try LibraryOpener.open(
      LibraryOptions(workspace: session.workspace, mode: mode.rawValue))
    let passages = try await library.search(query, limit: limit)
    if json {
      try session.streams.write(
        JSONOutput.text(SearchBody(query: query, mode: mode.rawValue, results: passages)))
    } else {
      let phrases = try session.knowledge().dialogue(session.language)
      try session.show(DocumentBlocks(phrases: phrases).blocks(passages, explain: explain))
    }
    if passages.isEmpty { throw NoResult() }
  }

  /// `adapt.search/1`.
  private struct SearchBody: Encodable {
    let schema = "adapt.search/1"
    let query, mode: String
    let results: [Passage]

    enum CodingKeys: String, CodingKey {
      case schema, query, mode, results
    }
  }
}
