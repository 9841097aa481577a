// What every command takes.
import AdaptSystem
import ArgumentParser
import Foundation

struct BenchOptions: ParsableArguments {
  @Option(help: "Runs of each figure after the warm-up, of which the median is told.")
  var runs = 5

  @Option(
    name: .customLong("json"),
    help: ArgumentHelp(
      "Write the results as JSON to this file; `-` writes them to standard output in place of the table.",
      valueName: "file"))
  var jsonPath: String?

  @Flag(help: "Sizes so small that the figures mean nothing: shows that everything runs.")
  var tiny = false

  var printsTable: Bool { jsonPath != "-" }

  /// - Throws: `BenchFault.outOfRange`, `FileFault.unwritable`: before minutes are spent, not after.
  func check() throws {
    guard (1...1_000).contains(runs) else {
      throw BenchFault.outOfRange(option: "--runs", wanted: "1 to 1000", got: runs)
    }
    guard let jsonPath, printsTable else { return }
    let folder = (jsonPath as NSString).deletingLastPathComponent
    guard access(folder.isEmpty ? "." : folder, W_OK) == 0 else {
      throw FileFault.unwritable(path: jsonPath, reason: POSIXFailure.current().description)
    }
  }
}
