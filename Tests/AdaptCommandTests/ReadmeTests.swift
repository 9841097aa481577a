import AdaptSystem
import AdaptTestSupport
import Foundation
import Testing

/// The README shows what the binary does, and nothing else.
///
/// `ADAPT_RECORD=1` writes the transcript and the table of commands anew.
@Suite(.serialized) struct ReadmeTests {
  private static let file = Binary.root.appendingPathComponent("README.md")
  private static let models = Resources.models()
  private static let hasModel = FileManager.default.fileExists(
    atPath: models.appendingPathComponent("all-MiniLM-L6-v2/model.safetensors").path)

  private static var isRecording: Bool {
    ProcessInfo.processInfo.environment["ADAPT_RECORD"] == "1"
  }

  /// The text of the README between two markers.
  private func section(_ name: String, in text: String) throws -> Range<String.Index> {
    let start = try #require(text.range(of: "<!-- \(name) -->\n"), "no marker \(name)")
    let end = try #require(
      text.range(of: "<!-- /\(name) -->", range: start.upperBound..<text.endIndex))
    return start.upperBound..<end.lowerBound
  }

  private func check(_ name: String, _ made: (Substring) throws -> String) throws {
    var text = try String(contentsOf: Self.file, encoding: .utf8)
    let range = try section(name, in: text)
    let wanted = try made(text[range])
    if Self.isRecording {
      text.replaceSubrange(range, with: wanted)
      try Data(text.utf8).write(to: Self.file)
    } else {
      #expect(String(text[range]) == wanted, "README.md, \(name): ADAPT_RECORD=1 records it anew")
    }
  }

  /// Every `$` line is run by a shell in one folder; what follows it must be what it prints.
  @Test(.enabled(if: hasModel, "the transcript needs the embedder: make setup"))
  func theTranscriptIsWhatHappens() throws {
    let scratch = try ScratchFolder()
    try checkTranscript("transcript", home: scratch, in: scratch.url)
  }

  /// With the tiny model of the tests, in the folder of the sources: nothing is written there.
  @Test func theTranscriptWithAModelIsWhatHappens() throws {
    try checkTranscript("model", home: try ScratchFolder(), in: Binary.root)
  }

  private func checkTranscript(_ name: String, home: ScratchFolder, in folder: URL) throws {
    let binary = try Binary.built()
    try check(name) { shown in
      var lines = ["```console"]
      for command in shown.split(separator: "\n") where command.hasPrefix("$ ") {
        lines.append(String(command))
        let words = String(command.dropFirst(2))
        lines.append(contentsOf: try run(words, binary, home: home.url, in: folder))
      }
      return (lines + ["```", ""]).joined(separator: "\n")
    }
  }

  private func run(
    _ command: String, _ binary: Binary, home: URL, in folder: URL
  ) throws -> [String] {
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = ["-c", "exec 2>&1; " + command]
    shell.currentDirectoryURL = folder
    let programs = (binary.path as NSString).deletingLastPathComponent
    var environment = Binary.environment(
      home: home, adding: ["ADAPT_MODELS": Self.models.path, "COLUMNS": "80"])
    environment["PATH"] = programs + ":" + (environment["PATH"] ?? "")
    shell.environment = environment
    let output = Pipe()
    shell.standardOutput = output
    shell.standardInput = FileHandle.nullDevice
    try shell.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    shell.waitUntilExit()
    let text = String(decoding: data, as: UTF8.self)
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }

  /// The table is made of the help's own list.
  @Test func theTableOfCommandsIsTheHelps() throws {
    let scratch = try ScratchFolder()
    let help = try Binary.built().run(["--help"], in: scratch.url).output
    let list = try #require(help.range(of: "SUBCOMMANDS:\n")).upperBound
    var rows: [(name: String, words: String)] = []
    for line in help[list...].split(separator: "\n") where !line.contains("See 'adapt help") {
      let words = line.split(separator: " ").map(String.init)
      if line.hasPrefix("   ") {
        rows[rows.count - 1].words += " " + words.joined(separator: " ")
      } else if let name = words.first {
        rows.append((name, words.dropFirst().joined(separator: " ")))
      }
    }
    #expect(rows.count >= 9)
    try check("commands") { _ in
      (["| command | does |", "|---|---|", "| `adapt` | starts the session |"]
        + rows.map { "| `adapt \($0.name)` | \($0.words) |" }).joined(separator: "\n") + "\n"
    }
  }
}
