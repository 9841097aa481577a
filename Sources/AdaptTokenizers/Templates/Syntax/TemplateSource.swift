// The text of a template as scalars, and the places of its faults.

/// A template's text: line ends are `\n` and one final line end is gone, as Jinja reads it.
struct TemplateSource: Sendable {
  let name: String
  let scalars: [Unicode.Scalar]

  init(name: String, text: String) {
    self.name = name
    var scalars: [Unicode.Scalar] = []
    var afterReturn = false
    for scalar in text.unicodeScalars {
      if !(scalar == "\n" && afterReturn) { scalars.append(scalar == "\r" ? "\n" : scalar) }
      afterReturn = scalar == "\r"
    }
    if scalars.last == "\n" { scalars.removeLast() }
    self.scalars = scalars
  }

  func place(_ offset: Int) -> TemplatePlace {
    var (line, column) = (1, 1)
    for scalar in scalars.prefix(max(0, offset)) {
      (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1)
    }
    return TemplatePlace(template: name, line: line, column: column)
  }

  func syntax(_ offset: Int, _ reason: String) -> TemplateFault {
    .syntax(place(offset), reason: reason)
  }

  func unsupported(_ offset: Int, _ construct: String) -> TemplateFault {
    .unsupported(place(offset), construct: construct)
  }
}
