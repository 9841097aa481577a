// The knowledge base of this repository, loaded once for all tests.
import AdaptGuidance
import Foundation
import Testing

enum Base {
  /// The repository's root, found from this file.
  static let home = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static let loaded = Result { try Knowledge.load(home: home, cache: nil) }

  static func knowledge() throws -> Knowledge { try loaded.get() }

  static func profile(_ answers: KeyValuePairs<String, String>) throws -> Profile {
    var profile = try knowledge().newProfile
    for (key, value) in answers { try profile.set(key, value) }
    return profile
  }

  static func advice(_ answers: KeyValuePairs<String, String>) throws -> Advice {
    Advisor(try knowledge()).advise(try profile(answers))
  }
}

/// A folder of its own for one test, removed when the value goes.
final class Folder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("adapt-guidance-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func write(_ text: String, to path: String) throws {
    let file = url.appendingPathComponent(path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  /// A copy of the whole knowledge base, to be broken.
  func copyBase() throws {
    for name in ["knowledge", "recipes"] {
      try FileManager.default.copyItem(
        at: Base.home.appendingPathComponent(name), to: url.appendingPathComponent(name))
    }
  }

  /// Replaces text in a file; fails when it is not there.
  func replace(_ old: String, by new: String, in path: String) throws {
    let file = url.appendingPathComponent(path)
    let text = try String(contentsOf: file, encoding: .utf8)
    try #require(text.contains(old))
    try text.replacing(old, with: new, maxReplacements: 1)
      .write(to: file, atomically: true, encoding: .utf8)
  }
}
