// Expressions of a template.

/// Arguments with their values.
struct TemplateCall {
  var positional: [TemplateValue] = []
  var named: [(name: String, value: TemplateValue)] = []

  subscript(name: String) -> TemplateValue? {
    named.first { $0.name == name }?.value
  }

  /// The argument at `index`, or of that name.
  func value(_ index: Int, _ name: String) -> TemplateValue? {
    index < positional.count ? positional[index] : self[name]
  }

  var isEmpty: Bool { positional.isEmpty && named.isEmpty }
}

extension TemplateRun {
  func evaluate(_ expression: TemplateExpression) throws(TemplateFault) -> TemplateValue {
    try nested(at: expression.at) { () throws(TemplateFault) in
      try checked(try value(of: expression))
    }
  }

  func evaluate(_ arguments: TemplateArguments) throws(TemplateFault) -> TemplateCall {
    var call = TemplateCall()
    for argument in arguments.positional { call.positional.append(try evaluate(argument)) }
    for (name, argument) in arguments.named { call.named.append((name, try evaluate(argument))) }
    return call
  }

  private func value(of expression: TemplateExpression) throws(TemplateFault) -> TemplateValue {
    switch expression.kind {
    case .literal(let value): return value
    case .name(let name): return lookUp(name)
    case .list(let items): return .list(TemplateList(try values(items)))
    case .tuple(let items): return .tuple(TemplateList(try values(items)))
    case .dictionary(let entries): return try dictionary(entries)
    case .not(let operand): return .boolean(!(try evaluate(operand).isTrue))
    case .both(let left, let right):
      let first = try evaluate(left)
      return first.isTrue ? try evaluate(right) : first
    case .either(let left, let right):
      let first = try evaluate(left)
      return first.isTrue ? first : try evaluate(right)
    case .choice(let condition, let then, let otherwise):
      if try evaluate(condition).isTrue { return try evaluate(then) }
      guard let otherwise else { return .undefined("an `if` without `else` chose nothing") }
      return try evaluate(otherwise)
    default: return try operation(expression)
    }
  }

  private func operation(_ expression: TemplateExpression) throws(TemplateFault) -> TemplateValue {
    switch expression.kind {
    case .sign(let isNegative, let operand):
      let value = try evaluate(operand)
      at = expression.at
      return try signed(value, isNegative: isNegative)
    case .arithmetic(let mark, let left, let right):
      var (a, b) = (try evaluate(left), try evaluate(right))
      at = expression.at
      if mark == "+", left.isMarkup != right.isMarkup {
        if left.isMarkup { b = try escapedText(b) } else { a = try escapedText(a) }
      }
      return try arithmetic(mark, a, b)
    case .concatenation(let parts):
      var joined = ""
      for part in parts {
        let value = try evaluate(part)
        at = part.at
        joined += try text(of: value)
        try spend(joined.utf8.count)
      }
      return .string(joined)
    case .comparison(let first, let rest): return .boolean(try comparison(first, rest))
    case .test(let operand, let name, let arguments, let isNegated):
      let value = try evaluate(operand)
      let call = try evaluate(arguments)
      at = expression.at
      return .boolean(try test(name, value, call) != isNegated)
    case .filter(let operand, let name, let arguments):
      guard let operand else { throw fail("the filter `\(name)` has no value") }
      let value = try evaluate(operand)
      let call = try evaluate(arguments)
      at = expression.at
      return try apply(filter: name, to: value, call)
    default: return try access(expression)
    }
  }

  private func access(_ expression: TemplateExpression) throws(TemplateFault) -> TemplateValue {
    switch expression.kind {
    case .attribute(let operand, let name):
      let value = try evaluate(operand)
      at = expression.at
      return try attribute(name, of: value)
    case .item(let operand, let index):
      let (value, key) = (try evaluate(operand), try evaluate(index))
      at = expression.at
      return try item(key, of: value)
    case .slice(let operand, let from, let to, let step):
      let value = try evaluate(operand)
      var bounds: [TemplateValue] = []
      for bound in [from, to, step] {
        bounds.append(try bound.map { (part) throws(TemplateFault) in try evaluate(part) } ?? .none)
      }
      at = expression.at
      return try slice(value, from: bounds[0], to: bounds[1], step: bounds[2])
    case .call(let callee, let arguments): return try call(callee, arguments, at: expression.at)
    default: throw fail("an expression that is none")
    }
  }

