// Markdown: the blocks a reader sees, each with its lines, and the marks taken out of the text.

struct MarkdownReader: FormatReader {
  let name = "markdown"
  let extensions: Set<String> = ["md", "markdown", "mdown", "mkd", "mdx", "qmd", "rmd"]

  func read(_ source: DocumentSource) throws(SkipReason) -> Extraction {
    let text = try source.text()
    let document = MarkdownReader.document(text, title: source.stem)
    return Extraction(document: document, encoding: text.encoding)
  }

  /// The document in Markdown `text`; its title is that of the front matter, else the first heading of
  /// level 1, else `title`.
  static func document(_ text: SourceText, title: String) -> ExtractedDocument {
    let matter = FrontMatter(text.lines)
    var parser = MarkdownParser(text.lines, from: matter?.lineCount ?? 0)
    var blocks = parser.parse()
    if let matter, let paragraph = matter.paragraph {
      blocks.insert(
        ExtractedDocument.Block(.paragraph, paragraph, lines: 1...matter.lineCount), at: 0)
    }
    let first = blocks.first { $0.kind == .heading(level: 1) }
    return ExtractedDocument(title: matter?.title ?? first?.text ?? title, blocks: blocks)
  }
}

/// Cuts the lines of a Markdown text into blocks (CommonMark's blocks, tables of GitHub's dialect).
struct MarkdownParser {
  private let lines: [Substring]
  private var index: Int
  private var blocks: [ExtractedDocument.Block] = []
  private var open = LineBlocks()
  /// Columns that continue the open list item, nil outside of lists.
  private var listIndentation: Int?

  init(_ lines: [Substring], from start: Int) {
    self.lines = lines
    index = start
  }

  mutating func parse() -> [ExtractedDocument.Block] {
    while index < lines.count {
      let line = lines[index]
      if line.isBlank {
        closeText()
        index += 1
      } else if !takeFence(line), !takeHeading(line), !takeTable(line), !takeIndentedCode(line),
        !takeNothing(line)
      {
        takeText(line)
      }
    }
    closeText()
    return blocks
  }

  private mutating func closeText() {
    for var block in open.finished() {
      block.text = MarkdownInline.plain(block.text)
      if !Substring(block.text).isBlank { blocks.append(block) }
    }
    open = LineBlocks()
  }

  private mutating func append(
    _ kind: ExtractedDocument.Block.Kind, _ text: String, _ range: ClosedRange<Int>
  ) {
    closeText()
    if !Substring(text).isBlank {
      blocks.append(ExtractedDocument.Block(kind, text, lines: range))
    }
  }

  // MARK: Fences and indented code

  private mutating func takeFence(_ line: Substring) -> Bool {
    let body = line.trimmed
    guard let mark = body.first, mark == "`" || mark == "~" else { return false }
    let length = body.prefix { $0 == mark }.count
    guard length >= 3, !(mark == "`" && body.dropFirst(length).contains("`")) else { return false }
    let indentation = line.indentation
    let start = index + 1
    index = start
    var code = LineBlocks()
    closeText()
    while index < lines.count {
      let inner = lines[index].trimmed
      if inner.count >= length, inner.allSatisfy({ $0 == mark }) { break }
      code.add(Self.unindented(lines[index], by: indentation), at: index + 1, kind: .code)
      index += 1
    }
    index = min(index + 1, lines.count)
    blocks += code.finished()
    return true
  }

  private mutating func takeIndentedCode(_ line: Substring) -> Bool {
    guard line.indentation >= 4, listIndentation == nil, !isInsideText else { return false }
    var code = LineBlocks()
    while index < lines.count, lines[index].isBlank || lines[index].indentation >= 4 {
      code.add(Self.unindented(lines[index], by: 4), at: index + 1, kind: .code)
      index += 1
    }
    closeText()
    blocks += code.finished()
    return true
  }

  /// Whether the line before is text that this line could continue.
  private var isInsideText: Bool { index > 0 && !lines[index - 1].isBlank && !blocksEndedHere }
  private var blocksEndedHere: Bool { blocks.last?.lines?.upperBound == index }

  private static func unindented(_ line: Substring, by width: Int) -> Substring {
    var rest = line
    var left = width
    while left > 0, let first = rest.first, first == " " || first == "\t" {
      left -= first == "\t" ? 4 : 1
      rest.removeFirst()
    }
    return rest
  }

  // MARK: Headings

