// Whole texts kept beside the tests: compared on every run, written anew with ADAPT_RECORD=1.
import Foundation

/// A folder of recorded texts.
package struct SnapshotFolder: Sendable {
  package let path: String

  /// The folder `Snapshots` beside the test file that asks.
  package init(beside file: String = #filePath) {
    path =
      URL(fileURLWithPath: file).deletingLastPathComponent()
      .appendingPathComponent("Snapshots").path
  }

  /// How a text differs from its recording; nil when it is the same, or was recorded just now.
  package func difference(_ text: String, _ name: String) throws -> String? {
    let file = URL(fileURLWithPath: path).appendingPathComponent(name + ".txt")
    if ProcessInfo.processInfo.environment["ADAPT_RECORD"] == "1" {
      try Data(text.utf8).write(to: file)
      return nil
    }
    guard let recorded = try? String(contentsOf: file, encoding: .utf8) else {
      return "no recording `\(name)`; run the tests with ADAPT_RECORD=1 and read what it writes"
    }
    return recorded == text ? nil : Self.firstDifference(recorded, text, name)
  }

  private static func firstDifference(_ old: String, _ new: String, _ name: String) -> String {
    let before = old.split(separator: "\n", omittingEmptySubsequences: false)
    let after = new.split(separator: "\n", omittingEmptySubsequences: false)
    let line = zip(before, after).enumerated().first { $1.0 != $1.1 }?.offset
    let index = line ?? min(before.count, after.count)
    let wanted = index < before.count ? String(before[index]) : "the end"
    let got = index < after.count ? String(after[index]) : "the end"
    return """
      `\(name)` differs from its recording in line \(index + 1):
      wanted: \(wanted)
      got:    \(got)
      (ADAPT_RECORD=1 records it anew)
      """
  }
}
