// HTML as a browser without styles would show it, however broken.

struct HTMLReader: FormatReader {
  let name = "html"
  let extensions: Set<String> = ["html", "htm", "xhtml", "xml", "svg"]

  func recognises(_ head: ArraySlice<UInt8>) -> Bool {
    let start = String(decoding: head.drop { $0 <= 0x20 }.prefix(15), as: UTF8.self).lowercased()
    return start.hasPrefix("<!doctype html") || start.hasPrefix("<html")
  }

  func read(_ source: DocumentSource) throws -> Extraction {
    let text = try source.text()
    let tokens = try HTMLTokenizer.tokens(of: Array(text.text.utf8))
    var builder = HTMLBlocks(droppingNavigation: true)
    builder.add(tokens)
    if builder.blocks.isEmpty {
      // An unclosed `nav` would swallow the whole page.
      builder = HTMLBlocks(droppingNavigation: false)
      builder.add(tokens)
    }
    let heading = builder.blocks.first { $0.kind == .heading(level: 1) }
    let title = builder.title.isEmpty ? heading?.text ?? source.stem : builder.title
    return Extraction(
      document: ExtractedDocument(title: title, blocks: builder.blocks), encoding: text.encoding)
  }
}
