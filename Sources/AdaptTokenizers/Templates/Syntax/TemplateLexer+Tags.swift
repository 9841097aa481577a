// The tokens inside of tags: names, numbers, strings and marks.

extension TemplateLexer {
  private static let pairs: [Unicode.Scalar: Unicode.Scalar] = ["(": ")", "[": "]", "{": "}"]
  private static let doubled = ["==", "!=", ">=", "<=", "//", "**"]

  /// The tokens up to the end of the tag that began at `begin`.
  mutating func tag(from begin: Int, isOutput: Bool) throws(TemplateFault) {
    var open: [Unicode.Scalar] = []
    while true {
      skipSpace()
      let start = position
      if open.isEmpty {
        if isOutput, try close("}}", trimsLine: false) { return add(.outputEnd, at: start) }
        if !isOutput, try close("%}", trimsLine: true) { return add(.blockEnd, at: start) }
      }
      guard let next = scalar(position) else {
        throw source.syntax(begin, "the tag that opens here is never closed")
      }
      if next.startsName {
        name()
      } else if next.isDigit {
        try number()
      } else if next == "'" || next == "\"" {
        try string(next)
      } else {
        try mark(next, open: &open)
      }
    }
  }

  private mutating func name() {
    let start = position
    while let next = scalar(position), next.continuesName { position += 1 }
    add(.name(String(scalars: source.scalars[start..<position])), at: start)
  }

  private mutating func mark(
    _ next: Unicode.Scalar, open: inout [Unicode.Scalar]
  ) throws(TemplateFault) {
    let start = position
    let two = String(scalars: source.scalars[start..<min(start + 2, source.scalars.count)])
    if Self.doubled.contains(where: { $0.sameText(two) }) {
      position += 2
      return add(.mark(two), at: start)
    }
    guard "+-/*%~[](){}><=.:|,;".unicodeScalars.contains(next) else {
      throw source.syntax(start, "`\(next)` does not belong into a tag")
    }
    if let closer = Self.pairs[next] {
      open.append(closer)
    } else if [")", "]", "}"].contains(next), open.popLast() != next {
      throw source.syntax(start, "`\(next)` closes nothing that is open")
    }
    position += 1
    add(.mark(String(next)), at: start)
  }

  private mutating func digits() -> String {
    var text = ""
    while let next = scalar(position), next.isDigit || next == "_" {
      if next != "_" { text.unicodeScalars.append(next) }
      position += 1
    }
    return text
  }

  private mutating func number() throws(TemplateFault) {
    let start = position
    var text = digits()
    var isFloat = false
    let afterDot = scalar(start - 1) == "."
    if !afterDot, scalar(position) == ".", scalar(position + 1)?.isDigit == true {
      position += 1
      text += "." + digits()
      isFloat = true
    }
    if !afterDot, scalar(position) == "e" || scalar(position) == "E" {
      let sign = scalar(position + 1)
      let signed = sign == "-" || sign == "+"
      if scalar(position + (signed ? 2 : 1))?.isDigit == true {
        position += signed ? 2 : 1
        text += "e" + (sign == "-" ? "-" : "") + digits()
        isFloat = true
      }
    }
    if scalar(position)?.continuesName == true {
      throw source.syntax(start, "a number runs into a name; only decimal numbers are read")
    }
    if isFloat, let value = Double(text) { return add(.float(value), at: start) }
    guard let value = Int(text) else { throw source.syntax(start, "the number is too large") }
    add(.integer(value), at: start)
  }

  private mutating func string(_ quote: Unicode.Scalar) throws(TemplateFault) {
    let start = position
    var text = String.UnicodeScalarView()
    position += 1
    while let next = scalar(position) {
      position += 1
      if next == quote { return add(.string(String(text)), at: start) }
      if next == "\\" { try escape(into: &text) } else { text.append(next) }
    }
    throw source.syntax(start, "the string is never closed with `\(quote)`")
  }

  /// One escape of a string, as Python reads it; `position` stands behind the backslash.
  private mutating func escape(into text: inout String.UnicodeScalarView) throws(TemplateFault) {
    guard let next = scalar(position) else { return }
    let simple: [Unicode.Scalar: Unicode.Scalar] = [
      "n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", "\"": "\"", "a": "\u{7}",
      "b": "\u{8}", "f": "\u{C}", "v": "\u{B}",
    ]
    position += 1
    if let value = simple[next] { return text.append(value) }
    switch next {
    case "\n": return
    case "x": try coded(2, radix: 16, into: &text)
    case "u": try coded(4, radix: 16, into: &text)
    case "U": try coded(8, radix: 16, into: &text)
    case "0"..."7":
      position -= 1
      var count = 0
      while count < 3, let digit = scalar(position + count), ("0"..."7").contains(digit) {
        count += 1
      }
      try coded(count, radix: 8, into: &text)
    case "N": throw source.unsupported(position - 2, "a character by its name (`\\N`)")
    default:
      text.append("\\")
      text.append(next)
    }
  }

  private mutating func coded(
    _ count: Int, radix: UInt32, into text: inout String.UnicodeScalarView
  ) throws(TemplateFault) {
    let start = position
    var value: UInt32 = 0
    for _ in 0..<count {
      guard let digit = scalar(position)?.hexadecimal, digit < radix else {
        throw source.syntax(start, "the escape wants \(count) digits")
      }
      value = value &* radix &+ digit
      position += 1
    }
    guard let scalar = Unicode.Scalar(value) else {
      throw source.syntax(start, "the escape is no character")
    }
    text.append(scalar)
  }
}
