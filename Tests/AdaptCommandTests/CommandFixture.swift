import AdaptTestSupport
import Foundation

/// The binary with a folder to run in and the small knowledge base.
struct CommandFixture {
  let binary: Binary
  let scratch: ScratchFolder
  let folder: URL
  let environment: [String: String]

  init() throws {
    binary = try Binary.built()
    scratch = try ScratchFolder()
    folder = scratch.url.appendingPathComponent("work")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    environment = [
      "ADAPT_HOME": try BinaryHome.make(in: scratch).path,
      "XDG_CACHE_HOME": scratch.path("cache"), "ADAPT_MODELS": scratch.path("models"),
    ]
  }

  func run(
    _ arguments: String..., input: String = "", environment changes: [String: String] = [:]
  ) throws -> Binary.Result {
    try binary.run(
      arguments, input: input, in: folder, environment: environment.merging(changes) { $1 })
  }

  func terminal(
    _ arguments: String..., environment changes: [String: String] = [:]
  ) throws -> PseudoTerminal {
    try PseudoTerminal(
      binary, arguments, in: folder, environment: environment.merging(changes) { $1 })
  }

  /// `text` with this run's own folder left out.
  func anonymous(_ text: String) -> String {
    text.replacing(scratch.url.path, with: "SCRATCH")
  }
}

/// A JSON object as the standard library sees it.
func json(_ text: String) throws -> [String: Any] {
  try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
}
