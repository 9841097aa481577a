// The knowledge base inside the walk: method cards and facts with their sources.
package import AdaptGuidance
import AdaptSystem

extension Walk {
  /// The card of a method by its id, name or another name of it, in the reader's language.
  func card(named name: String) -> Card? {
    knowledge.card(named: name, language)
  }

  /// A card as blocks: its Markdown, headings painted.
  func show(_ card: Card) -> [WalkBlock] { MarkdownBlocks.blocks(card.markdown) }

  /// The card by a name, or the list of all.
  func runCard(_ name: String?) -> WalkTurn {
    guard let name else {
      let entries = knowledge.cards(language).map {
        WalkBlock.entry(term: $0.id, text: MarkdownBlocks.firstSentence($0.summary))
      }
      return WalkTurn([.heading(say("methods.title"))] + entries + [.note(say("methods.hint"))])
    }
    guard let card = card(named: name) else {
      return unknownName("kind.method", name, knowledge.cards(.en).map(\.id))
    }
    return WalkTurn(show(card))
  }

  /// A recipe as it stands in its file, or the list of all.
  func recipes(_ name: String?) -> WalkTurn {
    guard let name else {
      let entries = knowledge.recipes.map {
        WalkBlock.entry(term: $0.id, text: $0.title[language])
      }
      return WalkTurn([.heading(say("recipes.title"))] + entries + [.note(say("recipes.hint"))])
    }
    guard let recipe = knowledge.recipe(name) ?? knowledge.recipe("peft/\(name)") else {
      return unknownName("kind.recipe", name, knowledge.recipes.map(\.id))
    }
    return WalkTurn([.verbatim(recipe.text), .blank, .note(say("recipes.later"))])
  }

  /// A fact with its source, or the list of evidence files.
  func facts(_ reference: String?) -> WalkTurn {
    guard let reference else {
      let entries = knowledge.evidence.map {
        WalkBlock.entry(term: $0.id, text: $0.title[language])
      }
      return WalkTurn([.heading(say("facts.title"))] + entries + [.note(say("facts.hint"))])
    }
    guard let fact = knowledge.fact(reference) else {
      return unknownName("kind.fact", reference, knowledge.evidence.map(\.id))
    }
    return WalkTurn(FactBlocks(phrases: phrases).blocks(fact))
  }
}

/// A fact as blocks: what was measured, how, where it stands, and whether we read it there.
package struct FactBlocks {
  package let phrases: Phrases

  package init(phrases: Phrases) {
    self.phrases = phrases
  }

  /// One figure, or every figure of a file.
  package func blocks(_ fact: Fact) -> [WalkBlock] {
    let language = phrases.language
    var blocks: [WalkBlock] = [.heading(fact.evidence.title[language])]
    let figures = fact.figure.map { [$0] } ?? fact.evidence.figures
    for figure in figures {
      let values = figure.values.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
      let mark = figure.verified.isChecked ? "" : " (\(phrases("facts.unchecked")))"
      let text = figure.text[language]
      blocks.append(
        .entry(
          term: "\(fact.evidence.id).\(figure.id)",
          text: values.isEmpty ? text + mark : "\(text): \(values)\(mark)"))
    }
    let fields = fact.figure?.protocolFields ?? fact.evidence.protocolFields
    if !fields.isEmpty {
      let list = fields.map { "\($0.name): \($0.value)" }.joined(separator: "; ")
      blocks.append(.text(phrases("facts.protocol", ["list": list])))
    }
    let source = fact.source
    let year = source.year.map { " (\($0))" } ?? ""
    blocks.append(
      .text(
        phrases(
          "facts.source",
          [
            "title": source.title, "authors": source.authors + year, "at": source.at,
            "locator": fact.locator,
          ])))
    blocks.append(.note(phrases("facts.verified.\(fact.verified.rawValue)")))
    return blocks
  }
}
