// Conditions of rules and questions, as data, evaluated over a profile in three-valued logic.

/// Whether a condition holds; `unknown` where an answer it needs is missing.
package enum Truth: Sendable, Equatable {
  case yes
  case no
  case unknown

  init(_ value: Bool?) {
    switch value {
    case true?: self = .yes
    case false?: self = .no
    case nil: self = .unknown
    }
  }

  var negated: Truth {
    switch self {
    case .yes: .no
    case .no: .yes
    case .unknown: .unknown
    }
  }
}

/// A condition over the answers.
package indirect enum Condition: Sendable, Equatable {
  case all([Condition])
  case any([Condition])
  case not(Condition)
  /// The answer to `question` is one of these options (or includes one, for several choices).
  case oneOf(question: String, [String])
  case boolean(question: String, Bool)
  case compare(question: String, Comparison, Bound)
  /// Whether the question has a known answer at all.
  case known(question: String, Bool)
  /// The condition with the default of every unanswered number standing in.
  case assuming(Condition)

  package enum Comparison: String, Sendable, CaseIterable {
    case atLeast = "at_least"
    case above
    case atMost = "at_most"
    case below
    case equals
  }

  /// What a number is compared with: a constant, or a share of another answer.
  ///
  /// Where that other answer is not known its default stands in, and the advice says so.
  package enum Bound: Sendable, Equatable {
    case constant(Double)
    /// `times` × the answer to `question`.
    case share(times: Double, question: String)
    /// The value of a formula or constant of the cost tables.
    case figure(String)
  }
}
