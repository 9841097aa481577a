// A strict reader of JSON from files of unknown origin: bounded depth, no key twice, every fault with its byte.

/// Reads one JSON value (RFC 8259) from UTF-8.
struct JSONParser {
  /// Deepest nesting read; settings have three levels.
  static let depthLimit = 32

  let path: String
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8], path: String) {
    self.bytes = bytes
    self.path = path
  }

  /// The value that is the whole text.
  ///
  /// - Throws: `PEFTFault.configuration` with the byte and what was wanted there.
  static func parse(_ bytes: [UInt8], path: String) throws(PEFTFault) -> JSONValue {
    var parser = JSONParser(bytes, path: path)
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.position == bytes.count else { throw parser.fault("nothing behind the value") }
    return value
  }

  private mutating func value(depth: Int) throws(PEFTFault) -> JSONValue {
    guard depth < Self.depthLimit else { throw fault("at most \(Self.depthLimit) levels") }
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func object(depth: Int) throws(PEFTFault) -> JSONValue {
    var members: [String: JSONValue] = [:]
    position += 1
    skipSpace()
    if take("}") { return .object(members) }
    repeat {
      skipSpace()
      let start = position
      guard peek == UInt8(ascii: "\"") else { throw fault("a key") }
      let key = try string()
      guard members[key] == nil else {
        position = start
        throw fault("the key `\(key)` only once")
      }
      skipSpace()
      guard take(":") else { throw fault("`:`") }
      members[key] = try value(depth: depth + 1)
      skipSpace()
    } while take(",")
    guard take("}") else { throw fault("`,` or `}`") }
    return .object(members)
  }

  private mutating func array(depth: Int) throws(PEFTFault) -> JSONValue {
    var items: [JSONValue] = []
    position += 1
    skipSpace()
    if take("]") { return .array(items) }
    repeat {
      items.append(try value(depth: depth + 1))
      skipSpace()
    } while take(",")
    guard take("]") else { throw fault("`,` or `]`") }
    return .array(items)
  }

  private mutating func string() throws(PEFTFault) -> String {
    var text: [UInt8] = []
    position += 1
    while let byte = peek, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw fault("no control character in a string") }
      position += 1
      if byte == UInt8(ascii: "\\") {
        text += Array(String(try escaped()).utf8)
      } else {
        text.append(byte)
      }
    }
    guard take("\"") else { throw fault("the end of a string") }
    guard let result = String(validating: text, as: UTF8.self) else { throw fault("UTF-8") }
    return result
  }

  /// The character behind a backslash.
  private mutating func escaped() throws(PEFTFault) -> Character {
    guard let byte = peek else { throw fault("an escape") }
    position += 1
    switch byte {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
      return Character(Unicode.Scalar(byte))
    case UInt8(ascii: "u"):
      let high = try hexadecimal()
      if let scalar = Unicode.Scalar(high) { return Character(scalar) }
      guard high < 0xDC00, take("\\"), take("u") else { throw fault("a pair of surrogates") }
      let low = try hexadecimal()
      guard (0xDC00..<0xE000).contains(low),
        let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
      else { throw fault("a pair of surrogates") }
      return Character(scalar)
    default: throw fault("a known escape")
    }
  }

  private mutating func hexadecimal() throws(PEFTFault) -> UInt32 {
    let end = min(position + 4, bytes.count)
    let digits = bytes[position..<end]
    guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw fault("four hexadecimal digits") }
    position = end
    return value
  }

  private mutating func number() throws(PEFTFault) -> JSONValue {
    let start = position
    _ = take("-")
    let leading = position
    let whole = digits()
    let isPadded = whole > 1 && bytes[leading] == UInt8(ascii: "0")
    guard whole > 0, !isPadded else { throw fault("a value") }
    var isWhole = true
    if take(".") {
      isWhole = false
      guard digits() > 0 else { throw fault("digits behind the point") }
    }
    if take("e") || take("E") {
      isWhole = false
      if !take("+") { _ = take("-") }
      guard digits() > 0 else { throw fault("digits of an exponent") }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, let value = Int(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else { throw fault("a number of 64 bits") }
    return .number(value)
  }

  /// Steps over digits and counts them.
  private mutating func digits() -> Int {
    let start = position
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    return position - start
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws(PEFTFault) -> JSONValue {
    guard bytes[position...].starts(with: word.utf8) else { throw fault("a value") }
    position += word.utf8.count
    return value
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func take(_ wanted: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: wanted) else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek, [0x20, 0x0A, 0x0D, 0x09].contains(byte) { position += 1 }
  }

  private func fault(_ wanted: String) -> PEFTFault {
    .configuration(path: path, reason: "it is not JSON: wanted \(wanted) at byte \(position)")
  }
}
