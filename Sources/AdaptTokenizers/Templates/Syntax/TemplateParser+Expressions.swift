// Parses expressions, in Jinja's order of precedence.

extension TemplateParser {
  private typealias Kind = TemplateExpression.Kind

  /// An expression over others; `depth` is that of the deepest of them.
  private func make(
    _ kind: TemplateExpression.Kind, at offset: Int, over depth: Int = 0
  ) throws(TemplateFault) -> TemplateExpression {
    guard depth < Self.nestingLimit else {
      throw .limit(
        source.place(offset), what: "an expression is too long or nested too deeply",
        limit: Self.nestingLimit)
    }
    return TemplateExpression(at: offset, depth: depth + 1, kind: kind)
  }

  /// One expression, or several with commas as a tuple.
  mutating func tuple(withChoice: Bool = true) throws(TemplateFault) -> TemplateExpression {
    let at = current.at
    let first = try withChoice ? expression() : either()
    guard isMark(",") else { return first }
    var items = [first]
    while skip(mark: ",") {
      if endsTuple { break }
      items.append(try withChoice ? expression() : either())
    }
    return try make(.tuple(items), at: at, over: items.lazy.map(\.depth).max() ?? 0)
  }

  private var endsTuple: Bool {
    switch current.kind {
    case .outputEnd, .blockEnd, .end: true
    case .mark(let mark): mark == ")"
    default: false
    }
  }

  /// Any expression, with `… if … else …`.
  mutating func expression() throws(TemplateFault) -> TemplateExpression {
    try nested { (parser) throws(TemplateFault) in
      var value = try parser.either()
      while parser.isName("if") {
        let at = parser.current.at
        parser.advance()
        let condition = try parser.either()
        let otherwise = parser.skip(name: "else") ? try parser.expression() : nil
        value = try parser.make(
          .choice(condition: condition, then: value, otherwise: otherwise), at: at,
          over: max(value.depth, condition.depth, otherwise?.depth ?? 0))
      }
      return value
    }
  }

  mutating func either() throws(TemplateFault) -> TemplateExpression {
    var left = try both()
    while isName("or") {
      let at = current.at
      advance()
      let right = try both()
      left = try make(.either(left, right), at: at, over: max(left.depth, right.depth))
    }
    return left
  }

  private mutating func both() throws(TemplateFault) -> TemplateExpression {
    var left = try negation()
    while isName("and") {
      let at = current.at
      advance()
      let right = try negation()
      left = try make(.both(left, right), at: at, over: max(left.depth, right.depth))
    }
    return left
  }

  private mutating func negation() throws(TemplateFault) -> TemplateExpression {
    let at = current.at
    guard skip(name: "not") else { return try comparison() }
    let value = try nested { (parser) throws(TemplateFault) in try parser.negation() }
    return try make(.not(value), at: at, over: value.depth)
  }

  private mutating func comparison() throws(TemplateFault) -> TemplateExpression {
    let at = current.at
    let left = try sum()
    var rest: [(mark: String, TemplateExpression)] = []
    while let mark = comparisonMark() { rest.append((mark, try sum())) }
    guard !rest.isEmpty else { return left }
    return try make(
      .comparison(left, rest), at: at, over: max(left.depth, rest.lazy.map(\.1.depth).max() ?? 0))
  }

  private mutating func comparisonMark() -> String? {
    if case .mark(let mark) = current.kind, ["==", "!=", "<", "<=", ">", ">="].contains(mark) {
      advance()
      return mark
    }
    if skip(name: "in") { return "in" }
    guard isName("not"), position + 1 < tokens.count, tokens[position + 1].kind == .name("in")
    else { return nil }
    position += 2
    return "not in"
  }

  private mutating func sum() throws(TemplateFault) -> TemplateExpression {
    var left = try concatenation()
    while case .mark(let mark) = current.kind, mark == "+" || mark == "-" {
      let at = current.at
      advance()
      let right = try concatenation()
      left = try make(.arithmetic(mark, left, right), at: at, over: max(left.depth, right.depth))
    }
    return left
  }

