// A small knowledge base for tests of the walk and the commands, so that they don't change with the
// content of the real one; its words are the real ones.
package import Foundation

/// A folder of its own that is gone with its last user.
package final class ScratchFolder: Sendable {
  package let url: URL

  package init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("adapt-test-\(UUID().uuidString)").resolvingSymlinksInPath()
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  package func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// Writes a file, with its folders.
  package func write(_ text: String, to name: String) throws {
    let file = url.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }
}

package enum BinaryHome {
  /// Four questions, two rules and three cards in `scratch`/home; what ADAPT_HOME may point at.
  package static func make(in scratch: ScratchFolder) throws -> URL {
    let home = scratch.url.appendingPathComponent("home")
    let tests = Binary.root.appendingPathComponent("Tests")
    try FileManager.default.copyItem(
      at: tests.appendingPathComponent("AdaptAssistantTests/Fixtures/home"), to: home)
    for words in ["dialogue", "reports"] {
      try FileManager.default.copyItem(
        at: Binary.root.appendingPathComponent("knowledge/\(words)"),
        to: home.appendingPathComponent("knowledge/\(words)"))
    }
    return home
  }
}
