// Cuts HTML into tags and text. Anything is accepted; nothing is looked at twice.

/// A piece of HTML and the line it starts on.
struct HTMLToken: Equatable {
  enum Kind: Equatable {
    /// Text with its character references resolved, white space as in the source.
    case text(String)
    /// The name of a start tag, in lower case.
    case open(String)
    case close(String)
  }

  var kind: Kind
  var line: Int
}

struct HTMLTokenizer {
  private let bytes: [UInt8]
  private var index = 0
  private var line = 1
  private var tokens: [HTMLToken] = []

  /// Elements whose content is no HTML and never shown.
  private static let raw: Set<String> = ["script", "style", "textarea", "xmp", "noembed"]

  static func tokens(of bytes: [UInt8]) throws(CancellationError) -> [HTMLToken] {
    var tokenizer = HTMLTokenizer(bytes: bytes)
    return try tokenizer.run()
  }

  private init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  private mutating func run() throws(CancellationError) -> [HTMLToken] {
    while index < bytes.count {
      if tokens.count % 4096 == 0, Task.isCancelled { throw CancellationError() }
      if bytes[index] == 0x3C, takeMarkup() { continue }
      takeText()
    }
    return tokens
  }

  private mutating func takeText() {
    let start = index
    index += 1
    while index < bytes.count, bytes[index] != 0x3C { index += 1 }
    append(.text(Self.resolved(bytes[start..<index])), from: start)
  }

  /// Takes a tag, comment or declaration; false when the `<` is only a character.
  private mutating func takeMarkup() -> Bool {
    guard index + 1 < bytes.count else { return false }
    switch bytes[index + 1] {
    case 0x21:
      let isComment = bytes[index...].starts(with: Array("<!--".utf8))
      let isData = bytes[index...].starts(with: Array("<![CDATA[".utf8))
      if isData { return takeData() }
      skip(past: isComment ? "-->" : ">")
    case 0x3F: skip(past: ">")
    case 0x2F: takeTag(nameAt: index + 2, isEnd: true)
    case 0x41...0x5A, 0x61...0x7A: takeTag(nameAt: index + 1, isEnd: false)
    default: return false
    }
    return true
  }

  private mutating func takeData() -> Bool {
    let start = index + 9
    let end = find("]]>", from: start) ?? bytes.count
    append(.text(String(decoding: bytes[start..<end], as: UTF8.self)), from: index)
    index = min(bytes.count, end + 3)
    return true
  }

  private mutating func takeTag(nameAt start: Int, isEnd: Bool) {
    var end = start
    while end < bytes.count, Self.isNameByte(bytes[end]) { end += 1 }
    let name = String(decoding: bytes[start..<end], as: UTF8.self).lowercased()
    let tag = index
    index = end
    skipAttributes()
    append(isEnd ? .close(name) : .open(name), from: tag)
    if !isEnd, Self.raw.contains(name), bytes[index - 1] == 0x3E, bytes[index - 2] != 0x2F {
      skipRaw(name)
    }
  }

  /// Moves behind the `>` that ends a tag, over quoted values; a quote that never ends ends at `>`.
  private mutating func skipAttributes() {
    var quote: UInt8?
    var firstEnd: Int?
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if byte == 0x3E {
        if quote == nil { return }
        firstEnd = firstEnd ?? index
        if index - (firstEnd ?? index) > 4096 { break }
      } else if byte == quote {
        (quote, firstEnd) = (nil, nil)
      } else if quote == nil, byte == 0x22 || byte == 0x27, index > 1, bytes[index - 2] == 0x3D {
        quote = byte
      }
    }
    if let firstEnd { index = firstEnd }
  }

  private mutating func skipRaw(_ name: String) {
    let start = index
    while let end = find("</", from: index) {
      let tail = bytes[(end + 2)...].prefix(name.utf8.count)
      if String(decoding: tail, as: UTF8.self).lowercased() == name {
        countLines(start..<end)
        index = end
        return
      }
      index = end + 2
    }
    countLines(start..<bytes.count)
    index = bytes.count
  }

  private mutating func skip(past end: String) {
    let start = index
    index = find(end, from: index).map { $0 + end.utf8.count } ?? bytes.count
    countLines(start..<index)
  }

  private func find(_ text: String, from start: Int) -> Int? {
    let pattern = Array(text.utf8)
    guard start <= bytes.count - pattern.count else { return nil }
    return (start...(bytes.count - pattern.count)).first {
      bytes[$0] == pattern[0] && bytes[$0...].starts(with: pattern)
    }
  }

  private mutating func append(_ kind: HTMLToken.Kind, from start: Int) {
    tokens.append(HTMLToken(kind: kind, line: line))
    countLines(start..<index)
  }

  private mutating func countLines(_ range: Range<Int>) {
    for i in range where bytes[i] == 0x0A { line += 1 }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    !(byte <= 0x20 || byte == 0x2F || byte == 0x3E || byte == 0x3C)
  }

  /// Text with its character references resolved; unknown ones stay as they are.
  private static func resolved(_ bytes: ArraySlice<UInt8>) -> String {
    let text = String(decoding: bytes, as: UTF8.self)
    guard bytes.contains(0x26) else { return text }
    var output = ""
    var rest = text[...]
    while let mark = rest.firstIndex(of: "&") {
      output += rest[..<mark]
      rest = rest[mark...].dropFirst()
      let end = rest.prefix(12).firstIndex(of: ";")
      if let end, let value = HTMLEntities.decode(String(rest[..<end])) {
        output += value
        rest = rest[end...].dropFirst()
      } else {
        output += "&"
      }
    }
    return output + rest
  }
}
