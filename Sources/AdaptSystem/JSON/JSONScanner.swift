// JSON pulled piece by piece from bytes of unknown origin: a vocabulary of megabytes is read in place, without
// a tree of it. Strict (RFC 8259), of bounded depth, and every fault has its byte.

/// Walks one JSON value from its start to its end.
///
/// Each call reads what the caller says must come next. A list is `openArray()` and then `nextElement()` with
/// the reading of one value after each that is true; an object is `openObject()` with `nextKey()` likewise.
package struct JSONScanner {
  /// What the next value is.
  package enum Kind: Sendable {
    case object, array, string, number, boolean, null
  }

  /// Deepest nesting read; real files have a handful of levels.
  package static let depthLimit = 64

  package let path: String
  let bytes: UnsafeBufferPointer<UInt8>
  /// The byte that is read next.
  package internal(set) var position = 0
  private var depth = 0
  /// Whether a value stands before this place in the list or object around it.
  var hasValue = false

  /// A scanner at the start of `bytes`, which must outlive it.
  ///
  /// - Throws: `JSONFault` where they are not UTF-8.
  package init(_ bytes: UnsafeBufferPointer<UInt8>, path: String) throws(JSONFault) {
    self.path = path
    self.bytes = bytes
    do {
      _ = try UTF8Span(validating: bytes.span)
    } catch {
      position = error.byteOffsets.lowerBound
      throw fault("UTF-8")
    }
  }

  /// The kind of the value that comes next, by its first byte.
  package mutating func peekKind() throws(JSONFault) -> Kind {
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
    case UInt8(ascii: "n"): return .null
    case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return .number
    default: throw fault("a value")
    }
  }

  package mutating func openObject() throws(JSONFault) { try open("{", "an object") }

  package mutating func openArray() throws(JSONFault) { try open("[", "a list") }

  private mutating func open(_ bracket: Unicode.Scalar, _ name: String) throws(JSONFault) {
    skipSpace()
    guard peek == UInt8(ascii: bracket) else { throw fault(name) }
    guard depth < Self.depthLimit - 1 else { throw fault("at most \(Self.depthLimit) levels") }
    position += 1
    depth += 1
    hasValue = false
  }

  /// Whether the open list has another value, which then comes next; false closes it.
  package mutating func nextElement() throws(JSONFault) -> Bool {
    skipSpace()
    if take("]") { return close() }
    guard !hasValue || take(",") else { throw fault("`,` or `]`") }
    return true
  }

  /// The bytes between the quotes of the next key, as written; nil closes the object.
  package mutating func nextRawKey() throws(JSONFault) -> JSONRawString? {
    skipSpace()
    if take("}") {
      _ = close()
      return nil
    }
    guard !hasValue || take(",") else { throw fault("`,` or `}`") }
    skipSpace()
    guard peek == UInt8(ascii: "\"") else { throw fault("a key") }
    let key = try rawString()
    skipSpace()
    guard take(":") else { throw fault("`:`") }
    return key
  }

  /// The next key of the open object, whose value comes next; nil closes it.
  package mutating func nextKey() throws(JSONFault) -> String? {
    guard let raw = try nextRawKey() else { return nil }
    return try text(of: raw)
  }

  private mutating func close() -> Bool {
    depth -= 1
    hasValue = true
    return false
  }

  /// Steps over the next value, whatever it is, with the same checks as reading it.
  package mutating func skip() throws(JSONFault) {
    switch try peekKind() {
    case .object:
      try openObject()
      while let key = try nextRawKey() {
        if key.isEscaped { _ = try text(of: key) }
        try skip()
      }
    case .array:
      try openArray()
      while try nextElement() { try skip() }
    case .string:
      let raw = try rawString()
      if raw.isEscaped { _ = try text(of: raw) }
    case .number: _ = try number()
    case .boolean: _ = try boolean()
    case .null: try null()
    }
  }

  /// Whether the next value is null, which is then stepped over.
  package mutating func takeNull() throws(JSONFault) -> Bool {
    guard try peekKind() == .null else { return false }
    try null()
    return true
  }

  package mutating func boolean() throws(JSONFault) -> Bool {
    skipSpace()
    if takeWord("true") { return true }
    guard takeWord("false") else { throw fault("true or false") }
    return false
  }

  package mutating func null() throws(JSONFault) {
    skipSpace()
    guard takeWord("null") else { throw fault("a value") }
  }

  /// Checks that nothing but space follows.
  package mutating func finish() throws(JSONFault) {
    skipSpace()
    guard position == bytes.count else { throw fault("nothing behind the value") }
  }

  private mutating func takeWord(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard count <= bytes.count - position else { return false }
    for i in 0..<count where bytes[position + i] != word.utf8Start[i] { return false }
    position += count
    hasValue = true
    return true
  }

  var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func take(_ wanted: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: wanted) else { return false }
    position += 1
    return true
  }

  mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  /// A fault at the byte that is read next.
  package func fault(_ wanted: String) -> JSONFault {
    JSONFault(path: path, offset: position, wanted: wanted)
  }
}
