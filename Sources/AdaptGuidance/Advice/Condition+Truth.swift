// Evaluates conditions over a profile; a missing answer is neither yes nor no.

extension Condition {
  /// Whether the condition holds in a profile (Kleene's three values).
  package func truth(in profile: Profile) -> Truth {
    switch self {
    case .all(let parts):
      let truths = parts.map { $0.truth(in: profile) }
      if truths.contains(.no) { return .no }
      return truths.contains(.unknown) ? .unknown : .yes
    case .any(let parts):
      let truths = parts.map { $0.truth(in: profile) }
      if truths.contains(.yes) { return .yes }
      return truths.contains(.unknown) ? .unknown : .no
    case .not(let part):
      return part.truth(in: profile).negated
    case .oneOf(let question, let ids):
      return Truth(Self.contains(profile.known(question), ids))
    case .boolean(let question, let wanted):
      guard case .boolean(let value)? = profile.known(question) else { return .unknown }
      return value == wanted ? .yes : .no
    case .compare(let question, let comparison, let bound):
      guard let value = profile.number(question), let limit = bound.value(in: profile) else {
        return .unknown
      }
      return comparison.holds(value, limit) ? .yes : .no
    case .known(let question, let wanted):
      return (profile.known(question) != nil) == wanted ? .yes : .no
    }
  }

  private static func contains(_ answer: Answer?, _ ids: [String]) -> Bool? {
    switch answer {
    case .choice(let id): ids.contains(id)
    case .choices(let chosen): chosen.contains(where: ids.contains)
    default: nil
    }
  }

  /// The questions it reads, bounds included.
  package var questions: Set<String> {
    switch self {
    case .all(let parts), .any(let parts):
      return parts.reduce(into: []) { $0.formUnion($1.questions) }
    case .not(let part): return part.questions
    case .oneOf(let question, _), .boolean(let question, _), .known(let question, _):
      return [question]
    case .compare(let question, _, .constant): return [question]
    case .compare(let question, _, .share(_, let other)): return [question, other]
    }
  }

  /// Every comparison in it, for the thresholds that counterfactuals try.
  package var comparisons: [(question: String, comparison: Comparison, bound: Bound)] {
    switch self {
    case .all(let parts), .any(let parts): parts.flatMap(\.comparisons)
    case .not(let part): part.comparisons
    case .compare(let question, let comparison, let bound): [(question, comparison, bound)]
    case .oneOf, .boolean, .known: []
    }
  }
}

extension Condition.Comparison {
  func holds(_ value: Double, _ limit: Double) -> Bool {
    switch self {
    case .atLeast: value >= limit
    case .above: value > limit
    case .atMost: value <= limit
    case .below: value < limit
    case .equals: value == limit
    }
  }
}

extension Condition.Bound {
  /// The limit in a profile; a share of an unknown answer takes that question's default.
  func value(in profile: Profile) -> Double? {
    switch self {
    case .constant(let value): value
    case .share(let times, let question): profile.numberOrDefault(question).map { $0 * times }
    }
  }

  /// The question whose default stands in, when it does.
  func assumption(in profile: Profile) -> String? {
    guard case .share(_, let question) = self, profile.number(question) == nil else { return nil }
    return question
  }
}
