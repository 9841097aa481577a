// Walks JSON without recursion and gathers its values into records.

/// Reads JSON text (RFC 8259) as records of `key.path: value` lines.
///
/// A record is an object that is an element of an array at most three levels down, else a member of the
/// outermost object. Values of one key path are joined by commas; null and empty text are left out.
struct JSONRecords {
  private struct Level {
    var isArray: Bool
    /// The key under which the value now read stands, nil in arrays.
    var key: String?
    var opensRecord: Bool
  }

  private var tokens: JSONTokens
  private var levels: [Level] = []
  private var blocks: [ExtractedDocument.Block] = []
  private var values: [(path: String, text: String)] = []
  private var start: Int?
  private var lastValueLine = 1
  private var insideRecord = false

  private static let deepestLevel = 200
  private static let deepestRecord = 3

  init(_ text: some Collection<UInt8>, firstLine: Int) {
    tokens = JSONTokens(Array(text), line: firstLine)
  }

  /// All records of a file.
  mutating func read() throws(JSONFault) -> [ExtractedDocument.Block] {
    try walk()
    return blocks
  }

  /// The whole text as one record (none when it holds no values).
  mutating func readOne() throws(JSONFault) -> [ExtractedDocument.Block] {
    insideRecord = true
    start = tokens.line
    try walk()
    flush()
    return blocks
  }

  private mutating func walk() throws(JSONFault) {
    try readValue()
    while let level = levels.last {
      if try tokens.takes(level.isArray ? 0x5D : 0x7D) {
        close(level)
      } else {
        try tokens.comma()
        try readMember(of: level)
      }
    }
    guard try tokens.isAtEnd() else { throw tokens.fault("text after the value") }
    if !insideRecord { flush() }
  }

  private mutating func readMember(of level: Level) throws(JSONFault) {
    if !level.isArray {
      if levels.count == 1, !insideRecord { flush() }
      let key = try tokens.string()
      try tokens.expect(0x3A, "a colon")
      levels[levels.count - 1].key = key
    }
    try readValue()
  }

  private mutating func readValue() throws(JSONFault) {
    let byte = try tokens.peek()
    guard byte == 0x7B || byte == 0x5B else {
      if start == nil { start = tokens.line }
      let text = try tokens.scalar()
      if !text.isEmpty { keep(text) }
      return
    }
    guard levels.count < Self.deepestLevel else {
      throw tokens.fault("nested deeper than \(Self.deepestLevel) levels")
    }
    let isElement = levels.last?.isArray == true && levels.count <= Self.deepestRecord
    let opensRecord = byte == 0x7B && isElement && !insideRecord
    if opensRecord {
      flush()
      insideRecord = true
    }
    if start == nil, !levels.isEmpty || opensRecord { start = tokens.line }
    tokens.skip()
    tokens.beginContainer()
    levels.append(Level(isArray: byte == 0x5B, key: nil, opensRecord: opensRecord))
  }

  private mutating func close(_ level: Level) {
    levels.removeLast()
    tokens.endContainer()
    if level.opensRecord {
      flush(endingAt: tokens.lastLine)
      insideRecord = false
    }
  }

  private mutating func keep(_ text: String) {
    lastValueLine = tokens.lastLine
    let path = levels.compactMap(\.key).joined(separator: ".")
    if values.last?.path == path {
      values[values.count - 1].text += ", " + text
    } else {
      values.append((path, text))
    }
  }

  private mutating func flush(endingAt end: Int? = nil) {
    if let start, !values.isEmpty {
      let lines = values.map { $0.path.isEmpty ? $0.text : "\($0.path): \($0.text)" }
      blocks.append(
        ExtractedDocument.Block(
          .record, lines.joined(separator: "\n"), lines: start...max(start, end ?? lastValueLine)))
    }
    values = []
    start = nil
  }
}
