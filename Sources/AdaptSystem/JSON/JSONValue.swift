// Settings as JSON: whole numbers stay whole, and the same settings are the same bytes.

/// A JSON value.
package enum JSONValue: Sendable, Equatable {
  case null
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// The text as Python's `json.dumps(value, indent=2, sort_keys=True)` gives it, but not escaped to ASCII.
  package var text: String {
    var out = ""
    write(&out, indent: 0)
    return out
  }

  /// The same on one line, cut where it is long: for messages.
  package var brief: String {
    let line = text.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: " ")
    return line.count > 80 ? line.prefix(79) + "…" : line
  }

  private func write(_ out: inout String, indent: Int) {
    switch self {
    case .null: out += "null"
    case .boolean(let value): out += value ? "true" : "false"
    case .integer(let value): out += "\(value)"
    case .number(let value): out += value.isFinite ? "\(value)" : "null"
    case .string(let text): JSONText.quote(text, into: &out)
    case .array(let items):
      JSONText.block(("[", "]"), items, into: &out, indent: indent) {
        $0.write(&$1, indent: indent + 1)
      }
    case .object(let members):
      let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      JSONText.block(("{", "}"), sorted, into: &out, indent: indent) { member, out in
        JSONText.quote(member.key, into: &out)
        out += ": "
        member.value.write(&out, indent: indent + 1)
      }
    }
  }
}

extension JSONValue {
  package static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

  /// The text, or null.
  package static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

  /// A whole number where the value is one.
  package static func exact(_ value: Double) -> JSONValue {
    Int(exactly: value).map { .integer($0) } ?? .number(value)
  }

  package var isNull: Bool { self == .null }

  /// Any number.
  package var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// A whole number, also where it is written as 8.0.
  package var int: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }
}
