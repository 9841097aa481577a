// The benchmark program: parses, runs, and turns every error into one message and an exit status.
import AdaptSystem
import ArgumentParser
import Foundation

@main
struct Bench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "AdaptBench",
    abstract: "Measures adapt on this machine, beside the limits of the machine.",
    discussion: """
      Every figure is the median of several runs after a warm-up, with the lowest and the highest. \
      Shares are of the limit measured in the same run. ADAPT_THREADS sets the number of threads.

      Results go to standard output. Exit status: 0 done, 2 error.
      """,
    subcommands: commands)

  static let commands: [any ParsableCommand.Type] = [
    LimitsCommand.self, ProductsCommand.self, AttentionCommand.self, CrossEntropyCommand.self,
    StepCommand.self, GenerateCommand.self, EmbedCommand.self, ModelCommand.self,
  ]

  static func main() async {
    Foundation.exit(await Entry.run(Array(CommandLine.arguments.dropFirst())))
  }
}

enum Entry {
  /// The exit status of the program for these arguments.
  static func run(_ arguments: [String]) async -> Int32 {
    do {
      var command = try Bench.parseAsRoot(arguments)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      return 0
    } catch let error as any DiagnosableError {
      return fail(error.diagnosis)
    } catch  where Bench.exitCode(for: error).isSuccess {
      Console.note(Bench.fullMessage(for: error) + "\n", to: .standardOutput)
      return 0
    } catch {
      return fail(usage(error, arguments))
    }
  }

  private static func fail(_ diagnosis: Diagnosis) -> Int32 {
    Console.note("error: \(diagnosis.text)\n")
    return 2
  }

  /// What the argument parser found, with the nearest command.
  private static func usage(_ error: any Error, _ arguments: [String]) -> Diagnosis {
    let names = Bench.commands.compactMap { $0.configuration.commandName }
    let first = arguments.first { !$0.hasPrefix("-") }
    let known = first.flatMap { names.contains($0) ? $0 : nil }
    let page = (["AdaptBench"] + [known].compactMap { $0 } + ["--help"]).joined(separator: " ")
    var hint = "`\(page)` shows how it is used"
    if known == nil, let first, let near = NearestName.best(for: first, among: names) {
      hint = "did you mean `AdaptBench \(near)`? " + hint
    }
    return Diagnosis(Bench.message(for: error).replacing("Error: ", with: ""), hint: hint)
  }
}
