// Tests: what may stand behind `is`.
import AdaptSystem

extension TemplateRun {
  static let tests = [
    "boolean", "callable", "defined", "divisibleby", "eq", "equalto", "even", "false", "float",
    "ge", "greaterthan", "gt", "in", "integer", "iterable", "le", "lessthan", "lower", "lt",
    "mapping", "ne", "none", "number", "odd", "sameas", "sequence", "string", "true", "undefined",
    "upper",
  ]
  private static let otherTests: Set = ["escaped", "filter", "test"]
  private static let marks = [
    "eq": "==", "equalto": "==", "sameas": "==", "ne": "!=", "lt": "<", "lessthan": "<",
    "le": "<=", "gt": ">", "greaterthan": ">", "ge": ">=", "in": "in", "==": "==", "!=": "!=",
    "<": "<", "<=": "<=", ">": ">", ">=": ">=",
  ]

  func test(
    _ name: String, _ value: TemplateValue, _ call: TemplateCall
  ) throws(TemplateFault) -> Bool {
    if let mark = Self.marks[name] {
      guard call.positional.count == 1 else { throw fail("the test `\(name)` wants one value") }
      if name == "sameas" { guard isSameKind(value, call.positional[0]) else { return false } }
      return try compare(mark, value, call.positional[0])
    }
    if Self.otherTests.contains(name) { throw unsupported("the test `\(name)`") }
    guard Self.tests.contains(name) else {
      throw fail("no test is named `\(name)`. " + NearestName.hint(for: name, among: Self.tests))
    }
    switch name {
    case "odd", "even", "divisibleby": return try divides(name, value, call)
    case "lower", "upper":
      let text = try text(of: value)
      try spend(text.utf8.count)
      let cased = text.unicodeScalars.filter(\.properties.isCased)
      return !cased.isEmpty
        && text.sameText(name == "lower" ? text.lowercased() : text.uppercased())
    default: return isOf(name, value)
    }
  }

  private func isSameKind(_ a: TemplateValue, _ b: TemplateValue) -> Bool {
    switch (a, b) {
    case (.boolean, .boolean), (.integer, .integer), (.float, .float), (.string, .string),
      (.none, .none), (.undefined, .undefined), (.namespace, .namespace):
      true
    default: false
    }
  }

  private func divides(
    _ name: String, _ value: TemplateValue, _ call: TemplateCall
  ) throws(TemplateFault) -> Bool {
    let divisor = name == "divisibleby" ? call.positional.first : .integer(2)
    guard let number = integer(value), let divisor = divisor.flatMap({ integer($0) }) else {
      throw fail("the test `\(name)` wants whole numbers")
    }
    guard divisor != 0 else { throw fail("division by zero") }
    let isMultiple = divisor == -1 || number % divisor == 0
    return name == "odd" ? !isMultiple : isMultiple
  }

  /// Tests of what kind a value is.
  private func isOf(_ name: String, _ value: TemplateValue) -> Bool {
    switch (name, value) {
    case ("undefined", .undefined), ("none", .none), ("boolean", .boolean),
      ("integer", .integer), ("float", .float), ("string", .string), ("mapping", .dictionary),
      ("true", .boolean(true)), ("false", .boolean(false)), ("callable", .function),
      ("callable", .macro), ("callable", .undefined):
      return true
    case ("defined", .undefined): return false
    case ("defined", _): return true
    case ("number", .integer), ("number", .float), ("number", .boolean): return true
    case ("iterable", .loop): return true
    case ("sequence", .string), ("sequence", .list), ("sequence", .tuple),
      ("sequence", .dictionary), ("sequence", .undefined), ("iterable", .string),
      ("iterable", .list), ("iterable", .tuple), ("iterable", .dictionary),
      ("iterable", .undefined):
      return true
    default: return false
    }
  }
}
