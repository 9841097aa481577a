// A small knowledge base for the walk, so that its tests do not change with the real one's content.
import AdaptAssistant
import AdaptGuidance
import AdaptSystem
import AdaptTestSupport
import Foundation

/// A folder of its own that is gone with the test.
final class ScratchFolder: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("adapt-walk-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}

enum WalkFixture {
  /// Four questions and two rules, with the real words of the dialogue and the reports.
  static let knowledge: Result<Knowledge, any Error> = Result {
    let scratch = try ScratchFolder()
    let home = scratch.url.appendingPathComponent("home")
    let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/home")
    try FileManager.default.copyItem(at: fixture, to: home)
    for words in ["dialogue", "reports"] {
      try FileManager.default.copyItem(
        at: Binary.root.appendingPathComponent("knowledge/\(words)"),
        to: home.appendingPathComponent("knowledge/\(words)"))
    }
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