  private mutating func takeHeading(_ line: Substring) -> Bool {
    guard line.indentation < 4 else { return false }
    let body = line.trimmed
    let level = body.prefix { $0 == "#" }.count
    if 1...6 ~= level, body.count == level || body.dropFirst(level).first?.isWhitespace == true {
      let text = Self.withoutClosingMarks(body.dropFirst(level).trimmed)
      append(.heading(level: level), MarkdownInline.plain(String(text)), (index + 1)...(index + 1))
      listIndentation = nil
      index += 1
      return true
    }
    return takeUnderlinedHeading(body)
  }

  private static func withoutClosingMarks(_ text: Substring) -> Substring {
    var rest = text
    while rest.last == "#" { rest.removeLast() }
    return rest.isEmpty || rest.last?.isWhitespace == true ? rest.trimmed : text
  }

  private mutating func takeUnderlinedHeading(_ body: Substring) -> Bool {
    guard index + 1 < lines.count, !isInsideText, ListMarker(lines[index]) == nil,
      body.first != ">", !body.contains("|")
    else { return false }
    let under = lines[index + 1].trimmed
    guard let mark = under.first, mark == "=" || mark == "-", under.count >= 2,
      under.allSatisfy({ $0 == mark })
    else { return false }
    let text = MarkdownInline.plain(String(body))
    append(.heading(level: mark == "=" ? 1 : 2), text, (index + 1)...(index + 2))
    listIndentation = nil
    index += 2
    return true
  }

  // MARK: Tables

  private mutating func takeTable(_ line: Substring) -> Bool {
    guard line.contains("|"), index + 1 < lines.count, Self.isTableRule(lines[index + 1]) else {
      return false
    }
    let names = Self.cells(line)
    let header = index
    index += 2
    closeText()
    let before = blocks.count
    while index < lines.count, lines[index].contains("|"), !lines[index].isBlank {
      let row = Self.row(Self.cells(lines[index]), names)
      append(.tableRow, row, (index + 1)...(index + 1))
      index += 1
    }
    if blocks.count == before {
      append(.tableRow, names.joined(separator: "; "), (header + 1)...(header + 1))
    }
    return true
  }

  private static func isTableRule(_ line: Substring) -> Bool {
    line.contains("-") && line.contains("|") && line.allSatisfy { "|-: \t".contains($0) }
  }

  private static func row(_ cells: [String], _ names: [String]) -> String {
    var parts: [String] = []
    for (i, cell) in cells.enumerated() where !cell.isEmpty {
      let name = i < names.count ? names[i] : ""
      parts.append(name.isEmpty ? cell : "\(name): \(cell)")
    }
    return parts.joined(separator: "; ")
  }

  private static func cells(_ line: Substring) -> [String] {
    var cells: [String] = [""]
    var escaped = false
    for character in line.trimmed {
      if character == "|", !escaped {
        cells.append("")
      } else {
        cells[cells.count - 1].append(character)
      }
      escaped = character == "\\" && !escaped
    }
    if cells.count > 1, cells.first == "" { cells.removeFirst() }
    if cells.count > 1, cells.last?.allSatisfy(\.isWhitespace) == true { cells.removeLast() }
    return cells.map { cell in
      let text = cell.replacing("\\|", with: "|")
      return MarkdownInline.plain(String(Substring(text).trimmed))
    }
  }

  // MARK: Text

  /// Takes lines that say nothing: rules, link definitions and comments.
  private mutating func takeNothing(_ line: Substring) -> Bool {
    let body = line.trimmed
    if body.hasPrefix("<!--") {
      closeText()
      while index < lines.count, !lines[index].contains("-->") { index += 1 }
      index = min(index + 1, lines.count)
      return true
    }
    let marks = body.filter { !$0.isWhitespace }
    let isRule =
      marks.count >= 3 && "-*_".contains(marks.first ?? "x")
      && marks.allSatisfy { $0 == marks.first }
    let isDefinition =
      !isInsideText && body.hasPrefix("[") && !body.hasPrefix("[^") && body.contains("]: ")
    guard isRule || isDefinition else { return false }
    closeText()
    index += 1
    return true
  }

  private mutating func takeText(_ line: Substring) {
    var body = line
    while body.trimmed.first == ">" { body = body.trimmed.dropFirst() }
    if let marker = ListMarker(body) {
      listIndentation = marker.width
      open.add(body, at: index + 1, kind: .listItem)
    } else {
      if !isInsideText, line.indentation < listIndentation ?? 0 { listIndentation = nil }
      open.add(body.trimmed, at: index + 1)
    }
    index += 1
  }
}
