// Strings and numbers of JSON.

/// A string as it stands in the text, between its quotes.
package struct JSONRawString: Sendable {
  package var range: Range<Int>
  /// Whether it has escapes, so that its bytes are not yet the string's.
  package var isEscaped: Bool
}

extension JSONScanner {
  /// The next string as it is written; the cheap way to read many.
  package mutating func rawString() throws(JSONFault) -> JSONRawString {
    skipSpace()
    guard take("\"") else { throw fault("a string") }
    let start = position
    var isEscaped = false
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        position += 1
        hasValue = true
        return JSONRawString(range: start..<position - 1, isEscaped: isEscaped)
      }
      guard byte >= 0x20 else { throw fault("no control character in a string") }
      if byte == UInt8(ascii: "\\") {
        isEscaped = true
        position += 1
      }
      position += 1
    }
    position = bytes.count
    throw fault("the end of a string")
  }

  package mutating func string() throws(JSONFault) -> String { try text(of: try rawString()) }

  /// The string that `raw` writes.
  package func text(of raw: JSONRawString) throws(JSONFault) -> String {
    guard raw.isEscaped else {
      return String(decoding: bytes[raw.range], as: UTF8.self)
    }
    var text: [UInt8] = []
    try append(raw, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// The UTF-8 of the string that `raw` writes, where it stands there without escapes.
  package func bytes(of raw: JSONRawString) -> UnsafeBufferPointer<UInt8>? {
    raw.isEscaped ? nil : UnsafeBufferPointer(rebasing: bytes[raw.range])
  }

  /// Appends the UTF-8 of the string that `raw` writes.
  package func append(_ raw: JSONRawString, to text: inout [UInt8]) throws(JSONFault) {
    guard raw.isEscaped else {
      text.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[raw.range]))
      return
    }
    var place = raw.range.lowerBound
    while place < raw.range.upperBound {
      if bytes[place] == UInt8(ascii: "\\") {
        let scalar = try escaped(&place)
        text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      } else {
        text.append(bytes[place])
        place += 1
      }
    }
  }

  /// The scalar of the escape at `place`, which is moved behind it.
  private func escaped(_ place: inout Int) throws(JSONFault) -> Unicode.Scalar {
    let byte = bytes[place + 1]
    place += 2
    switch byte {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "u"):
      let high = try hexadecimal(&place)
      if let scalar = Unicode.Scalar(high) { return scalar }
      let isPair = place + 1 < bytes.count && bytes[place] == 0x5C && bytes[place + 1] == 0x75
      guard high < 0xDC00, isPair else { throw fault("a pair of surrogates", at: place) }
      place += 2
      let low = try hexadecimal(&place)
      guard (0xDC00..<0xE000).contains(low),
        let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
      else { throw fault("a pair of surrogates", at: place) }
      return scalar
    default: throw fault("a known escape", at: place)
    }
  }

  private func hexadecimal(_ place: inout Int) throws(JSONFault) -> UInt32 {
    guard bytes.count - place >= 4 else { throw fault("four hexadecimal digits", at: place) }
    var value: UInt32 = 0
    for byte in bytes[place..<place + 4] {
      let digit: UInt8
      switch byte {
      case 0x30...0x39: digit = byte - 0x30
      case 0x41...0x46: digit = byte - 0x37
      case 0x61...0x66: digit = byte - 0x57
      default: throw fault("four hexadecimal digits", at: place)
      }
      value = value << 4 | UInt32(digit)
    }
    place += 4
    return value
  }

  /// The next value as a whole number without point or exponent.
  package mutating func integer() throws(JSONFault) -> Int {
    skipSpace()
    let start = position
    let isNegative = take("-")
    let leading = position
    var value = 0
    while let byte = peek, (0x30...0x39).contains(byte) {
      let (product, over) = value.multipliedReportingOverflow(by: 10)
      let (sum, carried) = product.subtractingReportingOverflow(Int(byte - 0x30))
      guard !over, !carried else { throw fault("a number of 64 bits", at: start) }
      value = sum
      position += 1
    }
    let isPadded = position - leading > 1 && bytes[leading] == 0x30
    let next = peek
    let isFraction = next == 0x2E || next == 0x65 || next == 0x45
    guard position > leading, !isPadded, !isFraction, isNegative || value != .min else {
      throw fault("a whole number", at: start)
    }
    hasValue = true
    return isNegative ? value : -value
  }

  /// The next value as any number: whole where it is written so and has 64 bits.
  package mutating func number() throws(JSONFault) -> JSONValue {
    skipSpace()
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
    hasValue = true
    if isWhole, whole < 19 {
      var value = 0
      for byte in bytes[leading..<position] { value = value * 10 + Int(byte - 0x30) }
      return .integer(leading > start ? -value : value)
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, let value = Int(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else { throw fault("a number of 64 bits") }
    return .number(value)
  }

  /// Steps over digits and counts them.
  private mutating func digits() -> Int {
    let start = position
    while let byte = peek, (0x30...0x39).contains(byte) { position += 1 }
    return position - start
  }

  private func fault(_ wanted: String, at offset: Int) -> JSONFault {
    JSONFault(path: path, offset: offset, wanted: wanted)
  }
}
