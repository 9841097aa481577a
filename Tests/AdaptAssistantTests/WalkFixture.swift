// A small knowledge base for the walk, so that its tests do not change with the real one's content.
import AdaptAssistant
import AdaptGuidance
import AdaptTestSupport

enum WalkFixture {
  /// Four questions and two rules, with the real words of the dialogue and the reports.
  static let knowledge: Result<Knowledge, any Error> = Result {
    let scratch = try ScratchFolder()
    let home = try BinaryHome.make(in: scratch)
    return try Knowledge.load(home: home, cache: nil)
  }

  static func walk(
    _ language: Language = .en, hasDocuments: Bool = false, reports: String = "/nowhere"
  ) throws -> Walk {
    Walk(
      knowledge: try knowledge.get(), language: language,
      places: Walk.Places(reports: reports), hasDocuments: hasDocuments)
  }
}

extension WalkTurn {
  /// What is said and asked, as it looks on a terminal of 80 columns without colours.
  var text: String {
    BlockRenderer(width: 80, painter: .plain).render(blocks + question)
  }
}
