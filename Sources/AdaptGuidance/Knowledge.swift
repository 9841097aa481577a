// The whole knowledge base as typed values: questions, rules, evidence, cards, costs and words.
/// The knowledge base.
package struct Knowledge: Sendable {
  package let questionnaire: Questionnaire
  package let rules: [Rule]
  package let flowchart: Flowchart
  package let constants: [CostConstant]
  package let formulas: [Formula]
  package let evidence: [Evidence]
  package let sources: [Source]
  package let recipes: [Recipe]
  let library: Library
  let reportWords: [Language: Phrases]

  /// The terms of the field, in the order written.
  package var glossary: [Term] { library.contents.glossary }
  /// Every method card in both languages.
  package var cards: [Card] { library.contents.cards }

  /// The words of the REPL.
  package func dialogue(_ language: Language) -> Phrases {
    library.contents.dialogue[language] ?? Phrases(language: language, entries: [:])
  }

  /// The words of the reports.
  package func reportPhrases(_ language: Language) -> Phrases {
    reportWords[language] ?? Phrases(language: language, entries: [:])
  }

  /// The cards in one language, in the order of their ids.
  package func cards(_ language: Language) -> [Card] { cards.filter { $0.language == language } }

  package func card(_ id: String, _ language: Language) -> Card? {
    cards.first { $0.id == id && $0.language == language }
  }

  /// The card with this id, name or another name of it, whatever its case, in one language.
  package func card(named name: String, _ language: Language) -> Card? {
    let wanted = name.lowercased()
    let named = cards.first { card in
      ([card.id, card.name, card.fullName] + card.aliases).contains { $0.lowercased() == wanted }
    }
    return named.flatMap { card($0.id, language) ?? $0 }
  }

  package func recipe(_ id: String) -> Recipe? { recipes.first { $0.id == id } }
  package func rule(_ id: String) -> Rule? { rules.first { $0.id == id } }
  package func source(_ id: String) -> Source? { sources.first { $0.id == id } }

  /// The figure `file.figure`, or a whole evidence file, with its source; nil when there is none.
  package func fact(_ reference: String) -> Fact? {
    let parts = reference.split(separator: ".", maxSplits: 1).map(String.init)
    guard let id = parts.first, let file = evidence.first(where: { $0.id == id }) else {
      return nil
    }
    let figure = parts.count == 2 ? file.figures.first { $0.id == parts[1] } : nil
    if parts.count == 2, figure == nil { return nil }
    guard let source = source(figure?.source ?? file.source) else { return nil }
    return Fact(reference: reference, evidence: file, figure: figure, source: source)
  }

  /// An empty profile over the questions.
  package var newProfile: Profile { Profile(questionnaire) }
}
