// Reads the header of a safetensors file, which is JSON of one fixed form. The form is checked while reading:
// no recursion, no general JSON tree, every fault with its byte, and names may not repeat.
import AdaptSystem
import Foundation

/// What the header says of one tensor, as written.
struct HeaderEntry {
  var name: String
  var offsetInFile: Int
  var type = ""
  var shape: [Int] = []
  var range: [Int] = []
}

/// Reads `{"name": {"dtype": …, "shape": […], "data_offsets": [a, b]}, …, "__metadata__": {…}}`.
struct HeaderParser {
  let path: String
  let bytes: UnsafeRawBufferPointer
  /// Where `bytes` start in the file, for messages.
  let start: Int
  private var position = 0

  init(path: String, bytes: UnsafeRawBufferPointer, start: Int) {
    self.path = path
    self.bytes = bytes
    self.start = start
  }

  /// All tensors in file order and the metadata.
  mutating func parse() throws(SafetensorsFault) -> ([HeaderEntry], [String: String]) {
    var entries: [HeaderEntry] = []
    var metadata: [String: String] = [:]
    var names = Set<String>()
    guard bytes.first == UInt8(ascii: "{") else { throw fault("`{`") }
    try object { (parser, name, offset) throws(SafetensorsFault) in
      guard names.insert(name).inserted else {
        throw .duplicate(path: parser.path, name: name, offset: offset)
      }
      if name == "__metadata__" {
        metadata = try parser.strings(in: name)
      } else {
        entries.append(try parser.entry(name, offset))
      }
    }
    skipSpace()
    guard position == bytes.count else { throw fault("nothing after the closing `}`") }
    return (entries, metadata)
  }

  /// The strings of the member `key` of a JSON object, whose other members are skipped; nil without one.
  ///
  /// For small files of another form: what is skipped is not checked.
  mutating func strings(of key: String) throws(SafetensorsFault) -> [String: String]? {
    var result: [String: String]?
    try object { (parser, name, offset) throws(SafetensorsFault) in
      guard name == key else { return try parser.skipValue() }
      guard result == nil else {
        throw .duplicate(path: parser.path, name: name, offset: offset)
      }
      result = try parser.strings(in: key)
    }
    return result
  }

  /// Passes one value of any kind and depth, without recursion.
  private mutating func skipValue() throws(SafetensorsFault) {
    let marks = Set("\"{}[],: \t\r\n".utf8)
    var depth = 0
    repeat {
      skipSpace()
      guard position < bytes.count else { throw fault("a value") }
      switch bytes[position] {
      case UInt8(ascii: "\""): _ = try string()
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        position += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        position += 1
      default:
        position += 1
        while position < bytes.count, !marks.contains(bytes[position]) { position += 1 }
      }
    } while depth > 0
  }

  /// Strings by name; null where the writer had none.
  private mutating func strings(in place: String) throws(SafetensorsFault) -> [String: String] {
    skipSpace()
    if bytes.dropFirst(position).starts(with: "null".utf8) {
      position += 4
      return [:]
    }
    var result: [String: String] = [:]
    try object { (parser, key, offset) throws(SafetensorsFault) in
      let value = try parser.string()
      guard result.updateValue(value, forKey: key) == nil else {
        throw .duplicate(path: parser.path, name: "\(place).\(key)", offset: offset)
      }
    }
    return result
  }

  private mutating func entry(_ name: String, _ offset: Int) throws(SafetensorsFault) -> HeaderEntry
  {
    var entry = HeaderEntry(name: name, offsetInFile: offset)
    var seen = Set<String>()
    try object { (parser, key, offset) throws(SafetensorsFault) in
      guard seen.insert(key).inserted else {
        throw .duplicate(path: parser.path, name: "\(name).\(key)", offset: offset)
      }
      switch key {
      case "dtype": entry.type = try parser.string()
      case "shape": entry.shape = try parser.integers()
      case "data_offsets": entry.range = try parser.integers()
      default:
        throw parser.fault("dtype, shape or data_offsets", got: "`\(key.excerpt)`", at: offset)
      }
    }
    guard seen.count == 3, entry.range.count == 2 else {
      throw fault(
        "dtype, shape and two data_offsets for `\(name.excerpt)`",
        got: seen.count == 3
          ? "\(entry.range.count) data_offsets" : seen.sorted().joined(separator: ", "),
        at: offset)
    }
    return entry
  }

