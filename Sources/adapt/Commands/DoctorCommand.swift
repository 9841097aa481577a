// `adapt doctor`: what is installed, what is missing, and how to mend it.
import AdaptAssistant
import AdaptGuidance
import AdaptSystem
import ArgumentParser
import Foundation

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Says what is installed or missing, or what a model folder is and lacks.",
    usage: "adapt doctor [<model>] [--json]",
    discussion: """
      Exit status 1 when something that adapt cannot do without is missing or damaged; what \
      is optional only narrows what it can do, and the report says how. With a model folder: \
      its family, parameters, context, tokenizer and template, what its weights take in \
      memory in each form on this machine, and what is wrong with it.

      EXAMPLES:
        adapt doctor
        adapt doctor models/Qwen2.5-0.5B-Instruct
        adapt doctor --json | jq '.checks[] | select(.state != "ok")'
      """)

  @Argument(help: "A model folder to look at.")
  var model: String?

  @Flag(help: "Prints JSON.")
  var json = false

  @OptionGroup var globals: GlobalOptions

  func run() throws {
    let streams = StandardStreams()
    if let model { return try look(at: model, streams) }
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

  private func look(at model: String, _ streams: StandardStreams) throws {
    let inspection = try ModelInspection(model)
    if json {
      try streams.write(JSONOutput.text(ModelBody(inspection)))
    } else {
      let renderer = BlockRenderer(
        width: streams.width(.output), painter: streams.painter(.output))
      try streams.write(renderer.render(inspection.blocks))
    }
    if inspection.isBroken { throw NoResult() }
  }

  /// `adapt.doctor.model/1`.
  private struct ModelBody: Encodable {
    let schema = "adapt.doctor.model/1"
    let facts: ModelFacts
    let checks: [Check]

    init(_ inspection: ModelInspection) {
      facts = inspection.facts
      checks = inspection.checks
    }

    enum CodingKeys: String, CodingKey {
      case schema, facts, checks
    }
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
