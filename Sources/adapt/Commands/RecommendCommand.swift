// `adapt recommend`: the advice in one shot.
import AdaptAssistant
import AdaptGuidance
import AdaptRetrieval
import AdaptSystem
import ArgumentParser
import Foundation

struct RecommendCommand: ParsableCommand {
  /// How the advice is printed.
  enum Format: String, ExpressibleByArgument, CaseIterable, Sendable {
    case text, json, markdown, mermaid
  }

  static let configuration = CommandConfiguration(
    commandName: "recommend",
    abstract: "Advises on a case: the next rung, the whole ladder, evidence, costs.",
    usage: "adapt recommend [--set <key=value> …] [--profile <file>] [<options>]",
    discussion: """
      What is not answered counts as not known. The answers come from --profile, then --set. \
      `adapt` without a command asks them one by one; `save team.yaml` there writes a profile.

      EXAMPLES:
        adapt recommend --set knowledge_changes=weekly citations=yes
        adapt recommend --profile team.yaml --what-if examples=2000
        adapt recommend --profile team.yaml --format mermaid > ladder.mmd
        adapt recommend --profile team.yaml --save docs/decision.md
        adapt recommend --profile team.yaml --json | jq .recommended
      """)

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("An answer; several may follow.", valueName: "key=value"))
  var set: [Assignment] = []

  @Option(help: ArgumentHelp("Answers in YAML or JSON.", valueName: "file"))
  var profile: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Shows what other answers would change.", valueName: "key=value"))
  var whatIf: [Assignment] = []

  @Option(help: "How to print it: text, json, markdown or mermaid.")
  var format: Format = .text

  @Flag(help: "The same as --format json.")
  var json = false

  @Flag(help: "Shows every rule, its source, and the formula of each cost.")
  var explain = false

  @Option(
    defaultAsFlag: "",
    help: ArgumentHelp(
      "Writes a decision record in Markdown too; without a name a new one in the workspace.",
      valueName: "file"))
  var save: String?

  @OptionGroup var globals: GlobalOptions

  func run() throws {
    let session = try Session(globals)
    let knowledge = try session.knowledge()
    let profile = try answers(knowledge)
    let advisor = Advisor(knowledge)
    let advice = advisor.advise(profile)
    let report = AdviceReport(advice, knowledge: knowledge, language: session.language)
    if whatIf.isEmpty {
      try print(report, session)
    } else {
      try printDifference(advice, try changed(profile), advisor, session)
    }
    if let save { try write(report, to: save, session) }
  }

  private func answers(_ knowledge: Knowledge) throws -> Profile {
    var answers = knowledge.newProfile
    if let profile { try answers.read(file: URL(fileURLWithPath: profile)) }
    for assignment in set { try answers.set(assignment.key, assignment.value) }
    return answers
  }

  private func changed(_ profile: Profile) throws -> Profile {
    var changed = profile
    for assignment in whatIf { try changed.set(assignment.key, assignment.value) }
    return changed
  }

  private func print(_ report: AdviceReport, _ session: Session) throws {
    switch json ? .json : format {
    case .json: try session.streams.write(report.json())
    case .markdown: try session.streams.write(report.markdown())
    case .mermaid: try session.streams.write(report.mermaid())
    case .text: try session.show(report.sections(explain: explain).walkBlocks)
    }
  }

  private func printDifference(
    _ before: Advice, _ profile: Profile, _ advisor: Advisor, _ session: Session
  ) throws {
    let after = advisor.advise(profile)
    let report = AdviceReport(
      after, knowledge: advisor.knowledge, language: session.language)
    let difference = after.difference(from: before)
    if json || format == .json {
      try session.streams.write(report.json(difference: difference))
    } else {
      try session.show(report.difference(difference).blocks)
    }
  }

  private func write(_ report: AdviceReport, to name: String, _ session: Session) throws {
    let path = name.isEmpty ? Walk.freshRecord(in: session.workspace.reports) : name
    if name.isEmpty { try session.workspace.create() }
    try AtomicFile.write(Data(report.markdown().utf8), to: path)
    session.streams.note("decision record written to \(Walk.shown(path))\n")
  }
}
