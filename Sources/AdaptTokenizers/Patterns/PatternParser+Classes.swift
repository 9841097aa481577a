// Bracketed classes of a regular expression: ranges, escapes, classes inside, intersections.

extension PatternParser {
  /// What stands between brackets, the opening one already read.
  mutating func characterClass() throws(PatternReason) -> ScalarSet {
    try deeper()
    defer { depth -= 1 }
    let isInverted = take("^")
    var sides: [ScalarSet] = []
    var parts: [ScalarSet] = []
    var isFirst = true
    while let scalar = peek, isFirst && text.count > position + 1 || scalar != "]" {
      if take("&&") {
        sides.append(.union(parts))
        parts = []
      } else {
        parts.append(try member())
      }
      isFirst = false
    }
    guard take("]") else { throw PatternReason("a class without an end") }
    sides.append(.union(parts))
    let set = sides.count == 1 ? sides[0] : .intersection(sides)
    return isInverted ? .inverted(set) : set
  }

  /// One member: a class inside, an escape, a scalar or a range.
  private mutating func member() throws(PatternReason) -> ScalarSet {
    if take("[:") {
      let isInverted = take("^")
      var name = ""
      while let scalar = peek, scalar != ":", name.utf8.count < 64 {
        name.unicodeScalars.append(scalar)
        position += 1
      }
      guard take(":]") else { throw PatternReason("`[:` without an end") }
      let set = try namedSet(name)
      return isInverted ? .inverted(set) : set
    }
    if take("[") { return try characterClass() }
    let (first, low) = try end()
    guard let start = low, isRange() else { return first }
    position += 1
    guard let last = try end().scalar, start <= last else {
      throw PatternReason("a range out of order")
    }
    let range = ScalarSet.ranges([start...last])
    return options.ignoresCase ? try ScalarCases.variants(of: start...last) : range
  }

  /// One end of a range: a scalar, or an escape that stands for a set and is no end.
  private mutating func end() throws(PatternReason) -> (set: ScalarSet, scalar: UInt32?) {
    guard let scalar = peek else { throw PatternReason("a class without an end") }
    position += 1
    guard scalar == "\\" else { return (literal(scalar.value), scalar.value) }
    let isSet = peek.map { Self.setEscapes.contains($0) } ?? false
    let set = try escapedSet()
    guard !isSet, case .ranges(let ranges) = set else { return (set, nil) }
    return (set, ranges.first?.lowerBound)
  }

  private static let setEscapes = "dDsSwWhHpP".unicodeScalars

  /// Whether a `-` follows, and behind it what can end a range.
  private func isRange() -> Bool {
    guard position + 1 < text.count, text[position] == "-" else { return false }
    let next = text[position + 1]
    guard next == "\\", position + 2 < text.count else { return next != "]" && next != "[" }
    return !Self.setEscapes.contains(text[position + 2])
  }
}
