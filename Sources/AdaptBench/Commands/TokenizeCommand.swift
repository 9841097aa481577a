// Tokenizers on long and short documents, as data preparation and prompts use them.
import AdaptSystem
import AdaptTokenizers
import ArgumentParser
import Foundation

struct TokenizeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize",
    abstract: "Measure tokenizers: their loading, and MB/s of UTF-8 on one thread.",
    discussion: """
      The text is put together from the given files, by turns a line of each, up to the size asked for. \
      It is encoded as single lines and as documents of 50 kB. To measure the Rust library on the same \
      text, write it with --keep and run time_peer.py, which lies with the tests of tokenizers.
      """)

  @OptionGroup var options: BenchOptions

  @Argument(help: "Folders with a tokenizer, or tokenizer.json files.")
  var tokenizers: [String]

  @Option(
    name: .customLong("text"), help: ArgumentHelp("A text to take lines from.", valueName: "file"))
  var texts: [String] = []

  @Option(help: "Megabytes of text.")
  var megabytes = 10

  @Option(help: ArgumentHelp("Write the text that is encoded to this file.", valueName: "file"))
  var keep: String?

  func run() async throws {
    guard (1...1_000).contains(megabytes) else {
      throw BenchFault.outOfRange(option: "--megabytes", wanted: "1 to 1000", got: megabytes)
    }
    let session = try await Session("tokenize", options)
    let lines = try MixedLines.lines(texts, bytes: options.tiny ? 10_000 : megabytes * 1_000_000)
    if let keep { try AtomicFile.write(Data(lines.joined().utf8), to: keep) }
    let documents = MixedLines.documents(lines, bytes: 50_000)
    for path in tokenizers {
      try session.begin("tokenizer, \(path)")
      var tokenizer = try Self.load(path)
      let loading = Timing.measure(runs: options.runs) {
        if let loaded = try? Self.load(path) { tokenizer = loaded }
      }
      try session.add(Figure("load", threads: 1, .milliseconds, loading))
      for (name, texts) in [("lines", lines), ("documents of 50 kB", documents)] {
        let megabytes = texts.reduce(0.0) { $0 + Double($1.utf8.count) } / 1e6
        let ids = Timing.measure(runs: options.runs) {
          for text in texts { _ = tokenizer.ids(text) }
        }
        try session.add(Figure("ids, \(name)", threads: 1, .rate("MB/s", work: megabytes), ids))
        let encodings = Timing.measure(runs: options.runs) {
          for text in texts { _ = tokenizer.encode(text) }
        }
        try session.add(
          Figure("with offsets, \(name)", threads: 1, .rate("MB/s", work: megabytes), encodings))
      }
    }
    try session.finish()
  }

  private static func load(_ path: String) throws -> Tokenizer {
    let url = URL(fileURLWithPath: path)
    return path.hasSuffix(".json") ? try Tokenizer(json: url) : try Tokenizer(folder: url)
  }
}

/// Lines of several files by turns.
private enum MixedLines {
  static func lines(_ paths: [String], bytes: Int) throws -> [String] {
    let files = try paths.map { path -> [String] in
      guard let data = FileManager.default.contents(atPath: path) else {
        throw FileFault.missing(path: path)
      }
      return String(decoding: data, as: UTF8.self).split(separator: "\n").map {
        String($0) + "\n"
      }
    }.filter { !$0.isEmpty }
    let sources = files.isEmpty ? [["The quick brown fox, 12 dogs.\n", "敏捷的狐狸，十二只狗。\n"]] : files
    var lines: [String] = []
    var size = 0
    var turn = 0
    while size < bytes {
      for source in sources {
        lines.append(source[turn % source.count])
        size += source[turn % source.count].utf8.count
      }
      turn += 1
    }
    return lines
  }

  static func documents(_ lines: [String], bytes: Int) -> [String] {
    var documents: [String] = []
    var document = ""
    for line in lines {
      document += line
      guard document.utf8.count >= bytes else { continue }
      documents.append(document)
      document = ""
    }
    return document.isEmpty ? documents : documents + [document]
  }
}
