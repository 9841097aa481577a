import AdaptTestSupport
import Foundation
import Testing

/// What the knowledge base tells people to type exists: nothing is promised that a later version brings.
struct NamedCommandTests {
  private static let files = ["flowchart", "questions", "glossary", "costs"]
  private static let folders = ["reports", "dialogue", "rules"]

  private func texts() throws -> [(name: String, text: String)] {
    let base = Binary.root.appendingPathComponent("knowledge")
    var urls = Self.files.map { base.appendingPathComponent($0 + ".yaml") }
    for folder in Self.folders {
      urls += try FileManager.default.contentsOfDirectory(
        at: base.appendingPathComponent(folder), includingPropertiesForKeys: nil)
    }
    return try urls.map { ($0.lastPathComponent, try String(contentsOf: $0, encoding: .utf8)) }
  }

  @Test func everyCommandNamedInTheKnowledgeExists() throws {
    let fixture = try CommandFixture()
    var named: [String: String] = [:]
    for (name, text) in try texts() {
      for match in text.matches(of: /(?:`|command: "?)adapt ([a-z][a-z-]*)(?: ([a-z]+))?/) {
        let words = [match.output.1, match.output.2].compactMap { $0.map(String.init) }
        let isGroup = words.first == "evaluate"
        named[words.prefix(isGroup ? 2 : 1).joined(separator: " ")] = name
      }
    }
    #expect(Set(named.keys).isSuperset(of: ["index", "ask", "recipes", "evaluate retrieval"]))
    for (command, file) in named {
      let page = command.split(separator: " ").map(String.init) + ["--help"]
      let result = try fixture.binary.run(
        page, in: fixture.folder, environment: fixture.environment)
      #expect(result.output.contains("USAGE: adapt \(command)"), "\(file): adapt \(command)")
    }
  }
}