  private mutating func concatenation() throws(TemplateFault) -> TemplateExpression {
    let at = current.at
    var parts = [try product()]
    while skip(mark: "~") { parts.append(try product()) }
    if parts.count == 1 { return parts[0] }
    return try make(.concatenation(parts), at: at, over: parts.lazy.map(\.depth).max() ?? 0)
  }

  private mutating func product() throws(TemplateFault) -> TemplateExpression {
    var left = try power()
    while case .mark(let mark) = current.kind, ["*", "/", "//", "%"].contains(mark) {
      let at = current.at
      advance()
      let right = try power()
      left = try make(.arithmetic(mark, left, right), at: at, over: max(left.depth, right.depth))
    }
    return left
  }

  private mutating func power() throws(TemplateFault) -> TemplateExpression {
    var left = try unary()
    while isMark("**") {
      let at = current.at
      advance()
      let right = try unary()
      left = try make(.arithmetic("**", left, right), at: at, over: max(left.depth, right.depth))
    }
    return left
  }

  private mutating func unary(withFilters: Bool = true) throws(TemplateFault) -> TemplateExpression
  {
    let at = current.at
    var value: TemplateExpression
    if isMark("-") || isMark("+") {
      let isNegative = isMark("-")
      advance()
      let operand = try nested { (parser) throws(TemplateFault) in
        try parser.unary(withFilters: false)
      }
      value = try make(.sign(isNegative: isNegative, operand), at: at, over: operand.depth)
    } else {
      value = try primary()
    }
    value = try postfixed(value)
    return withFilters ? try filtered(value) : value
  }

  private mutating func filtered(
    _ start: TemplateExpression
  ) throws(TemplateFault) -> TemplateExpression {
    var value = start
    while true {
      let at = current.at
      if skip(mark: "|") {
        value = try filter(of: value)
      } else if skip(name: "is") {
        value = try test(of: value, at: at)
      } else if isMark("(") {
        let arguments = try arguments()
        value = try make(.call(value, arguments), at: at, over: max(value.depth, arguments.depth))
      } else {
        return value
      }
    }
  }

  /// A filter by its name and arguments; `|` has been passed.
  mutating func filter(of value: TemplateExpression?) throws(TemplateFault) -> TemplateExpression {
    let at = current.at
    let name = try dottedName("the name of a filter")
    let arguments = isMark("(") ? try arguments() : TemplateArguments()
    return try make(
      .filter(value, name, arguments), at: at, over: max(value?.depth ?? 0, arguments.depth))
  }

  private mutating func dottedName(_ wanted: String) throws(TemplateFault) -> String {
    var name = try expectName(wanted)
    while skip(mark: ".") { name += "." + (try expectName("a name")) }
    return name
  }

  private mutating func test(
    of value: TemplateExpression, at offset: Int
  ) throws(TemplateFault) -> TemplateExpression {
    let isNegated = skip(name: "not")
    let name = try dottedName("the name of a test")
    var found = TemplateArguments()
    if isMark("(") {
      found = try arguments()
    } else if startsArgument {
      let argument = try postfixed(try primary())
      found.positional = [argument]
    }
    return try make(
      .test(value, name, found, isNegated: isNegated), at: offset,
      over: max(value.depth, found.depth))
  }

  private var startsArgument: Bool {
    switch current.kind {
    case .name(let name):
      !["else", "or", "and", "if", "is", "in", "not", "recursive"].contains(name)
    case .string, .integer, .float: true
    case .mark(let mark): mark == "[" || mark == "{"
    default: false
    }
  }

  private mutating func postfixed(
    _ start: TemplateExpression
  ) throws(TemplateFault) -> TemplateExpression {
    var value = start
    while true {
      let at = current.at
      if skip(mark: ".") {
        if case .integer(let index) = current.kind {
          advance()
          let item = try make(.literal(.integer(index)), at: at)
          value = try make(.item(value, item), at: at, over: value.depth)
        } else {
          value = try make(.attribute(value, try expectName("a name")), at: at, over: value.depth)
        }
      } else if skip(mark: "[") {
        value = try subscripted(value, at: at)
      } else if isMark("(") {
        let arguments = try arguments()
        value = try make(.call(value, arguments), at: at, over: max(value.depth, arguments.depth))
      } else {
        return value
      }
    }
  }

