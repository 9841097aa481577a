// `adapt doctor`: what is installed, what is missing, and how to mend it.
import AdaptAssistant
import AdaptGuidance
import AdaptSystem
import ArgumentParser
import Foundation

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Says what is installed, what is missing, and how to mend it.",
    usage: "adapt doctor [--json]",
    discussion: """
      Exit status 1 when something that adapt cannot do without is missing or damaged; what \
      is optional only narrows what it can do, and the report says how.

      EXAMPLES:
        adapt doctor
        adapt doctor --json | jq '.checks[] | select(.state != "ok")'
      """)

  @Flag(help: "Prints JSON.")
  var json = false

  @OptionGroup var globals: GlobalOptions

  func run() throws {
    let streams = StandardStreams()
    let checks = try Doctor(globals, streams).checks
    if json {
      try streams.write(JSONOutput.text(Body(version: Adapt.version, checks: checks)))
    } else {
      let renderer = BlockRenderer(
        width: streams.width(.output), painter: streams.painter(.output))
      try streams.write(renderer.render(checks.map(\.block)))
    }
    if checks.contains(where: { $0.state == .broken }) { throw NoResult() }
  }

  /// `adapt.doctor/1`.
  private struct Body: Encodable {
    let schema = "adapt.doctor/1"
    let version: String
    let checks: [Check]

    enum CodingKeys: String, CodingKey {
      case schema, version, checks
    }
  }
}

/// One thing that was looked at.
struct Check: Encodable, Equatable {
  enum State: String, Encodable {
    /// Works.
    case ok
    /// Optional and not there.
    case missing
    /// Needed, and not there or damaged.
    case broken
  }

  let name: String
  let state: State
  let detail: String
  var mend: String?

  var block: WalkBlock {
    let text = "\(name): \(detail)" + (mend.map { " → \($0)" } ?? "")
    return switch state {
    case .ok: .success(text)
    case .missing: .warning(text)
    case .broken: .fault(Diagnosis("\(name): \(detail)", hint: mend))
    }
  }
}
