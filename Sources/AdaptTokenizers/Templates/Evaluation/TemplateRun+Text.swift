// Values as text: what Python's `str`, `repr` and `json.dumps` write.
import Foundation

extension TemplateRun {
  /// What printing `value` writes.
  func text(of value: TemplateValue) throws(TemplateFault) -> String {
    switch value {
    case .undefined: return ""
    case .string(let text): return text
    default:
      var out = ""
      try represent(value, into: &out)
      return out
    }
  }

  private func represent(_ value: TemplateValue, into out: inout String) throws(TemplateFault) {
    try spend()
    switch value {
    case .undefined: out += "Undefined"
    case .none: out += "None"
    case .boolean(let flag): out += flag ? "True" : "False"
    case .integer(let number): out += String(number)
    case .float(let number): out += Self.text(of: number)
    case .string(let text): try quote(text, into: &out)
    case .list(let list):
      out += "["
      try represent(list.items, into: &out)
      out += "]"
    case .tuple(let list):
      out += "("
      try represent(list.items, into: &out)
      out += list.items.count == 1 ? ",)" : ")"
    case .dictionary(let dictionary):
      out += "{"
      for (i, entry) in dictionary.entries.enumerated() {
        if i > 0 { out += ", " }
        try represent(entry.key.value, into: &out)
        out += ": "
        try represent(entry.value, into: &out)
      }
      out += "}"
    case .namespace, .macro, .loop, .function: throw unsupported("\(value.kind) printed as text")
    }
  }

  private func represent(_ items: [TemplateValue], into out: inout String) throws(TemplateFault) {
    for (i, item) in items.enumerated() {
      if i > 0 { out += ", " }
      try represent(item, into: &out)
    }
  }

  static func text(of number: Double) -> String {
    if number.isNaN { return "nan" }
    if number.isInfinite { return number < 0 ? "-inf" : "inf" }
    return "\(number)"
  }

  /// A string as Python's `repr` writes it.
  private func quote(_ text: String, into out: inout String) throws(TemplateFault) {
    try spend(text.utf8.count)
    let mark: Unicode.Scalar =
      text.unicodeScalars.contains("'") && !text.unicodeScalars.contains("\"") ? "\"" : "'"
    out.unicodeScalars.append(mark)
    for scalar in text.unicodeScalars {
      switch scalar {
      case mark, "\\":
        out += "\\"
        out.unicodeScalars.append(scalar)
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      default:
        if scalar.isPrintable {
          out.unicodeScalars.append(scalar)
        } else {
          let (mark, digits) =
            scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x1_0000 ? ("u", 4) : ("U", 8)
          out += "\\" + mark + Self.hexadecimal(scalar.value, digits: digits)
        }
      }
    }
    out.unicodeScalars.append(mark)
  }

  static func hexadecimal(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  // MARK: JSON

  /// How `tojson` writes.
  struct JSONStyle {
    var indent: String?
    var escapesToASCII = false
    var sortsKeys = false
    var separators: (item: String, key: String) = (", ", ": ")
  }

  /// `value` as `json.dumps` writes it.
  func json(of value: TemplateValue, _ style: JSONStyle) throws(TemplateFault) -> String {
    var out = ""
    try json(value, style, level: 0, into: &out)
    return out
  }

  private func json(
    _ value: TemplateValue, _ style: JSONStyle, level: Int, into out: inout String
  ) throws(TemplateFault) {
    try spend()
    switch value {
    case .none: out += "null"
    case .boolean(let flag): out += flag ? "true" : "false"
    case .integer(let number): out += String(number)
    case .float(let number):
      let special = number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity"
      out += number.isFinite ? "\(number)" : special
    case .string(let text): try json(text, style, into: &out)
    case .list(let list), .tuple(let list):
      try block("[]", list.items.count, style, level, into: &out) {
        (i, out) throws(TemplateFault) in
        try json(list.items[i], style, level: level + 1, into: &out)
      }
    case .dictionary(let dictionary):
      var entries = dictionary.entries.map { (Self.name($0.key), $0.value) }
      if style.sortsKeys { entries.sort { $0.0.precedes($1.0) } }
      try block("{}", entries.count, style, level, into: &out) { (i, out) throws(TemplateFault) in
        try json(entries[i].0, style, into: &out)
        out += style.separators.key
        try json(entries[i].1, style, level: level + 1, into: &out)
      }
    case .undefined(let words): throw fail(words + ", so it cannot become JSON")
    default: throw fail("\(value.kind) cannot become JSON")
    }
  }

  private static func name(_ key: TemplateKey) -> String {
    switch key {
    case .string(let bytes): String(decoding: bytes, as: UTF8.self)
    case .integer(let number): String(number)
    }
  }

  private func block(
    _ brackets: String, _ count: Int, _ style: JSONStyle, _ level: Int, into out: inout String,
    _ write: (Int, inout String) throws(TemplateFault) -> Void
  ) throws(TemplateFault) {
    guard count > 0 else {
      out += brackets
      return
    }
    func newLine(_ level: Int) -> String {
      style.indent.map { "\n" + String(repeating: $0, count: level) } ?? ""
    }
    out += String(brackets.prefix(1)) + newLine(level + 1)
    for i in 0..<count {
      if i > 0 { out += style.separators.item + newLine(level + 1) }
      try write(i, &out)
      try spend((style.indent?.utf8.count ?? 0) * level)
    }
    out += newLine(level) + String(brackets.suffix(1))
  }

  private func json(
    _ text: String, _ style: JSONStyle, into out: inout String
  ) throws(TemplateFault) {
    try spend(text.utf8.count)
    out += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case "\u{8}": out += "\\b"
      case "\u{C}": out += "\\f"
      default:
        let escapes = scalar.value < 0x20 || (style.escapesToASCII && scalar.value > 0x7E)
        if escapes {
          for unit in String(scalar).utf16 {
            out += "\\u" + Self.hexadecimal(UInt32(unit), digits: 4)
          }
        } else {
          out.unicodeScalars.append(scalar)
        }
      }
    }
    out += "\""
  }
}

extension Unicode.Scalar {
  /// Whether Python prints it as it is.
  fileprivate var isPrintable: Bool {
    if self == " " { return true }
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator, .spaceSeparator:
      return false
    default: return true
    }
  }
}
