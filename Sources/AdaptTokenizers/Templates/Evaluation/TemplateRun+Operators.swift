// Arithmetic and comparison, by Python's rules on integers that fit 64 bits.
import Foundation

extension TemplateRun {
  private enum Number {
    case integer(Int)
    case float(Double)

    var double: Double {
      switch self {
      case .integer(let value): Double(value)
      case .float(let value): value
      }
    }
  }

  private func number(_ value: TemplateValue) -> Number? {
    if case .float(let value) = value { return .float(value) }
    return integer(value).map { .integer($0) }
  }

  func double(_ value: TemplateValue) -> Double? { number(value)?.double }

  func signed(_ value: TemplateValue, isNegative: Bool) throws(TemplateFault) -> TemplateValue {
    switch number(value) {
    case .integer(let number):
      guard isNegative else { return .integer(number) }
      let (result, overflows) = (0).subtractingReportingOverflow(number)
      guard !overflows else { throw fail("the number is too large") }
      return .integer(result)
    case .float(let number): return .float(isNegative ? -number : number)
    case nil: throw fail("\(value.kind) has no sign")
    }
  }

  func arithmetic(
    _ mark: String, _ left: TemplateValue, _ right: TemplateValue
  ) throws(TemplateFault) -> TemplateValue {
    for case .undefined(let words) in [left, right] { throw fail(words) }
    if let a = number(left), let b = number(right) { return try numeric(mark, a, b) }
    switch (mark, left, right) {
    case ("+", .string(let a), .string(let b)):
      try spend(a.utf8.count + b.utf8.count)
      return .string(a + b)
    case ("+", .list(let a), .list(let b)):
      try spend((a.items.count + b.items.count) * 16)
      return .list(TemplateList(a.items + b.items))
    case ("+", .tuple(let a), .tuple(let b)):
      try spend((a.items.count + b.items.count) * 16)
      return .tuple(TemplateList(a.items + b.items))
    case ("*", _, _): return try repeated(left, right)
    case ("%", .string, _): throw unsupported("text formatted with `%`")
    default: throw mismatch(mark, left, right)
    }
  }

  private func mismatch(
    _ mark: String, _ left: TemplateValue, _ right: TemplateValue
  ) -> TemplateFault {
    fail("`\(mark)` does not take \(left.kind) and \(right.kind)")
  }

  private func repeated(
    _ left: TemplateValue, _ right: TemplateValue
  ) throws(TemplateFault) -> TemplateValue {
    let (value, times) = integer(left) == nil ? (left, integer(right)) : (right, integer(left))
    guard let times else { throw mismatch("*", left, right) }
    // Nothing repeated is nothing, however often.
    let count = value.isTrue ? max(0, times) : 0
    switch value {
    case .string(let text):
      try spend(product(text.utf8.count, count))
      return .string(String(repeating: text, count: count))
    case .list(let list):
      try spend(product(list.items.count, product(count, 16)))
      return .list(TemplateList((0..<count).flatMap { _ in list.items }))
    default: throw mismatch("*", left, right)
    }
  }

  /// The product, or a number no run may spend.
  private func product(_ a: Int, _ b: Int) -> Int {
    let (result, overflows) = a.multipliedReportingOverflow(by: b)
    return overflows ? Int.max / 2 : min(result, Int.max / 2)
  }

  private func numeric(
    _ mark: String, _ left: Number, _ right: Number
  ) throws(TemplateFault) -> TemplateValue {
    if case .integer(let a) = left, case .integer(let b) = right, mark != "/" {
      if mark == "**", b < 0 { return .float(pow(Double(a), Double(b))) }
      return .integer(try whole(mark, a, b))
    }
    let (a, b) = (left.double, right.double)
    switch mark {
    case "+": return .float(a + b)
    case "-": return .float(a - b)
    case "*": return .float(a * b)
    case "**": return .float(pow(a, b))
    case _ where b == 0: throw fail("division by zero")
    case "/": return .float(a / b)
    case "//": return .float((a / b).rounded(.down))
    default:
      let rest = a.truncatingRemainder(dividingBy: b)
      return .float(rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest)
    }
  }

