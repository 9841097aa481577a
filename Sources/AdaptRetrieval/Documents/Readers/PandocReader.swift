// Word-processor and book formats through pandoc, which turns them into Markdown.
import AdaptSystem

struct PandocReader: FormatReader {
  let name = "pandoc"
  var limits = ChildProcess.Limits(seconds: 60, outputBytes: 32 << 20)
  /// The most bytes a compressed document may declare to unpack to.
  var largestUnpacked = 256 << 20

  /// pandoc's own heap: what a document that lies about its size can cost.
  private static let heap = "-M1g"

  private static let formats = [
    "docx": "docx", "odt": "odt", "epub": "epub", "rst": "rst", "tex": "latex", "latex": "latex",
    "ipynb": "ipynb", "org": "org", "textile": "textile", "mediawiki": "mediawiki",
    "wiki": "mediawiki",
    "opml": "opml", "fb2": "fb2", "docbook": "docbook", "rtf": "rtf",
  ]
  private static let compressed: Set<String> = ["docx", "odt", "epub"]

  var extensions: Set<String> { Set(Self.formats.keys) }

  func read(_ source: DocumentSource) async throws -> Extraction {
    let format = Self.formats[source.fileExtension] ?? "docx"
    if Self.compressed.contains(format) {
      try ZipDirectory.check(source.bytes, largestUnpacked: largestUnpacked)
    }
    let arguments = [
      "+RTS", Self.heap, "-RTS", "--sandbox", "--standalone", "--wrap=none", "--from=\(format)",
      "--to=gfm-raw_html+tex_math_dollars", source.path,
    ]
    let bytes = try await ExternalTool.output(
      of: ChildProcess("pandoc", arguments, limits: limits))
    let text = SourceText(String(decoding: bytes, as: UTF8.self))
    var document = MarkdownReader.document(text, title: source.stem)
    // The lines are those of pandoc's output, which nobody has.
    for index in document.blocks.indices { document.blocks[index].lines = nil }
    guard !document.blocks.isEmpty else { throw SkipReason.empty }
    return Extraction(document: document)
  }
}
