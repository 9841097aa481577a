// The command line's entry point.
import ArgumentParser

@main
struct Adapt: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adapt", abstract: "How to adapt a language model to your task, and then do it.")
}
