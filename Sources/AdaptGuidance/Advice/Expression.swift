// A small language of arithmetic, so that the formulas of costs are data and can be shown.

/// An arithmetic expression over named numbers: `+ - * /`, parentheses, and the functions.
package indirect enum Expression: Sendable, Equatable {
  case number(Double)
  case name(String)
  case binary(Operator, Expression, Expression)
  case call(Function, [Expression])

  package enum Operator: Character, Sendable {
    case plus = "+"
    case minus = "-"
    case times = "*"
    case over = "/"
  }

  package enum Function: String, Sendable, CaseIterable {
    case min
    case max
    /// `at_least(x, limit, then, otherwise)`
    case atLeast = "at_least"

    var arity: Int { self == .atLeast ? 4 : 2 }

    /// The value over `arity` arguments.
    func callAsFunction(_ arguments: [Double]) -> Double? {
      guard arguments.count == arity else { return nil }
      return switch self {
      case .min: Swift.min(arguments[0], arguments[1])
      case .max: Swift.max(arguments[0], arguments[1])
      case .atLeast: arguments[0] >= arguments[1] ? arguments[2] : arguments[3]
      }
    }
  }

  /// The names in it, each once, in the order written.
  package var names: [String] {
    var seen: Set<String> = []
    return allNames.filter { seen.insert($0).inserted }
  }

  private var allNames: [String] {
    switch self {
    case .number: []
    case .name(let name): [name]
    case .binary(_, let a, let b): a.allNames + b.allNames
    case .call(_, let arguments): arguments.flatMap(\.allNames)
    }
  }

  /// Its value, or nil when a name has none or the result is not finite (division by zero).
  package func value(_ values: (String) -> Double?) -> Double? {
    let result: Double?
    switch self {
    case .number(let number): result = number
    case .name(let name): result = values(name)
    case .binary(let sign, let a, let b):
      guard let a = a.value(values), let b = b.value(values) else { return nil }
      switch sign {
      case .plus: result = a + b
      case .minus: result = a - b
      case .times: result = a * b
      case .over: result = a / b
      }
    case .call(let function, let arguments):
      let known = arguments.compactMap { $0.value(values) }
      result = known.count == arguments.count ? function(known) : nil
    }
    return result.flatMap { $0.isFinite ? $0 : nil }
  }
}
