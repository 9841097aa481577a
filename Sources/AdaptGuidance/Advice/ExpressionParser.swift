// Parses the arithmetic of formulas.

/// What is wrong with a formula.
struct ExpressionFault: Error, Equatable {
  let problem: String
}

/// A recursive-descent parser: sums of products of numbers, names, parentheses and calls.
struct ExpressionParser {
  private var tokens: ArraySlice<String>
  private var depth = 0
  private static let maximumDepth = 50

  static func parse(_ text: String) throws(ExpressionFault) -> Expression {
    var parser = ExpressionParser(tokens: try tokenise(text)[...])
    let expression = try parser.sum()
    if let rest = parser.tokens.first {
      throw ExpressionFault(problem: "unexpected `\(rest)`")
    }
    return expression
  }

  private static func tokenise(_ text: String) throws(ExpressionFault) -> [String] {
    var tokens: [String] = []
    var word = ""
    for character in text {
      if character.isASCII, character.isLetter || character.isNumber || "._".contains(character) {
        word.append(character)
        continue
      }
      if !word.isEmpty { tokens.append(word) }
      word = ""
      if "+-*/(),".contains(character) {
        tokens.append(String(character))
      } else if !character.isWhitespace {
        throw ExpressionFault(problem: "unknown character `\(character)`")
      }
    }
    return word.isEmpty ? tokens : tokens + [word]
  }

  private mutating func sum() throws(ExpressionFault) -> Expression {
    var left = try product()
    while let sign = sign(["+", "-"]) { left = .binary(sign, left, try product()) }
    return left
  }

  private mutating func product() throws(ExpressionFault) -> Expression {
    var left = try factor()
    while let sign = sign(["*", "/"]) { left = .binary(sign, left, try factor()) }
    return left
  }

  private mutating func sign(_ signs: [String]) -> Expression.Operator? {
    guard let token = tokens.first, signs.contains(token) else { return nil }
    tokens.removeFirst()
    return Expression.Operator(rawValue: Character(token))
  }

  private mutating func factor() throws(ExpressionFault) -> Expression {
    guard let token = tokens.popFirst() else {
      throw ExpressionFault(problem: "it ends too early")
    }
    depth += 1
    defer { depth -= 1 }
    guard depth < Self.maximumDepth else { throw ExpressionFault(problem: "nested too deep") }
    if token == "(" {
      let inner = try sum()
      try expect(")")
      return inner
    }
    if let function = Expression.Function(rawValue: token) { return try call(function) }
    if let number = Double(token) { return .number(number) }
    guard token.first?.isLetter == true else {
      throw ExpressionFault(problem: "unexpected `\(token)`")
    }
    return .name(token)
  }

  private mutating func call(_ function: Expression.Function) throws(ExpressionFault) -> Expression
  {
    try expect("(")
    var arguments = [try sum()]
    while arguments.count < function.arity {
      try expect(",")
      arguments.append(try sum())
    }
    try expect(")")
    return .call(function, arguments)
  }

  private mutating func expect(_ wanted: String) throws(ExpressionFault) {
    guard tokens.first == wanted else {
      throw ExpressionFault(
        problem: "wanted `\(wanted)`, got `\(tokens.first ?? "the end")`")
    }
    tokens.removeFirst()
  }
}
