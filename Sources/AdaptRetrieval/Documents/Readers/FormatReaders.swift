// The one list of formats that can be read.

enum FormatReaders {
  /// All readers; for recognition by content the first that says yes is taken.
  static let all: [any FormatReader] = [
    PDFReader(), MarkdownReader(), HTMLReader(), DelimitedReader(), JSONLinesReader(),
    JSONReader(), SettingsReader(), SourceCodeReader(), PandocReader(), PlainTextReader(),
  ]

  /// The reader for a file: by its content, else by its extension, else plain text.
  static func reader(for source: DocumentSource) -> any FormatReader {
    let head = source.bytes.prefix(1024)
    let name = source.fileExtension
    return all.first { $0.recognises(head) } ?? all.first { $0.extensions.contains(name) }
      ?? PlainTextReader()
  }
}
