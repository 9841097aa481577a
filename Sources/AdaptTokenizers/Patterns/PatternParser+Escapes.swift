// What stands behind a `\` in a regular expression, outside and inside of brackets.

extension PatternParser {
  /// The part written with a `\`, which is already read.
  mutating func escape() throws(PatternReason) -> PatternTree {
    guard let scalar = peek else { throw PatternReason("a `\\` at the end") }
    switch scalar {
    case "A": return taken(.behind(.all, isWanted: false))
    case "z": return taken(.ahead(.set(.all), isWanted: false))
    case "Z":
      let lastLine = PatternTree.sequence([
        .repeated(.set(.newline), low: 0, high: 1, isLazy: false),
        .ahead(.set(.all), isWanted: false),
      ])
      return taken(.ahead(lastLine, isWanted: true))
    case "b": return taken(Self.boundary(isWanted: true))
    case "B": return taken(Self.boundary(isWanted: false))
    case "1"..."9", "k", "g":
      throw PatternReason("a reference to a group, which is not supported")
    case "G", "K", "R", "X", "O", "N", "y", "Y":
      throw PatternReason("`\\\(scalar)`, which is not supported")
    default: return .set(try escapedSet())
    }
  }

  private mutating func taken(_ tree: PatternTree) -> PatternTree {
    position += 1
    return tree
  }

  private static func boundary(isWanted: Bool) -> PatternTree {
    .choice([
      .sequence([
        .behind(.word, isWanted: true), .ahead(.set(.word), isWanted: !isWanted),
      ]),
      .sequence([
        .behind(.word, isWanted: false), .ahead(.set(.word), isWanted: isWanted),
      ]),
    ])
  }

  /// The set written with a `\`, which is already read.
  mutating func escapedSet() throws(PatternReason) -> ScalarSet {
    guard let scalar = peek else { throw PatternReason("a `\\` at the end") }
    position += 1
    switch scalar {
    case "d": return .digit
    case "D": return .inverted(.digit)
    case "s": return .space
    case "S": return .inverted(.space)
    case "w": return .word
    case "W": return .inverted(.word)
    case "h": return .hexDigit
    case "H": return .inverted(.hexDigit)
    case "p": return try property(isInverted: false)
    case "P": return try property(isInverted: true)
    case "a"..."z", "A"..."Z", "0"..."9": return literal(try escapedScalar(scalar))
    default: return literal(scalar.value)
    }
  }

  /// The scalar named by a letter or digit behind a `\`.
  private mutating func escapedScalar(_ scalar: Unicode.Scalar) throws(PatternReason) -> UInt32 {
    switch scalar {
    case "n": return 10
    case "r": return 13
    case "t": return 9
    case "f": return 12
    case "v": return 11
    case "a": return 7
    case "e": return 27
    case "0": return 0
    case "u": return try hexadecimal(exactly: 4)
    case "x":
      guard take("{") else { return try hexadecimal(exactly: 2) }
      let value = try hexadecimal(atMost: 8)
      guard take("}") else { throw PatternReason("`\\x{` without an end") }
      return value
    default: throw PatternReason("`\\\(scalar)`, which is not supported")
    }
  }

  private mutating func hexadecimal(
    exactly: Int? = nil, atMost: Int = 8
  ) throws(PatternReason) -> UInt32 {
    var (value, digits) = (UInt32(0), 0)
    while digits < exactly ?? atMost, let scalar = peek,
      let digit = Character(scalar).hexDigitValue, scalar.isASCII
    {
      value = value << 4 | UInt32(digit)
      digits += 1
      position += 1
      guard value <= 0x10FFFF else { throw PatternReason("a number beyond Unicode") }
    }
    guard digits > 0, exactly == nil || digits == exactly else {
      throw PatternReason("too few hexadecimal digits")
    }
    return value
  }

  /// `{Name}` or `{^Name}` behind `\p`.
  private mutating func property(isInverted: Bool) throws(PatternReason) -> ScalarSet {
    guard take("{") else { throw PatternReason("`\\p` without `{`") }
    let isInverted = take("^") ? !isInverted : isInverted
    var name = ""
    while let scalar = peek, scalar != "}", name.utf8.count < 64 {
      name.unicodeScalars.append(scalar)
      position += 1
    }
    guard take("}") else { throw PatternReason("`\\p{` without an end") }
    let set = try namedSet(name)
    return isInverted ? .inverted(set) : set
  }

  /// The set of a property's name; `[:name:]` takes the same names.
  func namedSet(_ name: String) throws(PatternReason) -> ScalarSet {
    guard let set = ScalarSet.named(name) else {
      throw PatternReason("the unknown property `\(name)`", known: ScalarSet.knownNames)
    }
    guard options.ignoresCase else { return set }
    switch ScalarSet.plainName(name) {
    case "lu", "ll", "lt", "uppercaseletter", "lowercaseletter", "titlecaseletter", "upper",
      "lower", "uppercase", "lowercase":
      throw PatternReason("`\(name)` where case does not count, which is not supported")
    default: return set
    }
  }
}
