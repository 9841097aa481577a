// Parses the statements of a template; TemplateParser+Expressions parses what stands in them.

struct TemplateParser {
  /// How deep statements and brackets may stand inside of one another, and how deep an expression may be.
  static let nestingLimit = 64

  let source: TemplateSource
  let tokens: [TemplateToken]
  var position = 0
  private var nesting = 0
  private var loops = 0

  init(_ source: TemplateSource) throws(TemplateFault) {
    self.source = source
    tokens = try TemplateLexer.tokens(of: source)
  }

  static func statements(of source: TemplateSource) throws(TemplateFault) -> [TemplateStatement] {
    var parser = try TemplateParser(source)
    return try parser.body(until: [], opening: "", at: 0).body
  }

  // MARK: Tokens

  var current: TemplateToken { tokens[min(position, tokens.count - 1)] }

  mutating func advance() { position += 1 }

  func isMark(_ mark: String) -> Bool { current.kind == .mark(mark) }

  func isName(_ name: String) -> Bool { current.kind == .name(name) }

  mutating func skip(mark: String) -> Bool {
    guard isMark(mark) else { return false }
    advance()
    return true
  }

  mutating func skip(name: String) -> Bool {
    guard isName(name) else { return false }
    advance()
    return true
  }

  func unexpected(_ wanted: String) -> TemplateFault {
    source.syntax(current.at, "wanted \(wanted), got \(current.words)")
  }

  mutating func expect(mark: String) throws(TemplateFault) {
    guard skip(mark: mark) else { throw unexpected("`\(mark)`") }
  }

  mutating func expect(_ kind: TemplateToken.Kind, _ wanted: String) throws(TemplateFault) {
    guard current.kind == kind else { throw unexpected(wanted) }
    advance()
  }

  mutating func expectName(_ wanted: String) throws(TemplateFault) -> String {
    guard case .name(let name) = current.kind else { throw unexpected(wanted) }
    advance()
    return name
  }

  /// Runs `body` one level deeper.
  mutating func nested<Result>(
    _ body: (inout TemplateParser) throws(TemplateFault) -> Result
  ) throws(TemplateFault) -> Result {
    guard nesting < Self.nestingLimit else {
      throw .limit(
        source.place(current.at), what: "it is nested too deeply", limit: Self.nestingLimit)
    }
    nesting += 1
    defer { nesting -= 1 }
    return try body(&self)
  }

  // MARK: Statements

  /// The statements up to a tag named in `ends`, whose name is passed; up to the end of the template without one.
  mutating func body(
    until ends: [String], opening: String, at start: Int
  ) throws(TemplateFault) -> (body: [TemplateStatement], end: String) {
    try nested { (parser) throws(TemplateFault) in
      var statements: [TemplateStatement] = []
      while true {
        let at = parser.current.at
        switch parser.current.kind {
        case .data(let text):
          parser.advance()
          statements.append(TemplateStatement(at: at, kind: .text(text)))
        case .outputBegin:
          parser.advance()
          let value = try parser.tuple()
          try parser.expect(.outputEnd, "`}}`")
          statements.append(TemplateStatement(at: at, kind: .output(value)))
        case .blockBegin:
          parser.advance()
          let name = try parser.expectName("the name of a tag")
          if ends.contains(name) { return (statements, name) }
          statements.append(try parser.statement(name, at: at))
        default:
          if ends.isEmpty { return (statements, "") }
          throw parser.source.syntax(start, "the `\(opening)` that opens here is never closed")
        }
      }
    }
  }

  /// The body behind the head of a tag, with the end of both tags.
  private mutating func block(
    _ name: String, at start: Int
  ) throws(TemplateFault) -> [TemplateStatement] {
    try expect(.blockEnd, "`%}`")
    let body = try body(until: ["end" + name], opening: name, at: start).body
    try expect(.blockEnd, "`%}`")
    return body
  }

  private static let refused: Set = [
    "block", "extends", "include", "import", "from", "call", "with", "autoescape", "do", "trans",
    "debug", "print",
  ]

  private static let known = [
    "for", "if", "set", "macro", "generation", "filter", "raw", "break", "continue",
  ]

  private mutating func statement(
    _ name: String, at start: Int
  ) throws(TemplateFault) -> TemplateStatement {
    let kind: TemplateStatement.Kind
    switch name {
    case "if": kind = try choice(at: start)
    case "for": kind = try loop(at: start)
    case "set": kind = try set(at: start)
    case "macro": kind = try macro(at: start)
    case "generation": kind = .generation(try block(name, at: start))
    case "filter":
      let filters = try filters()
      kind = .filtered(filters, body: try block(name, at: start))
    case "break", "continue":
      guard loops > 0 else { throw source.syntax(start, "`\(name)` stands outside of a loop") }
      try expect(.blockEnd, "`%}`")
      kind = name == "break" ? .breakLoop : .continueLoop
    case _ where Self.refused.contains(name):
      throw source.unsupported(start, "the statement `\(name)`")
    default:
      throw source.syntax(
        start, "unknown tag `\(name)`; known: " + Self.known.joined(separator: ", "))
    }
    return TemplateStatement(at: start, kind: kind)
  }

