// How JSON is written, whatever type holds its values: strings quoted, lists indented by two spaces a level.

package enum JSONText {
  /// Appends `text` in quotes (RFC 8259, section 7), not escaped to ASCII.
  package static func quote(_ text: String, into out: inout String) {
    out += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: out.unicodeScalars.append(scalar)
      }
    }
    out += "\""
  }

  /// Appends `items` between `brackets`, one a line, a level deeper than `indent`.
  package static func block<Item>(
    _ brackets: (open: String, close: String), _ items: [Item], into out: inout String,
    indent: Int, _ write: (Item, inout String) -> Void
  ) {
    out += brackets.open
    for (position, item) in items.enumerated() {
      out += (position == 0 ? "\n" : ",\n") + String(repeating: "  ", count: indent + 1)
      write(item, &out)
    }
    if !items.isEmpty { out += "\n" + String(repeating: "  ", count: indent) }
    out += brackets.close
  }
}
