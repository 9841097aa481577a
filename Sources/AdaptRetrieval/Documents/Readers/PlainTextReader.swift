// Text without markup: paragraphs between blank lines.

struct PlainTextReader: FormatReader {
  let name = "text"
  let extensions: Set<String> = ["txt", "text", "log"]

  func read(_ source: DocumentSource) throws(SkipReason) -> Extraction {
    let text = try source.text()
    var blocks = LineBlocks()
    for (index, line) in text.lines.enumerated() {
      if line.isBlank {
        blocks.close()
      } else {
        blocks.add(line, at: index + 1, kind: ListMarker(line) == nil ? .paragraph : .listItem)
      }
    }
    let document = ExtractedDocument(title: source.stem, blocks: blocks.finished())
    return Extraction(document: document, encoding: text.encoding)
  }
}

/// Gathers lines into blocks whose text has one line per source line, so that places stay exact.
struct LineBlocks {
  private var blocks: [ExtractedDocument.Block] = []
  private var kind = ExtractedDocument.Block.Kind.paragraph
  private var lines: [Substring] = []
  private var first = 0
  private var bytes = 0

  /// A block of text without a blank line (a log) is cut here, so that later steps stay in memory.
  private static let largestBlock = 32 << 10

  /// Adds a line to the open block; a list item always opens a new one.
  mutating func add(
    _ line: Substring, at number: Int, kind newKind: ExtractedDocument.Block.Kind = .paragraph
  ) {
    if newKind == .listItem || bytes > Self.largestBlock { close() }
    if lines.isEmpty {
      first = number
      kind = newKind
    }
    lines.append(line)
    bytes += line.utf8.count + 1
  }

  /// Ends the open block; blank lines at its ends are left out.
  mutating func close() {
    while lines.last?.isBlank == true { lines.removeLast() }
    let leading = lines.prefix { $0.isBlank }.count
    if leading < lines.count {
      let start = first + leading
      blocks.append(
        ExtractedDocument.Block(
          kind, lines[leading...].joined(separator: "\n"),
          lines: start...(start + lines.count - leading - 1)))
    }
    lines = []
    bytes = 0
  }

  mutating func finished() -> [ExtractedDocument.Block] {
    close()
    return blocks
  }
}

/// The marker of a list item at the start of a line: `-`, `*`, `+`, `•`, `1.` or `1)`, and a space.
struct ListMarker {
  /// Columns before the item's own text.
  let width: Int

  init?(_ line: Substring) {
    let body = line.drop { $0 == " " || $0 == "\t" }
    guard let first = body.first else { return nil }
    var rest = body.dropFirst()
    if first.isASCII, first.isNumber {
      let digits = body.prefix { $0.isASCII && $0.isNumber }
      rest = body.dropFirst(digits.count)
      guard digits.count <= 9, let dot = rest.first, dot == "." || dot == ")" else { return nil }
      rest = rest.dropFirst()
    } else if !"-*+•".contains(first) {
      return nil
    }
    guard rest.first == " " || rest.first == "\t", !rest.isBlank else { return nil }
    width = line.indentation + body.count - rest.count + 1
  }
}
