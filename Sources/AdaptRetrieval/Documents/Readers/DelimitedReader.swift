// CSV and TSV: one record per row, each with its column names, so that a row is understood alone.

struct DelimitedReader: FormatReader {
  let name = "table"
  let extensions: Set<String> = ["csv", "tsv", "tab"]

  func read(_ source: DocumentSource) throws -> Extraction {
    let text = try source.text()
    let separator = Self.separator(of: text, extension: source.fileExtension)
    var rows = DelimitedRows(text.lines, separator: separator)
    guard let first = rows.next() else { throw SkipReason.empty }
    let hasNames = first.fields.allSatisfy { !$0.isEmpty && Double($0) == nil }
    let names = hasNames ? first.fields : []
    var blocks: [ExtractedDocument.Block] = []
    var widths = 0
    var row = hasNames ? rows.next() : first
    while let current = row {
      if blocks.count % 1024 == 0 { try Task.checkCancellation() }
      if hasNames, current.fields.count != names.count { widths += 1 }
      let record = Self.record(current.fields, names)
      if !record.isEmpty {
        blocks.append(ExtractedDocument.Block(.record, record, lines: current.lines))
      }
      row = rows.next()
    }
    // A table of names alone still says what it is about.
    if blocks.isEmpty {
      let line = first.fields.joined(separator: "; ")
      blocks.append(ExtractedDocument.Block(.record, line, lines: first.lines))
    }
    var warnings = rows.warnings
    if widths > 0 { warnings.append("\(widths) rows have more or fewer fields than the header") }
    let document = ExtractedDocument(title: source.stem, blocks: blocks)
    return Extraction(document: document, encoding: text.encoding, warnings: warnings)
  }

  /// `name: value; …`; empty values are left out, fields beyond the header are numbered.
  private static func record(_ fields: [String], _ names: [String]) -> String {
    var parts: [String] = []
    for (i, field) in fields.enumerated() where !field.isEmpty {
      parts.append("\(i < names.count ? names[i] : "column \(i + 1)"): \(field)")
    }
    return parts.joined(separator: "; ")
  }

  /// The separator that the first line has most of, a comma when none.
  private static func separator(of text: SourceText, extension name: String) -> UInt8 {
    if name != "csv" { return 0x09 }
    let line = text.lines.first { !$0.isBlank } ?? ""
    var counts: [(byte: UInt8, count: Int)] = [0x2C, 0x3B, 0x09].map { ($0, 0) }
    var quoted = false
    for byte in line.utf8 {
      if byte == 0x22 { quoted.toggle() }
      guard !quoted, let i = counts.firstIndex(where: { $0.byte == byte }) else { continue }
      counts[i].count += 1
    }
    let best = counts.reduce(counts[0]) { $1.count > $0.count ? $1 : $0 }
    return best.byte
  }
}

/// Rows of delimited text (RFC 4180), tolerant of quotes that never end.
struct DelimitedRows: IteratorProtocol {
  struct Row {
    var fields: [String]
    var lines: ClosedRange<Int>
  }

  private(set) var warnings: [String] = []
  private let lines: [Substring]
  private let separator: UInt8
  private var index = 0

  /// A quoted field over more lines than this is a stray quote.
  private static let longestField = 200

  init(_ lines: [Substring], separator: UInt8) {
    self.lines = lines
    self.separator = separator
  }

  mutating func next() -> Row? {
    while index < lines.count, lines[index].isBlank { index += 1 }
    guard index < lines.count else { return nil }
    let start = index
    var parser = FieldParser(separator: separator)
    while index < lines.count, index - start < Self.longestField {
      let complete = parser.add(lines[index])
      index += 1
      if complete {
        return Row(fields: parser.finish(), lines: (start + 1)...index)
      }
    }
    // The quote never ended: this one line is taken with its quotes as they are.
    if warnings.count < 20 {
      warnings.append("line \(start + 1): a quote is never closed, the line is taken as it is")
    }
    index = start + 1
    let fields = lines[start].utf8.split(separator: separator, omittingEmptySubsequences: false)
    return Row(
      fields: fields.map { String(Substring($0).trimmed) }, lines: (start + 1)...(start + 1))
  }
}

/// Cuts the lines of one row into fields.
private struct FieldParser {
  private enum State {
    case start
    case plain
    case quoted
    case quoteInQuoted
  }

  let separator: UInt8
  private var fields: [String] = []
  private var field: [UInt8] = []
  private var state = State.start

  init(separator: UInt8) {
    self.separator = separator
  }

  /// Adds a line; false when it ends inside quotes and the row goes on.
  mutating func add(_ line: Substring) -> Bool {
    if state == .quoted { field.append(0x20) }
    for byte in line.utf8 { add(byte) }
    return state != .quoted
  }

  mutating func finish() -> [String] {
    close()
    return fields
  }

  private mutating func add(_ byte: UInt8) {
    switch (state, byte) {
    case (.quoted, 0x22): state = .quoteInQuoted
    case (.quoted, _): field.append(byte)
    case (.quoteInQuoted, 0x22):
      field.append(byte)
      state = .quoted
    case (_, separator): close()
    case (.start, 0x22): state = .quoted
    case (.start, 0x20): break
    case (.quoteInQuoted, _), (.plain, _), (.start, _):
      field.append(byte)
      state = .plain
    }
  }

  private mutating func close() {
    fields.append(String(Substring(String(decoding: field, as: UTF8.self)).trimmed))
    field = []
    state = .start
  }
}
