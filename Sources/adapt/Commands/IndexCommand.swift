// `adapt index`: reads documents into the workspace, and only what changed when done again.
import AdaptAssistant
import AdaptGuidance
import AdaptRetrieval
import ArgumentParser

struct IndexCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index",
    abstract: "Adds or refreshes documents, so that they can be searched and asked.",
    usage: "adapt index [<path> …] [<options>]",
    discussion: """
      Reads text, Markdown, HTML, code, CSV and JSON Lines; PDF with pdftotext; DOCX, ODT, \
      EPUB, RST, LaTeX and notebooks with pandoc. Obeys .gitignore. Files that did not \
      change are not read again, vanished ones are removed; Ctrl-C stops at a whole file. Exit status \
      1 when the collection holds no document afterwards.

      EXAMPLES:
        adapt index docs/ README.md
        adapt index docs/ --collection handbook
        adapt index docs/ --embedder ~/models/bge-small --reembed
        adapt index docs/ --json | jq .skipped
      """)

  @Argument(
    help: ArgumentHelp(
      "Files and folders (default: those indexed before, refreshed).", valueName: "path"))
  var paths: [String] = []

  @OptionGroup var documents: LibraryOptionGroup

  @Flag(help: "Embeds everything again, with another embedder.")
  var reembed = false

  @Flag(help: "Prints JSON.")
  var json = false

  @OptionGroup var globals: GlobalOptions

  func run() async throws {
    let session = try Session(globals)
    let phrases = try session.knowledge().dialogue(session.language)
    var library = WorkspaceLibrary(documents.library(in: session.workspace))
    library.reembed = reembed
    let bar = ProgressBar(
      session.streams, label: phrases("index.running"), unit: phrases("index.unit"))
    defer { bar.finish() }
    let summary = try await Interrupts.cancellableOnce { [library, paths] in
      try await library.index(paths) { bar.update(done: $0.filesDone, total: $0.filesTotal) }
    }
    bar.finish()
    if json {
      try session.streams.write(JSONOutput.text(IndexBody(summary)))
    } else {
      try session.show(DocumentBlocks(phrases: phrases).blocks(summary))
      warn(summary.warnings, session.streams)
    }
    if summary.documents == 0 { throw NoResult() }
  }

  /// A file of broken records may give many warnings: the first say enough.
  private func warn(_ warnings: [IndexOutcome.FileWarning], _ streams: StandardStreams) {
    for warning in warnings.prefix(10) {
      streams.note(Painter.sanitised("warning: \(warning.path): \(warning.text)") + "\n")
    }
    if warnings.count > 10 {
      streams.note("warning: \(warnings.count - 10) more; --json lists them all\n")
    }
  }

  /// `adapt.index/1`.
  private struct IndexBody: Encodable {
    let schema = "adapt.index/1"
    let new, updated, unchanged, removed, documents, chunks: Int
    let skipped: [IndexOutcome.SkippedFile]
    let warnings: [IndexOutcome.FileWarning]
    let embedder: String?
    let seconds: Double

    init(_ outcome: IndexOutcome) {
      new = outcome.new
      updated = outcome.updated
      unchanged = outcome.unchanged
      removed = outcome.removed
      documents = outcome.documents
      chunks = outcome.chunks
      skipped = outcome.skipped
      warnings = outcome.warnings
      embedder = outcome.embedder
      seconds = outcome.seconds
    }

    enum CodingKeys: String, CodingKey {
      case schema, new, updated, unchanged, removed, documents, chunks, skipped, warnings
      case embedder, seconds
    }

    /// Every key is there: `embedder` is null when search is lexical.
    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(schema, forKey: .schema)
      try container.encode(new, forKey: .new)
      try container.encode(updated, forKey: .updated)
      try container.encode(unchanged, forKey: .unchanged)
      try container.encode(removed, forKey: .removed)
      try container.encode(documents, forKey: .documents)
      try container.encode(chunks, forKey: .chunks)
      try container.encode(skipped, forKey: .skipped)
      try container.encode(warnings, forKey: .warnings)
      try container.encode(embedder, forKey: .embedder)
      try container.encode(seconds, forKey: .seconds)
    }
  }
}
