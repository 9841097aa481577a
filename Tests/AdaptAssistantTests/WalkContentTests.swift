import AdaptAssistant
import AdaptGuidance
import AdaptTestSupport
import Testing

/// The walk over the real knowledge base: it must go through whatever its content is.
struct WalkContentTests {
  private func walk(_ language: Language) throws -> Walk {
    Walk(
      knowledge: try Knowledge.load(home: Binary.root, cache: nil), language: language,
      places: Walk.Places(reports: "/nowhere"))
  }

  @Test(arguments: Language.allCases, ["", "?", "skip"])
  func everyQuestionCanBeAnsweredAlike(language: Language, line: String) throws {
    var walk = try walk(language)
    var text = walk.start().text
    var count = 0
    while walk.prompt != "adapt", count < 200 {
      let turn = walk.reply(to: line)
      #expect(turn.fault == nil)
      text += turn.text
      count += 1
    }
    #expect(count >= 20)
    #expect(text.contains(language == .en ? "What next?" : "接下来做什么？"))
    #expect(!text.contains("«"), "a phrase is missing")
  }

  @Test(arguments: Language.allCases)
  func everyCardAndFactIsShown(language: Language) throws {
    var walk = try walk(language)
    _ = walk.start()
    let knowledge = try Knowledge.load(home: Binary.root, cache: nil)
    for card in knowledge.cards(.en) {
      #expect(walk.reply(to: "card \(card.id)").fault == nil, "\(card.id)")
    }
    for evidence in knowledge.evidence {
      #expect(walk.reply(to: "facts \(evidence.id)").fault == nil, "\(evidence.id)")
    }
    for term in knowledge.glossary {
      #expect(walk.reply(to: "help \(term.term[language])").fault == nil, "\(term.id)")
    }
  }
}
