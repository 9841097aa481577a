// Gathers the text between HTML tags into blocks. Depth is counted, never recursed into.

struct HTMLBlocks {
  private(set) var title = ""
  private(set) var blocks: [ExtractedDocument.Block] = []

  private typealias Kind = ExtractedDocument.Block.Kind

  private let dropped: Set<String>
  private var droppedDepth = 0
  private var droppedName = ""
  private var kind = Kind.paragraph
  private var text = ""
  private var lines: ClosedRange<Int>?
  private var inTitle = false
  private var inCode = false
  private var cells: [String] = []
  private var columnNames: [String] = []
  private var rowIsHeader = false

  private static let breaking: Set<String> = [
    "p", "div", "section", "article", "main", "header", "footer", "aside", "blockquote", "ul",
    "ol", "dl", "figure", "figcaption", "form", "fieldset", "hr", "address", "details", "summary",
    "body", "html", "dd", "dt", "caption", "thead", "tbody", "tfoot", "legend", "head",
  ]

  init(droppingNavigation: Bool) {
    var names: Set<String> = [
      "script", "style", "noscript", "template", "select", "iframe", "object", "textarea",
    ]
    if droppingNavigation { names.insert("nav") }
    dropped = names
  }

  mutating func add(_ tokens: [HTMLToken]) {
    for token in tokens {
      switch token.kind {
      case .text(let piece): add(piece, at: token.line)
      case .open(let name): open(name)
      case .close(let name): close(name)
      }
    }
    endRow()
    flush()
    title = Self.collapsed(title)
  }

  private mutating func add(_ piece: String, at line: Int) {
    guard droppedDepth == 0 else { return }
    if inTitle {
      title += piece
      return
    }
    if !Substring(piece).isBlank {
      let newlines = piece.utf8.count { $0 == 0x0A }
      let leading = piece.utf8.prefix { $0 <= 0x20 }.count { $0 == 0x0A }
      let trailing = piece.utf8.reversed().prefix { $0 <= 0x20 }.count { $0 == 0x0A }
      let last = line + newlines - trailing
      lines = (lines?.lowerBound ?? line + leading)...max(last, lines?.upperBound ?? last)
    }
    text += piece
  }

  private mutating func open(_ name: String) {
    if droppedDepth > 0 {
      if name == droppedName { droppedDepth += 1 }
      return
    }
    switch name {
    case _ where dropped.contains(name): (droppedDepth, droppedName) = (1, name)
    case "title": inTitle = title.isEmpty
    case "h1", "h2", "h3", "h4", "h5", "h6":
      begin(.heading(level: name.last?.wholeNumberValue ?? 6))
    case "li": begin(.listItem)
    case "pre":
      begin(.code)
      inCode = true
    case "table":
      flush()
      columnNames = []
    case "tr":
      endRow()
      begin(.tableRow)
    case "td", "th":
      endCell()
      if name == "th" { rowIsHeader = rowIsHeader || cells.isEmpty }
      if name == "td", !cells.isEmpty { rowIsHeader = false }
    case "br": text += "\n"
    case _ where Self.breaking.contains(name) && kind != .tableRow: begin(nextKind)
    default: if Self.breaking.contains(name) { text += " " }
    }
  }

  private mutating func close(_ name: String) {
    if droppedDepth > 0 {
      if name == droppedName { droppedDepth -= 1 }
      return
    }
    switch name {
    case "title": inTitle = false
    case "pre":
      flush()
      inCode = false
    case "td", "th": endCell()
    case "tr", "table": endRow()
    case "h1", "h2", "h3", "h4", "h5", "h6", "li": begin(.paragraph)
    case _ where Self.breaking.contains(name) && kind != .tableRow: begin(.paragraph)
    default: break
    }
  }

  /// A paragraph inside an item that has no text yet is the item's own text.
  private var nextKind: Kind {
    kind == .listItem && Substring(text).isBlank ? .listItem : .paragraph
  }

  private mutating func begin(_ newKind: Kind) {
    flush()
    kind = newKind
  }

  private mutating func endCell() {
    guard kind == .tableRow else { return }
    let cell = Self.collapsed(text)
    text = ""
    if !cell.isEmpty { cells.append(cell) }
  }

  private mutating func endRow() {
    guard kind == .tableRow else { return }
    endCell()
    if rowIsHeader, columnNames.isEmpty, cells.count > 1 {
      columnNames = cells
      append(cells.joined(separator: "; "))
    } else {
      let named = cells.enumerated().map { i, cell in
        cells.count == columnNames.count ? "\(columnNames[i]): \(cell)" : cell
      }
      append(named.joined(separator: "; "))
    }
    (cells, rowIsHeader, kind) = ([], false, .paragraph)
  }

  private mutating func flush() {
    if kind == .tableRow { return endRow() }
    append(inCode ? Self.withoutBlankEnds(text) : Self.collapsed(text))
    text = ""
    kind = .paragraph
  }

  private mutating func append(_ text: String) {
    if !Substring(text).isBlank {
      blocks.append(ExtractedDocument.Block(kind, text, lines: lines))
    }
    lines = nil
  }

  private static func collapsed(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  private static func withoutBlankEnds(_ text: String) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    while lines.first?.isBlank == true { lines.removeFirst() }
    while lines.last?.isBlank == true { lines.removeLast() }
    return lines.joined(separator: "\n")
  }
}
