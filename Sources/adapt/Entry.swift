// The one way in and out: parses, runs, and turns every error into words or JSON and an exit status.
import AdaptAssistant
import AdaptSystem
import ArgumentParser
import Foundation

/// The commands' exit statuses.
enum ExitStatus {
  static let done: Int32 = 0
  static let noResult: Int32 = 1
  static let error: Int32 = 2
}

/// Ends the command without a result and without a message: what was to say has been said.
struct NoResult: Error {}

extension Adapt {
  static func exit(withStatus status: Int32) -> Never { Foundation.exit(status) }
}

/// Runs the program and reports its errors.
enum Entry {
  /// The exit status of the program for these arguments.
  static func run(_ arguments: [String]) async -> Int32 {
    Interrupts.survivePipes()
    let streams = StandardStreams()
    do {
      var command = try Adapt.parseAsRoot(arguments)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      return ExitStatus.done
    } catch {
      return report(error, arguments, streams)
    }
  }

  private static func report(
    _ error: any Error, _ arguments: [String], _ streams: StandardStreams
  ) -> Int32 {
    switch error {
    case is BrokenPipe: return ExitStatus.done
    case is NoResult: return ExitStatus.noResult
    case is CancellationError:
      streams.note("stopped\n")
      return ExitStatus.error
    case let code as ExitCode: return code.rawValue
    case let error as any DiagnosableError:
      show(error.diagnosis, arguments, streams)
      return ExitStatus.error
    default: return reportUsage(error, arguments, streams)
    }
  }

  /// Help and version are results; everything else of the argument parser is a usage error.
  private static func reportUsage(
    _ error: any Error, _ arguments: [String], _ streams: StandardStreams
  ) -> Int32 {
    if Adapt.exitCode(for: error).isSuccess {
      let text = Adapt.fullMessage(for: error)
      do {
        try streams.write(text.hasSuffix("\n") ? text : text + "\n")
        return ExitStatus.done
      } catch {
        return error is BrokenPipe ? ExitStatus.done : ExitStatus.error
      }
    }
    show(UsageFault.diagnosis(Adapt.message(for: error), arguments), arguments, streams)
    return ExitStatus.error
  }

  /// An error in words, or as one JSON object when the command was to print JSON.
  private static func show(
    _ diagnosis: Diagnosis, _ arguments: [String], _ streams: StandardStreams
  ) {
    if wantsJSON(arguments) {
      streams.note(ErrorJSON.text(diagnosis))
      return
    }
    let painter = streams.painter(.error)
    let lines = Painter.sanitised(diagnosis.text).split(
      separator: "\n", omittingEmptySubsequences: false)
    let text = painter.paintCode(lines.map(String.init)).joined(separator: "\n")
    streams.note(painter.paint("error:", .fault) + " " + text + "\n")
  }

  private static func wantsJSON(_ arguments: [String]) -> Bool {
    let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
    let options = arguments[..<end]
    if options.contains("--json") || options.contains("--format=json") { return true }
    return zip(options, options.dropFirst()).contains { $0 == "--format" && $1 == "json" }
  }
}

/// What the argument parser found, with the nearest command.
enum UsageFault {
  /// The parser's message with the help to read.
  static func diagnosis(_ message: String, _ arguments: [String]) -> Diagnosis {
    let names = Adapt.commands.map { $0.configuration.commandName ?? "" }
    let words = arguments.filter { !$0.hasPrefix("-") }
    let command = words.first.flatMap { names.contains($0) ? $0 : nil }
    let page = (["adapt"] + [command].compactMap { $0 } + ["--help"]).joined(separator: " ")
    var hint = "`\(page)` shows how it is used"
    if command == nil, let first = words.first,
      let near = NearestName.best(for: first, among: names)
    {
      hint = "did you mean `adapt \(near)`? " + hint
    }
    return Diagnosis(message.replacing("Error: ", with: ""), hint: hint)
  }
}

/// The JSON form of an error.
enum ErrorJSON {
  private struct Body: Encodable {
    let schema = "adapt.error/1"
    let what: String
    let wanted: String?
    let got: String?
    let place: String?
    let hint: String?

    enum CodingKeys: String, CodingKey {
      case schema, what, wanted, got
      case place = "where"
      case hint
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(schema, forKey: .schema)
      try container.encode(what, forKey: .what)
      try container.encode(wanted, forKey: .wanted)
      try container.encode(got, forKey: .got)
      try container.encode(place, forKey: .place)
      try container.encode(hint, forKey: .hint)
    }
  }

  /// One line of JSON, every key present.
  static func text(_ diagnosis: Diagnosis) -> String {
    let body = Body(
      what: diagnosis.what, wanted: diagnosis.wanted, got: diagnosis.got, place: diagnosis.place,
      hint: diagnosis.hint)
    return (try? JSONOutput.line(body)) ?? "{\"schema\":\"adapt.error/1\"}\n"
  }
}
