// The tokens of JSON, strictly, with the line each stands on.

struct JSONTokens {
  private let bytes: [UInt8]
  private var position = 0
  private var lineNumber: Int
  /// The line of the last token that was taken.
  private(set) var lastLine: Int
  /// Whether the next member is the first of its container, and so has no comma before it.
  private var isFirst = true

  init(_ bytes: [UInt8], line: Int) {
    self.bytes = bytes
    lineNumber = line
    lastLine = line
  }

  var line: Int { lineNumber }

  func fault(_ reason: String) -> JSONFault {
    JSONFault(line: lineNumber, reason: reason)
  }

  mutating func beginContainer() { isFirst = true }
  mutating func endContainer() { isFirst = false }

  mutating func isAtEnd() throws(JSONFault) -> Bool {
    skipSpace()
    return position == bytes.count
  }

  /// The next byte that is no white space, not taken.
  mutating func peek() throws(JSONFault) -> UInt8 {
    skipSpace()
    guard position < bytes.count else { throw fault("the text ends too early") }
    return bytes[position]
  }

  mutating func skip() {
    position += 1
    lastLine = lineNumber
  }

  /// Takes `byte` when it is next.
  mutating func takes(_ byte: UInt8) throws(JSONFault) -> Bool {
    guard try peek() == byte else { return false }
    skip()
    return true
  }

  mutating func expect(_ byte: UInt8, _ name: String) throws(JSONFault) {
    guard try takes(byte) else { throw fault("\(name) is missing") }
  }

  /// Takes the comma before every member but the first.
  mutating func comma() throws(JSONFault) {
    if !isFirst {
      try expect(0x2C, "a comma")
      let next = try peek()
      guard next != 0x5D, next != 0x7D else { throw fault("a comma before the end") }
    }
    isFirst = false
  }

  /// A text, number or truth value as text; null is empty.
  mutating func scalar() throws(JSONFault) -> String {
    if try peek() == 0x22 { return try string() }
    let start = position
    while position < bytes.count, !",]} \t\n\r:".utf8.contains(bytes[position]) { position += 1 }
    lastLine = lineNumber
    let word = String(decoding: bytes[start..<position], as: UTF8.self)
    switch word {
    case "true", "false": return word
    case "null": return ""
    default:
      let isNumber = word.utf8.allSatisfy { "+-.0123456789eE".utf8.contains($0) }
      guard isNumber, word.utf8.count <= 400, Double(word) != nil else {
        throw fault("`\(word.prefix(40))` is no value")
      }
      return word
    }
  }

  mutating func string() throws(JSONFault) -> String {
    try expect(0x22, "a quoted text")
    var text: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case 0x22: return String(decoding: text, as: UTF8.self)
      case 0x5C: try escape(into: &text)
      case 0..<0x20: throw fault("a control character inside a text")
      default: text.append(byte)
      }
    }
    throw fault("a text is never closed")
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONFault) {
    guard position < bytes.count else { throw fault("a text is never closed") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case 0x22, 0x2F, 0x5C: text.append(byte)
    case 0x6E, 0x72, 0x74, 0x62, 0x66: text.append(0x20)  // white space, for a reader of passages
    case 0x75:
      text.append(contentsOf: Array(String(Character(try unicodeScalar())).utf8))
    default: throw fault("an unknown escape")
    }
  }

  /// The scalar of `\uXXXX`, of a pair of them for the higher planes; U+FFFD for half a pair.
  private mutating func unicodeScalar() throws(JSONFault) -> Unicode.Scalar {
    let replacement: Unicode.Scalar = "\u{FFFD}"
    let first = try hexadecimal()
    guard 0xD800...0xDBFF ~= first else { return Unicode.Scalar(first) ?? replacement }
    guard bytes[position...].starts(with: [0x5C, 0x75]) else { return replacement }
    position += 2
    let second = try hexadecimal()
    guard 0xDC00...0xDFFF ~= second else { return replacement }
    return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) ?? replacement
  }

  private mutating func hexadecimal() throws(JSONFault) -> UInt32 {
    let end = position + 4
    guard end <= bytes.count else { throw fault("a text is never closed") }
    let digits = String(decoding: bytes[position..<end], as: UTF8.self)
    guard digits.allSatisfy(\.isHexDigit), let value = UInt32(digits, radix: 16) else {
      throw fault("`\\u\(digits)` is no character")
    }
    position = end
    return value
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x0A:
        lineNumber += 1
        position += 1
      case 0x20, 0x09, 0x0D: position += 1
      default: return
      }
    }
  }
}
