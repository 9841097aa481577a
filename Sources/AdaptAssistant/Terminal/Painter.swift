// The few styles the product uses, as escape sequences or as nothing at all.

/// How a piece of text is meant to stand out.
package enum TextStyle: Sendable, Equatable {
  case heading, strong, faint, accent, good, warning, fault

  var codes: String {
    switch self {
    case .heading: "1;36"
    case .strong: "1"
    case .faint: "2"
    case .accent: "36"
    case .good: "32"
    case .warning: "33"
    case .fault: "1;31"
    }
  }
}

/// Paints text for a terminal, or leaves it plain.
package struct Painter: Sendable, Equatable {
  package let hasColours: Bool

  package init(hasColours: Bool) {
    self.hasColours = hasColours
  }

  package static let plain = Painter(hasColours: false)

  /// `text` in `style`, unchanged without colours.
  package func paint(_ text: String, _ style: TextStyle) -> String {
    guard hasColours, !text.isEmpty else { return text }
    return "\u{1B}[\(style.codes)m\(text)\u{1B}[0m"
  }

  /// Paints what stands between backticks in each line; a span may run on over line ends.
  package func paintCode(_ lines: [String]) -> [String] {
    guard hasColours else { return lines }
    var isCode = false
    return lines.map { line in
      let parts = line.split(separator: "`", omittingEmptySubsequences: false)
      var painted = ""
      for (index, part) in parts.enumerated() {
        if index > 0 { isCode.toggle() }
        painted += isCode ? paint(String(part), .accent) : String(part)
      }
      return painted
    }
  }

  /// `text` without control characters that a terminal would obey, for words from outside.
  ///
  /// Tabs and line breaks stay.
  package static func sanitised(_ text: String) -> String {
    let isControl = { (scalar: Unicode.Scalar) in
      scalar.value < 0x20 && scalar != "\n" && scalar != "\t"
        || (0x7F...0x9F).contains(scalar.value)
    }
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var clean = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { clean.append(isControl(scalar) ? "\u{FFFD}" : scalar) }
    return String(clean)
  }
}
