// The command line's root: without a subcommand it is the walk.
import ArgumentParser

@main
struct Adapt: AsyncParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "adapt",
    abstract: "How to adapt a language model to your task, and then do it.",
    usage: """
      adapt [--workspace <dir>] [--lang <en|zh>]
      adapt <command> …
      """,
    discussion: """
      Without a command, adapt asks about your case one question at a time, advises with \
      evidence (in-context learning, retrieval, fine-tuning), then indexes your documents \
      and answers from them with citations. Lines on standard input run as a script.

      EXAMPLES:
        adapt                                    start, or go on where you stopped
        adapt recommend --profile team.yaml      advice in one shot
        adapt index docs/                        read your documents
        adapt ask "What does the contract say about notice?"
        printf 'set citations yes\\nrecommend\\n' | adapt

      Results go to standard output, everything else to standard error.
      Exit status: 0 done, 1 no result, 2 error.
      """,
    version: version,
    subcommands: commands)

  /// Every command, in the order of the help; completions and tables are derived from it.
  static let commands: [any ParsableCommand.Type] = [
    RecommendCommand.self, IndexCommand.self, SearchCommand.self, AskCommand.self,
    GenerateCommand.self, ChatCommand.self, EvaluateCommand.self, MethodsCommand.self,
    RecipesCommand.self, FactsCommand.self, MergeCommand.self, ConvertCommand.self,
    DoctorCommand.self,
  ]

  @OptionGroup var globals: GlobalOptions

  func run() async throws {
    try await Repl.run(globals)
  }

  static func main() async {
    let status = await Entry.run(Array(CommandLine.arguments.dropFirst()))
    exit(withStatus: status)
  }
}
