// `adapt methods`: the method cards, listed and shown.
import AdaptAssistant
import AdaptGuidance
import AdaptSystem
import ArgumentParser

struct MethodsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "methods",
    abstract: "Lists the methods, or shows the card of one.",
    usage: "adapt methods [<name>] [--json]",
    discussion: """
      A card says what a method changes, when to use it and when not, what it costs, its \
      formula of trainable parameters, typical settings, and its sources.

      EXAMPLES:
        adapt methods
        adapt methods qlora
        adapt methods rag --lang zh
        adapt methods --json | jq -r '.methods[].id'
      """)

  @Argument(help: "Id or name of a method.")
  var name: String?

  @Flag(help: "Prints JSON.")
  var json = false

  @OptionGroup var globals: GlobalOptions

  func run() throws {
    let session = try Session(globals)
    let knowledge = try session.knowledge()
    guard let name else { return try list(knowledge, session) }
    let card = try KnowledgeLookup.card(name, knowledge, session.language)
    if json {
      try session.streams.write(
        JSONOutput.text(CardBody(schema: "adapt.methods/1", method: MethodBody(card, full: true))))
    } else {
      try session.show(MarkdownBlocks.blocks(card.markdown))
    }
  }

  private func list(_ knowledge: Knowledge, _ session: Session) throws {
    let cards = knowledge.cards(session.language)
    if json {
      let methods = cards.map { MethodBody($0, full: false) }
      try session.streams.write(
        JSONOutput.text(ListBody(schema: "adapt.methods/1", methods: methods)))
      return
    }
    try session.show(
      cards.map { .entry(term: $0.id, text: MarkdownBlocks.firstSentence($0.summary)) })
  }

  private struct ListBody: Encodable {
    let schema: String
    let methods: [MethodBody]
  }

  private struct CardBody: Encodable {
    let schema: String
    let method: MethodBody
  }

  private struct MethodBody: Encodable {
    let id, name, fullName, family, parameters, summary: String
    let aliases, sources: [String]
    let trainable, mergeable: Bool?
    let markdown: String?

    init(_ card: Card, full: Bool) {
      id = card.id
      name = card.name
      fullName = card.fullName
      family = card.family
      parameters = card.parameters
      summary = card.summary
      aliases = card.aliases
      sources = card.sources
      trainable = card.trainable
      mergeable = card.mergeable
      markdown = full ? card.markdown : nil
    }

    enum CodingKeys: String, CodingKey {
      case id, name
      case fullName = "full_name"
      case family, parameters, summary, aliases, sources, trainable, mergeable, markdown
    }
  }
}
