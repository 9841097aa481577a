// A JSON value and its text, with keys in the order given, so that reports are the same every time.
internal import Foundation

/// A JSON value.
enum JSONValue {
  case null
  case string(String)
  case number(Double)
  case boolean(Bool)
  case array([JSONValue])
  case object([(String, JSONValue)])

  static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
  static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
  static func integer(_ value: Int) -> JSONValue { .number(Double(value)) }

  /// The text, indented by two spaces a level.
  var text: String {
    var out = ""
    write(&out, indent: 0)
    return out
  }

  private func write(_ out: inout String, indent: Int) {
    switch self {
    case .null: out += "null"
    case .string(let text): Self.quote(text, &out)
    case .number(let value): out += value.isFinite ? Self.plain(value) : "null"
    case .boolean(let value): out += value ? "true" : "false"
    case .array(let items):
      Self.block("[", "]", items, &out, indent) { item, out in
        item.write(&out, indent: indent + 1)
      }
    case .object(let members):
      Self.block("{", "}", members, &out, indent) { member, out in
        Self.quote(member.0, &out)
        out += ": "
        member.1.write(&out, indent: indent + 1)
      }
    }
  }

  private static func block<Item>(
    _ open: String, _ close: String, _ items: [Item], _ out: inout String, _ indent: Int,
    _ write: (Item, inout String) -> Void
  ) {
    guard !items.isEmpty else {
      out += open + close
      return
    }
    out += open
    for (position, item) in items.enumerated() {
      out += position == 0 ? "\n" : ",\n"
      out += String(repeating: "  ", count: indent + 1)
      write(item, &out)
    }
    out += "\n" + String(repeating: "  ", count: indent) + close
  }

  private static func plain(_ value: Double) -> String {
    if let whole = Int64(exactly: value) { return String(whole) }
    return "\(value)"
  }

  private static func quote(_ text: String, _ out: inout String) {
    out += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\t": out += "\\t"
      case "\r": out += "\\r"
      case let control where control.value < 0x20:
        out += String(format: "\\u%04x", control.value)
      default: out.unicodeScalars.append(scalar)
      }
    }
    out += "\""
  }
}