  private func values(
    _ expressions: [TemplateExpression]
  ) throws(TemplateFault) -> [TemplateValue] {
    var values: [TemplateValue] = []
    for expression in expressions { values.append(try evaluate(expression)) }
    return values
  }

  private func dictionary(
    _ entries: [(key: TemplateExpression, value: TemplateExpression)]
  ) throws(TemplateFault) -> TemplateValue {
    var dictionary = TemplateDictionary()
    for entry in entries {
      let key = try evaluate(entry.key)
      let value = try evaluate(entry.value)
      at = entry.key.at
      dictionary[try self.key(key)] = value
    }
    return .dictionary(dictionary)
  }

  func key(_ value: TemplateValue) throws(TemplateFault) -> TemplateKey {
    guard let key = TemplateKey(value) else {
      throw unsupported("\(value.kind) as the key of a mapping")
    }
    return key
  }

  private func lookUp(_ name: String) -> TemplateValue {
    if let value = scope[name] { return value }
    if Self.functions.contains(name) || Self.refusedFunctions.contains(name) {
      return .function(name)
    }
    return .undefined("`\(name)` is undefined")
  }

  private func comparison(
    _ first: TemplateExpression, _ rest: [(mark: String, TemplateExpression)]
  ) throws(TemplateFault) -> Bool {
    var left = try evaluate(first)
    for (mark, expression) in rest {
      let right = try evaluate(expression)
      at = expression.at
      guard try compare(mark, left, right) else { return false }
      left = right
    }
    return true
  }

  func compare(
    _ mark: String, _ left: TemplateValue, _ right: TemplateValue
  ) throws(TemplateFault) -> Bool {
    switch mark {
    case "==": try equal(left, right)
    case "!=": !(try equal(left, right))
    case "<": try precedes(left, right)
    case ">": try precedes(right, left)
    case "<=": try precedes(left, right, orEquals: true)
    case ">=": try precedes(right, left, orEquals: true)
    case "in": try contains(right, left)
    default: !(try contains(right, left))
    }
  }

  // MARK: Calls

  private func call(
    _ callee: TemplateExpression, _ arguments: TemplateArguments, at offset: Int
  ) throws(TemplateFault) -> TemplateValue {
    if case .attribute(let operand, let name) = callee.kind {
      let owner = try evaluate(operand)
      let call = try evaluate(arguments)
      at = callee.at
      if let result = try method(name, of: owner, call) { return result }
      return try self.call(try attribute(name, of: owner), call)
    }
    let function = try evaluate(callee)
    let call = try evaluate(arguments)
    at = offset
    return try self.call(function, call)
  }

  private func call(
    _ function: TemplateValue, _ arguments: TemplateCall
  ) throws(TemplateFault) -> TemplateValue {
    switch function {
    case .macro(let number): try call(macro: number, arguments)
    case .function(let name): try call(function: name, arguments)
    case .undefined(let words): throw fail(words + ", so it cannot be called")
    default: throw fail("\(function.kind) cannot be called")
    }
  }
}

extension TemplateRun {
  /// Text added to text that is marked as safe is escaped, as Python's `Markup` does.
  fileprivate func escapedText(_ value: TemplateValue) throws(TemplateFault) -> TemplateValue {
    guard case .string(let text) = value else { return value }
    return .string(try escaped(text))
  }
}

extension TemplateExpression {
  /// Whether it is text marked as safe, as far as the expression itself shows.
  fileprivate var isMarkup: Bool {
    switch kind {
    case .filter(_, let name, _): name == "safe" || name == "escape" || name == "e"
    case .arithmetic("+", let left, let right): left.isMarkup || right.isMarkup
    default: false
    }
  }
}
