// `adapt facts`: the evidence, listed and shown with its sources.
import AdaptAssistant
import AdaptGuidance
import ArgumentParser

struct FactsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "facts",
    abstract: "Lists the evidence, or shows a figure with its protocol and source.",
    usage: "adapt facts [<id>] [--json]",
    discussion: """
      Every figure says how it was measured, where it stands, and whether we read it there.

      EXAMPLES:
        adapt facts
        adapt facts ovadia-2023
        adapt facts ovadia-2023.rag --json
      """)

  @Argument(help: "Id of an evidence file, or of one figure (file.figure).")
  var id: String?

  @Flag(help: "Prints JSON.")
  var json = false

  @OptionGroup var globals: GlobalOptions

  func run() throws {
    let session = try Session(globals)
    let knowledge = try session.knowledge()
    if let id {
      try show(try KnowledgeLookup.fact(id, knowledge), session, knowledge)
    } else {
      try list(knowledge, session)
    }
  }

  private func list(_ knowledge: Knowledge, _ session: Session) throws {
    if json {
      let facts = knowledge.evidence.compactMap { knowledge.fact($0.id) }
      try session.streams.write(
        JSONOutput.text(FactList(facts: facts.map { FactBody($0, session.language) })))
      return
    }
    try session.show(
      knowledge.evidence.map { .entry(term: $0.id, text: $0.title[session.language]) })
  }

  private func show(_ fact: Fact, _ session: Session, _ knowledge: Knowledge) throws {
    if json {
      try session.streams.write(
        JSONOutput.text(FactList(facts: [FactBody(fact, session.language)])))
      return
    }
    try session.show(FactBlocks(phrases: knowledge.dialogue(session.language)).blocks(fact))
  }
}

/// `adapt.facts/1`.
private struct FactList: Encodable {
  let schema = "adapt.facts/1"
  let facts: [FactBody]

  enum CodingKeys: String, CodingKey {
    case schema, facts
  }
}

private struct FactBody: Encodable {
  let id, title, locator, verified: String
  let source: SourceBody
  let figures: [FigureBody]

  init(_ fact: Fact, _ language: Language) {
    id = fact.reference
    title = fact.evidence.title[language]
    locator = fact.locator
    verified = fact.verified.rawValue
    source = SourceBody(fact.source)
    let shown = fact.figure.map { [$0] } ?? fact.evidence.figures
    figures = shown.map { FigureBody($0, language) }
  }
}

private struct SourceBody: Encodable {
  let id, title, authors, kind, at: String
  let year: Int?

  init(_ source: Source) {
    id = source.id
    title = source.title
    authors = source.authors
    kind = source.kind
    at = source.at
    year = source.year
  }
}

private struct FigureBody: Encodable {
  let id, text, source, locator, verified: String
  let values, measured: [String: String]

  init(_ figure: Figure, _ language: Language) {
    id = figure.id
    text = figure.text[language]
    source = figure.source
    locator = figure.locator
    verified = figure.verified.rawValue
    values = Self.map(figure.values)
    measured = Self.map(figure.protocolFields)
  }

  private static func map(_ pairs: [(name: String, value: String)]) -> [String: String] {
    Dictionary(pairs.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  enum CodingKeys: String, CodingKey {
    case id, text, source, locator, verified, values
    case measured = "protocol"
  }
}