  private mutating func choice(at start: Int) throws(TemplateFault) -> TemplateStatement.Kind {
    var branches: [(condition: TemplateExpression, body: [TemplateStatement])] = []
    var otherwise: [TemplateStatement] = []
    var end = "elif"
    while end == "elif" {
      let condition = try tuple(withChoice: false)
      try expect(.blockEnd, "`%}`")
      let part = try body(until: ["elif", "else", "endif"], opening: "if", at: start)
      branches.append((condition, part.body))
      end = part.end
    }
    if end == "else" {
      try expect(.blockEnd, "`%}`")
      otherwise = try body(until: ["endif"], opening: "if", at: start).body
    }
    try expect(.blockEnd, "`%}`")
    return .choice(branches, otherwise: otherwise)
  }

  private mutating func loop(at start: Int) throws(TemplateFault) -> TemplateStatement.Kind {
    let target = try target(allowsEntry: false)
    guard skip(name: "in") else { throw unexpected("`in`") }
    let items = try tuple(withChoice: false)
    let condition = skip(name: "if") ? try expression() : nil
    if isName("recursive") {
      throw source.unsupported(current.at, "a recursive loop (`recursive`)")
    }
    try expect(.blockEnd, "`%}`")
    loops += 1
    let part = try body(until: ["else", "endfor"], opening: "for", at: start)
    loops -= 1
    var otherwise: [TemplateStatement] = []
    if part.end == "else" {
      try expect(.blockEnd, "`%}`")
      otherwise = try body(until: ["endfor"], opening: "for", at: start).body
    }
    try expect(.blockEnd, "`%}`")
    return .loop(
      TemplateLoop(
        target: target, items: items, condition: condition, body: part.body, otherwise: otherwise))
  }

  private mutating func target(allowsEntry: Bool) throws(TemplateFault) -> TemplateTarget {
    let start = current.at
    let bracketed = skip(mark: "(")
    let first = try assignable()
    if allowsEntry, !bracketed, skip(mark: ".") {
      return .entry(of: first, try expectName("a name"))
    }
    guard isMark(",") || bracketed else { return .name(first) }
    var names = [first]
    while skip(mark: ",") {
      if isMark(")") || isMark("=") || isName("in") { break }
      names.append(try assignable())
    }
    if bracketed { try expect(mark: ")") }
    if isMark(",") || names.count > 100 {
      throw source.unsupported(start, "names to assign in nested brackets")
    }
    return .names(names)
  }

  private mutating func assignable() throws(TemplateFault) -> String {
    let at = current.at
    if isMark("(") { throw source.unsupported(at, "names to assign in nested brackets") }
    let name = try expectName("a name to assign")
    guard !["true", "false", "none", "True", "False", "None"].contains(name) else {
      throw source.syntax(at, "`\(name)` cannot be assigned")
    }
    return name
  }

  private mutating func set(at start: Int) throws(TemplateFault) -> TemplateStatement.Kind {
    let target = try target(allowsEntry: true)
    if skip(mark: "=") {
      let value = try tuple()
      try expect(.blockEnd, "`%}`")
      return .set(target, value)
    }
    let filters = skip(mark: "|") ? try filters() : []
    return .setBlock(target, filters: filters, body: try block("set", at: start))
  }

  /// Filters of a block: names with their arguments, joined by `|`.
  private mutating func filters() throws(TemplateFault) -> [TemplateExpression] {
    var filters: [TemplateExpression] = []
    repeat { filters.append(try filter(of: nil)) } while skip(mark: "|")
    return filters
  }

  private mutating func macro(at start: Int) throws(TemplateFault) -> TemplateStatement.Kind {
    let name = try assignable()
    var parameters: [(name: String, fallback: TemplateExpression?)] = []
    try expect(mark: "(")
    while !isMark(")") {
      let at = current.at
      let parameter = try assignable()
      let fallback = skip(mark: "=") ? try expression() : nil
      if fallback == nil, parameters.last?.fallback != nil {
        throw source.syntax(at, "a parameter without a default behind one that has a default")
      }
      parameters.append((parameter, fallback))
      guard skip(mark: ",") else { break }
    }
    try expect(mark: ")")
    let around = loops
    loops = 0
    defer { loops = around }
    return .macro(
      TemplateMacro(name: name, parameters: parameters, body: try block("macro", at: start)))
  }
}
