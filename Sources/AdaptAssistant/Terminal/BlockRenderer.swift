// Lays the walk's blocks out for a width, with or without colours.
import AdaptSystem

/// Turns blocks into text that ends in a line break.
package struct BlockRenderer: Sendable {
  package var width: Int
  package var painter: Painter
  /// What stands before a hint, in the reader's language.
  package var hintLabel: String

  package init(width: Int, painter: Painter, hintLabel: String = "hint: ") {
    self.width = width
    self.painter = painter
    self.hintLabel = hintLabel
  }

  /// The blocks as one text; the terms of neighbouring entries share a column.
  package func render(_ blocks: [WalkBlock]) -> String {
    let termColumn = self.termColumn(of: blocks)
    let labelColumn = self.labelColumn(of: blocks)
    var lines: [String] = []
    for block in blocks {
      switch block {
      case .entry(let term, let text): lines += entry(term, text, column: termColumn)
      case .choice(let number, let label, let id, let isDefault, let note):
        lines += choice(number, label, id, isDefault, note, column: labelColumn)
      default: lines += simple(block)
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private func simple(_ block: WalkBlock) -> [String] {
    switch block {
    case .heading(let text): wrapped(text, .heading)
    case .text(let text): painter.paintCode(LineWrap.lines(text, width: measure))
    case .note(let text): wrapped(text, .faint)
    case .bullet(let text):
      painter.paintCode(LineWrap.lines(text, width: measure, first: "  • "))
    case .line(let indent, let text, let style): line(indent, text, style)
    case .success(let text): marked("✓", .good, text)
    case .warning(let text): marked("!", .warning, text)
    case .fault(let diagnosis): fault(diagnosis)
    case .verbatim(let text): verbatim(text)
    case .blank: [""]
    case .entry, .choice: []
    }
  }

  /// Prose is not set wider than this; longer lines are hard to read.
  private var measure: Int { min(width, 100) }

  private func wrapped(_ text: String, _ style: TextStyle) -> [String] {
    LineWrap.lines(text, width: measure).map { painter.paint($0, style) }
  }

  private func marked(_ mark: String, _ style: TextStyle, _ text: String) -> [String] {
    var lines = LineWrap.lines(text, width: measure, first: "\(mark) ")
    if let first = lines.first {
      lines[0] = painter.paint(mark, style) + first.dropFirst(mark.count)
    }
    return painter.paintCode(lines)
  }

  private func line(_ indent: Int, _ text: String, _ style: TextStyle?) -> [String] {
    let lead = String(repeating: "  ", count: indent)
    let lines = LineWrap.lines(text, width: measure, first: lead, rest: lead + hang(of: text))
    guard let style else { return painter.paintCode(lines) }
    return lines.map { painter.paint($0, style) }
  }

  /// The columns by which the lines after the first of a list item stand in.
  private func hang(of text: String) -> String {
    let marker = text.prefix { !$0.isWhitespace }
    let isMarker =
      ["-", "•", "+", "*", "→", "✓", "✗"].contains(String(marker))
      || (marker.last == "." && Int(marker.dropLast()) != nil)
    return isMarker ? String(repeating: " ", count: marker.count + 1) : ""
  }

  private func verbatim(_ text: String) -> [String] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  private func entry(_ term: String, _ text: String, column: Int) -> [String] {
    let lead = "  " + DisplayWidth.pad(term, to: column) + "  "
    guard DisplayWidth.columns(of: lead) + 20 <= measure else {
      return ["  " + painter.paint(term, .strong)]
        + painter.paintCode(LineWrap.lines(text, width: measure, first: "    "))
    }
    var lines = LineWrap.lines(text, width: measure, first: lead)
    if let first = lines.first {
      lines[0] = "  " + painter.paint(term, .strong) + first.dropFirst(2 + term.count)
    }
    return painter.paintCode(lines)
  }

  private func choice(
    _ number: Int, _ label: String, _ id: String, _ isDefault: Bool, _ note: String?, column: Int
  ) -> [String] {
    let id = id == label ? "" : id
    let lead = "\(number < 10 ? "  " : " ")\(number)  "
    let wide = DisplayWidth.columns(of: lead) + column + 2 + DisplayWidth.columns(of: id) + 3
    let shown = wide <= measure && !id.isEmpty ? DisplayWidth.pad(label, to: column) : label
    var lines = LineWrap.lines(shown, width: measure, first: lead)
    if var first = lines.first {
      first = painter.paint(lead, .accent) + first.dropFirst(lead.count)
      lines[0] = first
    }
    if wide <= measure, !id.isEmpty, let last = lines.indices.last {
      let missing = String(
        repeating: " ", count: max(0, column - DisplayWidth.columns(of: label)))
      lines[last] += (lines.count == 1 ? missing : "") + "  " + painter.paint(id, .faint)
    }
    if isDefault, let last = lines.indices.last { lines[last] += painter.paint("  ↵", .good) }
    if let note {
      lines += LineWrap.lines(note, width: measure, first: "     ").map {
        painter.paint($0, .faint)
      }
    }
    return lines
  }

  /// A fault as a person reads it: what, then the hint.
  private func fault(_ diagnosis: Diagnosis) -> [String] {
    var bare = diagnosis
    bare.hint = nil
    let lines = marked("✗", .fault, Painter.sanitised(bare.text))
    guard let hint = diagnosis.hint else { return lines }
    let label = "  \(hintLabel)"
    return lines
      + painter.paintCode(
        LineWrap.lines(Painter.sanitised(hint), width: measure, first: label, rest: "  "))
  }

  private func termColumn(of blocks: [WalkBlock]) -> Int {
    var widest = 0
    for case .entry(let term, _) in blocks {
      widest = max(widest, DisplayWidth.columns(of: term))
    }
    return min(widest, 28)
  }

  private func labelColumn(of blocks: [WalkBlock]) -> Int {
    var widest = 0
    for case .choice(_, let label, _, _, _) in blocks {
      widest = max(widest, DisplayWidth.columns(of: label))
    }
    return min(widest, 56)
  }
}
