// A JSON value and its text, with keys in the order given, so that reports are the same every time.
import AdaptSystem

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
    case .string(let text): JSONText.quote(text, into: &out)
    case .number(let value): out += value.isFinite ? Self.plain(value) : "null"
    case .boolean(let value): out += value ? "true" : "false"
    case .array(let items):
      JSONText.block(("[", "]"), items, into: &out, indent: indent) { item, out in
        item.write(&out, indent: indent + 1)
      }
    case .object(let members):
      JSONText.block(("{", "}"), members, into: &out, indent: indent) { member, out in
        JSONText.quote(member.0, into: &out)
        out += ": "
        member.1.write(&out, indent: indent + 1)
      }
    }
  }

  private static func plain(_ value: Double) -> String {
    if let whole = Int64(exactly: value) { return String(whole) }
    return "\(value)"
  }
}
