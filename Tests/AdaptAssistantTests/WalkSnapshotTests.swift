import AdaptAssistant
import AdaptGuidance
import AdaptTestSupport
import Testing

/// A whole conversation, word for word, in both languages; ADAPT_RECORD=1 records it anew.
struct WalkSnapshotTests {
  static let lines = [
    "help", "why", "clasification", "2", "back", "1", "1,3", "skp", "few", "set examples 20",
    "show", "yes", "what-if citations=no", "explain", "facts study-2023", "card lora",
    "methods", "help set", "help model", "model", "model m/t --quantize int9",
    "how long is the notice period?", "quit",
  ]

  @Test(arguments: Language.allCases)
  func dialogue(language: Language) throws {
    var walk = try WalkFixture.walk(language)
    var text = walk.start().text
    for line in Self.lines {
      text += "\(walk.prompt) › \(line)\n"
      let turn = walk.reply(to: line)
      let renderer = BlockRenderer(
        width: 80, painter: .plain, hintLabel: walk.phrases("hint.label"))
      text += renderer.render(turn.blocks + turn.question)
    }
    let difference = try SnapshotFolder().difference(text, "walk-\(language.rawValue)")
    #expect(difference == nil, "\(difference ?? "")")
    #expect(!text.contains("«"), "a phrase is missing")
  }
}
