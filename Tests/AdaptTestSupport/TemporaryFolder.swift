// A folder for one test, gone when the test is over.
import Foundation

/// An empty folder that is removed, with all it holds, when the last reference goes.
package final class TemporaryFolder: Sendable {
  /// Absolute path, without a final slash.
  package let path: String

  package init() throws {
    let base = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
    path = base + "/adapt-test-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// The path of something inside.
  package func path(_ name: String) -> String { path + "/" + name }

  /// Writes a file inside, with the folders above it, and gives its path.
  @discardableResult
  package func write(_ text: String, to name: String) throws -> String {
    let file = path(name)
    try FileManager.default.createDirectory(
      atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    return file
  }
}