  private mutating func subscripted(
    _ value: TemplateExpression, at offset: Int
  ) throws(TemplateFault) -> TemplateExpression {
    var bounds: [TemplateExpression?] = []
    while true {
      let isEmpty = isMark(":") || isMark("]")
      bounds.append(isEmpty ? nil : try expression())
      guard skip(mark: ":") else { break }
    }
    if isMark(",") { throw source.unsupported(current.at, "several indices in one bracket") }
    try expect(mark: "]")
    let depth = max(value.depth, bounds.lazy.map { $0?.depth ?? 0 }.max() ?? 0)
    switch bounds.count {
    case 1:
      guard let index = bounds[0] else { throw source.syntax(offset, "the brackets are empty") }
      return try make(.item(value, index), at: offset, over: depth)
    case 2, 3:
      return try make(
        .slice(value, from: bounds[0], to: bounds[1], step: bounds.count == 3 ? bounds[2] : nil),
        at: offset, over: depth)
    default: throw source.syntax(offset, "a slice has at most three parts")
    }
  }

  private mutating func arguments() throws(TemplateFault) -> TemplateArguments {
    var found = TemplateArguments()
    try expect(mark: "(")
    while !isMark(")") {
      let at = current.at
      if isMark("*") || isMark("**") {
        throw source.unsupported(at, "arguments unpacked with `*`")
      }
      if case .name(let name) = current.kind, tokens[position + 1].kind == .mark("=") {
        position += 2
        found.named.append((name, try expression()))
      } else if found.named.isEmpty {
        found.positional.append(try expression())
      } else {
        throw source.syntax(at, "an argument without a name behind one with a name")
      }
      guard skip(mark: ",") else { break }
    }
    try expect(mark: ")")
    return found
  }

  // MARK: Primaries

  private mutating func primary() throws(TemplateFault) -> TemplateExpression {
    let at = current.at
    switch current.kind {
    case .name(let name):
      advance()
      return try make(Self.constant(name).map { .literal($0) } ?? .name(name), at: at)
    case .integer(let value):
      advance()
      return try make(.literal(.integer(value)), at: at)
    case .float(let value):
      advance()
      return try make(.literal(.float(value)), at: at)
    case .string:
      var text = ""
      while case .string(let part) = current.kind {
        text += part
        advance()
      }
      return try make(.literal(.string(text)), at: at)
    case .mark("("): return try bracketed(at: at)
    case .mark("["): return try list(at: at)
    case .mark("{"): return try dictionary(at: at)
    default: throw unexpected("an expression")
    }
  }

  private static func constant(_ name: String) -> TemplateValue? {
    switch name {
    case "true", "True": .boolean(true)
    case "false", "False": .boolean(false)
    case "none", "None": TemplateValue.none
    default: nil
    }
  }

  private mutating func bracketed(at offset: Int) throws(TemplateFault) -> TemplateExpression {
    advance()
    if skip(mark: ")") { return try make(.tuple([]), at: offset) }
    let value = try nested { (parser) throws(TemplateFault) in try parser.tuple() }
    try expect(mark: ")")
    return value
  }

  private mutating func list(at offset: Int) throws(TemplateFault) -> TemplateExpression {
    advance()
    var items: [TemplateExpression] = []
    while !isMark("]") {
      items.append(try expression())
      guard skip(mark: ",") else { break }
    }
    try expect(mark: "]")
    return try make(.list(items), at: offset, over: items.lazy.map(\.depth).max() ?? 0)
  }

  private mutating func dictionary(at offset: Int) throws(TemplateFault) -> TemplateExpression {
    advance()
    var entries: [(key: TemplateExpression, value: TemplateExpression)] = []
    while !isMark("}") {
      let key = try expression()
      try expect(mark: ":")
      entries.append((key, try expression()))
      guard skip(mark: ",") else { break }
    }
    try expect(mark: "}")
    let depth = entries.lazy.map { max($0.key.depth, $0.value.depth) }.max() ?? 0
    return try make(.dictionary(entries), at: offset, over: depth)
  }
}
