// The numbers of one profile: answers or their defaults, constants, and formulas over them.

/// Looks up and computes numbers by name for one profile.
package struct Figures: Sendable {
  private let profile: Profile
  private let constants: [String: Double]
  private let formulas: [String: Formula]

  /// - Parameters:
  ///   - profile: the answers; the default of a question stands in where there is none.
  ///   - tables: the constants and formulas by id.
  init(_ profile: Profile, _ tables: CostTables) {
    self.profile = profile
    constants = tables.constants
    formulas = tables.formulas
  }

  /// The value of an answer, constant or formula; nil when it cannot be computed.
  package func value(_ name: String) -> Double? { value(name, depth: 0) }

  /// Formulas may only use earlier ones, so the depth bounds nothing but a fault of ours.
  private func value(_ name: String, depth: Int) -> Double? {
    guard depth < 50 else { return nil }
    if let constant = constants[name] { return constant }
    if let formula = formulas[name] {
      return formula.expression.value { value($0, depth: depth + 1) }
    }
    return profile.numberOrDefault(name)
  }

  /// The unanswered questions whose defaults went into it.
  func assumptions(of name: String) -> Set<String> {
    if constants[name] != nil { return [] }
    if let formula = formulas[name] {
      return formula.expression.names.reduce(into: []) { $0.formUnion(assumptions(of: $1)) }
    }
    return profile.number(name) == nil && profile.questionnaire[name] != nil ? [name] : []
  }

  /// One line of the cost table, or nil when a number it needs was not given.
  func line(_ formula: Formula) -> CostLine? {
    guard formula.needs.allSatisfy({ profile.known($0) != nil }),
      let value = value(formula.id)
    else { return nil }
    let inputs = formula.expression.names.compactMap { name in
      self.value(name).map {
        CostLine.Input(name: name, value: $0, assumed: !assumptions(of: name).isEmpty)
      }
    }
    return CostLine(formula: formula, value: value, inputs: inputs)
  }
}

/// Constants and formulas by id.
struct CostTables: Sendable {
  let constants: [String: Double]
  let formulas: [String: Formula]

  init(_ knowledge: Knowledge) {
    constants = Dictionary(
      knowledge.constants.map { ($0.id, $0.value) }, uniquingKeysWith: { first, _ in first })
    formulas = Dictionary(
      knowledge.formulas.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The questions that a figure depends on: its names that are neither constants nor formulas.
  func questions(behind name: String) -> Set<String> {
    if constants[name] != nil { return [] }
    guard let formula = formulas[name] else { return [name] }
    return formula.expression.names.reduce(into: []) { $0.formUnion(questions(behind: $1)) }
  }
}
