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
      change are not read again, vanished ones are removed; Ctrl-C stops at a whole file.

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
    }
  }

  /// `adapt.index/1`.
  private struct IndexBody: Encodable {
    let schema = "adapt.index/1"
    let new, updated, unchanged, removed, documents, chunks: Int
    let skipped: [IndexOutcome.SkippedFile]
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
      embedder = outcome.embedder
      seconds = outcome.seconds
    }

    enum CodingKeys: String, CodingKey {
      case schema, new, updated, unchanged, removed, documents, chunks, skipped, embedder, seconds
    }
  }
}