  /// Reads `{ "key": value, … }`, calling `member` with each key at its value.
  private mutating func object(
    _ member: (inout HeaderParser, String, Int) throws(SafetensorsFault) -> Void
  ) throws(SafetensorsFault) {
    try expect("{")
    if try accept("}") { return }
    repeat {
      skipSpace()
      let offset = start + position
      let key = try string()
      try expect(":")
      try member(&self, key, offset)
    } while try accept(",")
    try expect("}")
  }

  private mutating func integers() throws(SafetensorsFault) -> [Int] {
    var result: [Int] = []
    try expect("[")
    if try accept("]") { return result }
    repeat { result.append(try integer()) } while try accept(",")
    try expect("]")
    return result
  }

  /// A whole number from 0 to 2^63 − 1, without sign, leading zero, fraction or exponent.
  private mutating func integer() throws(SafetensorsFault) -> Int {
    skipSpace()
    let first = position
    var value = 0
    while position < bytes.count, case let digit = Int(bytes[position]) - 48, (0...9) ~= digit {
      let (scaled, overflows) = value.multipliedReportingOverflow(by: 10)
      let (sum, carries) = scaled.addingReportingOverflow(digit)
      guard !overflows, !carries else {
        throw fault("a number below 2^63", got: "a larger one", at: start + first)
      }
      value = sum
      position += 1
    }
    let length = position - first
    guard length > 0, length == 1 || bytes[first] != 48 else { throw fault("a whole number ≥ 0") }
    if position < bytes.count, [0x2E, 0x65, 0x45].contains(bytes[position]) {
      throw fault("a whole number")
    }
    return value
  }

  private mutating func string() throws(SafetensorsFault) -> String {
    try expect("\"")
    let first = position
    while position < bytes.count, bytes[position] != 0x22 {
      guard bytes[position] >= 0x20 else { throw fault("no control character in a string") }
      position += bytes[position] == 0x5C ? 2 : 1
    }
    guard position < bytes.count else {
      throw fault("the closing quote", got: "the end of the header", at: start + first)
    }
    let slice = UnsafeRawBufferPointer(rebasing: bytes[first..<position])
    position += 1
    return try decode(slice, at: start + first)
  }

  private func decode(
    _ slice: UnsafeRawBufferPointer, at offset: Int
  ) throws(SafetensorsFault) -> String {
    if slice.contains(0x5C) {
      // Escapes are rare: the text with its quotes is itself JSON.
      let quoted = Data([0x22]) + Data(slice) + Data([0x22])
      let value = try? JSONSerialization.jsonObject(with: quoted, options: .fragmentsAllowed)
      if let text = value as? String { return text }
    } else if let text = String(validating: slice, as: UTF8.self) {
      return text
    }
    throw fault("a string in UTF-8", got: "broken text", at: offset)
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) {
      position += 1
    }
  }

  private mutating func accept(_ mark: Unicode.Scalar) throws(SafetensorsFault) -> Bool {
    skipSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: mark) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ mark: Unicode.Scalar) throws(SafetensorsFault) {
    guard try accept(mark) else { throw fault("`\(mark)`") }
  }

  /// A fault at the current byte, or at `offset` with other words for what is there.
  private func fault(
    _ wanted: String, got: String? = nil, at offset: Int? = nil
  ) -> SafetensorsFault {
    let found =
      position < bytes.count
      ? (0x21..<0x7F).contains(bytes[position])
        ? "`\(Unicode.Scalar(bytes[position]))`"
        : "byte 0x\(String(bytes[position], radix: 16))"
      : "the end of the header"
    return .header(
      path: path, offset: offset ?? start + position, wanted: wanted, got: got ?? found)
  }
}
