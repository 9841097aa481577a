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
    while walk.prompt.contains("/"), count < 200 {
      let turn = walk.reply(to: line)
      #expect(turn.fault == nil)
      text += turn.text
      count += 1
    }
    #expect(walk.prompt == "adapt" || walk.prompt == walk.phrases("prompt.advice"))
    if walk.prompt != "adapt" { text += walk.reply(to: "").text }
    #expect(text.contains(language == .en ? "What next?" : "接下来做什么？"))
    #expect(!text.contains("«"), "a phrase is missing")
  }

  /// Teams as the guides describe them: what each answers, and the rung the advice must end on.
  static let teams: [(answers: [String: String], rung: String)] = [
    (
      [
        "task": "qa", "problem": "knowledge", "documents_tokens": "3M",
        "knowledge_changes": "weekly", "citations": "yes", "examples": "30",
        "evaluation_set": "ready", "access": "api", "latency": "5", "tried": "few-shot",
      ], "rag"
    ),
    (
      [
        "task": "extraction", "problem": "format", "output_form": "fixed", "examples": "800",
        "evaluation_set": "ready", "access": "weights", "gpu_memory": "24", "tried": "few-shot",
        "model_parameters": "7B", "task_diversity": "narrow", "privacy": "local",
      ], "peft"
    ),
    (
      [
        "task": "summarisation", "problem": "knowledge", "documents_tokens": "20k",
        "knowledge_changes": "rarely", "citations": "no", "examples": "5",
        "evaluation_set": "small", "access": "api", "queries_per_day": "100",
      ], "whole-context"
    ),
  ]

  @Test(arguments: teams.indices)
  func theAdviceIsStableAfterAboutADozenQuestions(team: Int) throws {
    let (answers, rung) = Self.teams[team]
    var walk = try walk(.en)
    _ = walk.start()
    var count = 0
    while let asked = walk.askedQuestion, count < 60 {
      #expect(walk.reply(to: answers[asked] ?? "").fault == nil, "\(asked)")
      count += 1
    }
    #expect((8...14).contains(count), "\(count) questions")
    #expect(walk.prompt == "advice")
    let advised = walk.reply(to: "").text
    #expect(advised.contains("What next?"))
    // Stable means: whatever is answered to the rest, one question at a time, the rung stays.
    let knowledge = try Knowledge.load(home: Binary.root, cache: nil)
    var profile = knowledge.newProfile
    for (key, value) in walk.state.answers { try profile.set(key, value) }
    let advice = Advisor(knowledge).advise(profile)
    #expect(advice.recommended == rung)
    let open = Set(profile.openQuestions.map(\.id))
    #expect(advice.counterfactuals.allSatisfy { !open.contains($0.question) })
  }

  @Test func moreAsksTheRestAndEndsInTheAdvice() throws {
    var walk = try walk(.en)
    _ = walk.start()
    while walk.prompt.contains("/") { _ = walk.reply(to: "") }
    #expect(walk.reply(to: "more").fault == nil)
    var count = 0
    var last = WalkTurn()
    while walk.prompt.contains("/"), count < 60 {
      last = walk.reply(to: "")
      count += 1
    }
    #expect(count >= 10)
    #expect(last.text.contains("What next?"))
    #expect(walk.reply(to: "more").text.contains("Every question is answered"))
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
