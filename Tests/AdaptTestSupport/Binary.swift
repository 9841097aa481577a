// Runs the built `adapt` the way a user does: as a process, through pipes.
package import Foundation

/// The built binary, found beside the test bundle.
package struct Binary: Sendable {
  package let path: String

  /// What a run left behind.
  package struct Result: Sendable {
    package var status: Int32
    package var output: String
    package var errors: String
  }

  /// No binary lies where the build puts it.
  package struct NotBuilt: Error, CustomStringConvertible {
    package let path: String
    package var description: String { "no binary at \(path): build it first" }
  }

  package init(path: String) {
    self.path = path
  }

  /// Finds `.build/<configuration>/<name>`: the test bundle runs from the same folder.
  package static func built(_ name: String = "adapt") throws -> Binary {
    var folder = Bundle(for: Anchor.self).bundleURL
    let candidates = [
      URL(fileURLWithPath: CommandLine.arguments.first ?? "").deletingLastPathComponent(),
      URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent(),
    ]
    for candidate in candidates {
      let path = candidate.appendingPathComponent(name).path
      if FileManager.default.isExecutableFile(atPath: path) { return Binary(path: path) }
    }
    folder.deleteLastPathComponent()
    let path = folder.appendingPathComponent(name).path
    guard FileManager.default.isExecutableFile(atPath: path) else { throw NotBuilt(path: path) }
    return Binary(path: path)
  }

  private final class Anchor {}

  /// The folder of the sources, which holds `knowledge/`.
  package static var root: URL {
    URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  }

  /// An environment in which nothing of the tester's own shows: fixed language, no colours.
  package static func environment(
    home: URL, adding changes: [String: String] = [:]
  ) -> [String: String] {
    [
      "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
      "HOME": home.path, "LANG": "C.UTF-8", "TERM": "xterm-256color", "INPUTRC": "/dev/null",
      "ADAPT_HOME": root.path,
    ].merging(changes) { $1 }
  }

  /// Runs the binary to its end in `folder`, which is also its HOME; `input` is its standard input.
  package func run(
    _ arguments: [String], input: String = "", in folder: URL,
    environment: [String: String] = [:]
  ) throws -> Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = Self.environment(home: folder, adding: environment)
    let files = try Files(in: folder, input: input)
    defer { files.remove() }
    process.standardInput = files.input
    process.standardOutput = files.output
    process.standardError = files.errors
    try process.run()
    process.waitUntilExit()
    return Result(
      status: process.terminationReason == .exit ? process.terminationStatus : -1,
      output: try files.text("out"), errors: try files.text("err"))
  }

  /// Files instead of pipes, so that no amount of output can block either side.
  private struct Files {
    let folder: URL
    let input: FileHandle
    let output: FileHandle
    let errors: FileHandle

    init(in parent: URL, input text: String) throws {
      folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("adapt-run-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: folder.appendingPathComponent("in"))
      for name in ["out", "err"] {
        try Data().write(to: folder.appendingPathComponent(name))
      }
      input = try FileHandle(forReadingFrom: folder.appendingPathComponent("in"))
      output = try FileHandle(forWritingTo: folder.appendingPathComponent("out"))
      errors = try FileHandle(forWritingTo: folder.appendingPathComponent("err"))
    }

    func text(_ name: String) throws -> String {
      String(
        decoding: try Data(contentsOf: folder.appendingPathComponent(name)), as: UTF8.self)
    }

    func remove() {
      try? FileManager.default.removeItem(at: folder)
    }
  }
}