  private func whole(_ mark: String, _ a: Int, _ b: Int) throws(TemplateFault) -> Int {
    let (result, overflows): (Int, Bool)
    switch mark {
    case "+": (result, overflows) = a.addingReportingOverflow(b)
    case "-": (result, overflows) = a.subtractingReportingOverflow(b)
    case "*": (result, overflows) = a.multipliedReportingOverflow(by: b)
    case "**": (result, overflows) = power(a, b)
    case _ where b == 0: throw fail("division by zero")
    case "//":
      let (quotient, overflow) = a.dividedReportingOverflow(by: b)
      let isInexact = !overflow && a % b != 0 && (a < 0) != (b < 0)
      (result, overflows) = (isInexact ? quotient - 1 : quotient, overflow)
    default:
      let rest = b == -1 ? 0 : a % b
      (result, overflows) = (rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest, false)
    }
    guard !overflows else { throw fail("the number is too large") }
    return result
  }

  private func power(_ base: Int, _ exponent: Int) -> (Int, Bool) {
    if base == 0 || base == 1 || exponent == 0 { return (exponent == 0 ? 1 : base, false) }
    if base == -1 { return (exponent % 2 == 0 ? 1 : -1, false) }
    guard exponent < 64 else { return (0, true) }
    var result = 1
    for _ in 0..<exponent {
      let (next, overflows) = result.multipliedReportingOverflow(by: base)
      if overflows { return (0, true) }
      result = next
    }
    return (result, false)
  }

  // MARK: Comparison

  func equal(_ left: TemplateValue, _ right: TemplateValue) throws(TemplateFault) -> Bool {
    try spend()
    if let a = number(left), let b = number(right) {
      if case .integer(let a) = a, case .integer(let b) = b { return a == b }
      return a.double == b.double
    }
    switch (left, right) {
    case (.undefined, .undefined), (.none, .none): return true
    case (.string(let a), .string(let b)):
      try spend(min(a.utf8.count, b.utf8.count))
      return a.sameText(b)
    case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)):
      guard a.items.count == b.items.count else { return false }
      for (x, y) in zip(a.items, b.items) where !(try equal(x, y)) { return false }
      return true
    case (.dictionary(let a), .dictionary(let b)):
      guard a.keys.count == b.keys.count else { return false }
      for (key, value) in a.entries {
        guard let other = b[key], try equal(value, other) else { return false }
      }
      return true
    case (.namespace(let a), .namespace(let b)), (.macro(let a), .macro(let b)),
      (.loop(let a), .loop(let b)):
      return a == b
    case (.function(let a), .function(let b)): return a == b
    default: return false
    }
  }

  func precedes(
    _ left: TemplateValue, _ right: TemplateValue, orEquals: Bool = false
  ) throws(TemplateFault) -> Bool {
    for case .undefined(let words) in [left, right] { throw fail(words) }
    if let a = number(left), let b = number(right) {
      if case .integer(let a) = a, case .integer(let b) = b { return orEquals ? a <= b : a < b }
      return orEquals ? a.double <= b.double : a.double < b.double
    }
    switch (left, right) {
    case (.string(let a), .string(let b)):
      try spend(min(a.utf8.count, b.utf8.count))
      return orEquals ? !b.precedes(a) : a.precedes(b)
    case (.list(let a), .list(let b)), (.tuple(let a), .tuple(let b)):
      for (x, y) in zip(a.items, b.items) where !(try equal(x, y)) { return try precedes(x, y) }
      return orEquals ? a.items.count <= b.items.count : a.items.count < b.items.count
    default: throw fail("\(left.kind) and \(right.kind) have no order")
    }
  }

  /// Whether `element` is in `whole`.
  func contains(
    _ whole: TemplateValue, _ element: TemplateValue
  ) throws(TemplateFault) -> Bool {
    switch whole {
    case .string(let text):
      guard case .string(let part) = element else {
        if case .undefined(let words) = element { throw fail(words) }
        throw fail("\(element.kind) cannot be in a string")
      }
      try spend(text.utf8.count)
      return PythonText.find(Array(part.utf8), in: Array(text.utf8)) != nil
    case .dictionary(let dictionary):
      return TemplateKey(element).map { dictionary[$0] != nil } ?? false
    case .undefined: return false
    case .list(let list), .tuple(let list):
      for item in list.items where try equal(item, element) { return true }
      return false
    default: throw fail("nothing can be in \(whole.kind)")
    }
  }
}
