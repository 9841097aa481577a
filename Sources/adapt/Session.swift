// What every command starts from: where things lie, which language, how to print.
import AdaptAssistant
import AdaptGuidance
import AdaptRetrieval
import AdaptSystem
import ArgumentParser
import Foundation

/// The options that every command has.
struct GlobalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Where the database, history and reports lie (default: ADAPT_WORKSPACE, else the nearest \
      .adapt upwards, else .adapt here).
      """, valueName: "dir"))
  var workspace: String?

  @Option(help: ArgumentHelp("The language, en or zh (default: the locale's).", valueName: "en|zh"))
  var lang: String?
}

/// Paths, language and output of one run.
struct Session: Sendable {
  let streams: StandardStreams
  let workspace: Workspace
  let language: Language
  let resources: Resources

  init(_ options: GlobalOptions) throws {
    streams = StandardStreams()
    language = try Language.choose(options.lang, environment: streams.environment)
    workspace = Workspace.locate(explicit: options.workspace, environment: streams.environment)
    resources = try Resources.locate(environment: streams.environment)
  }

  /// The whole knowledge base, from its snapshot when that is fresh.
  func knowledge() throws -> Knowledge {
    try Knowledge.load(
      home: resources.home, cache: Resources.cache(environment: streams.environment))
  }

  /// Prints blocks on standard output, laid out for it.
  func show(_ blocks: [WalkBlock], hintLabel: String = "hint: ") throws {
    let renderer = BlockRenderer(
      width: streams.width(.output), painter: streams.painter(.output), hintLabel: hintLabel)
    try streams.write(renderer.render(blocks))
  }
}

/// `key=value` as an option takes it.
struct Assignment: ExpressibleByArgument, Sendable {
  let key: String
  let value: String

  init?(argument: String) {
    guard let equals = argument.firstIndex(of: "=") else { return nil }
    key = String(argument[..<equals])
    value = String(argument[argument.index(after: equals)...])
    if key.isEmpty || value.isEmpty { return nil }
  }
}
