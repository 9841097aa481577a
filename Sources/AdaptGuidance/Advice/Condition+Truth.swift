// Evaluates conditions over a profile; a missing answer is neither yes nor no.

extension Condition {
  /// Whether the condition holds in a profile (Kleene's three values).
  ///
  /// - Parameters:
  ///   - profile: the answers.
  ///   - figures: values of constants and formulas for that profile; without them a bound that
  ///     names a figure is unknown.
  /// - Returns: yes, no, or unknown where an answer it needs is missing.
  package func truth(in profile: Profile, figures: Figures? = nil) -> Truth {
    switch self {
    case .all(let parts):
      let truths = parts.map { $0.truth(in: profile, figures: figures) }
      if truths.contains(.no) { return .no }
      return truths.contains(.unknown) ? .unknown : .yes
    case .any(let parts):
      let truths = parts.map { $0.truth(in: profile, figures: figures) }
      if truths.contains(.yes) { return .yes }
      return truths.contains(.unknown) ? .unknown : .no
    case .not(let part):
      return part.truth(in: profile, figures: figures).negated
    case .assuming(let part):
      return part.truth(in: profile.withDefaults, figures: figures)
    case .oneOf(let question, let ids):
      return Truth(Self.contains(profile.known(question), ids))
    case .boolean(let question, let wanted):
      guard case .boolean(let value)? = profile.known(question) else { return .unknown }
      return value == wanted ? .yes : .no
    case .compare(let question, let comparison, let bound):
      guard let value = profile.number(question), let limit = bound.value(in: profile, figures)
      else { return .unknown }
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

  /// Every comparison in it, with whether defaults stand in for unanswered numbers there.
  package var comparisons: [(question: String, bound: Bound, assuming: Bool)] {
    comparisons(assuming: false)
  }

  private func comparisons(
    assuming: Bool
  ) -> [(question: String, bound: Bound, assuming: Bool)] {
    switch self {
    case .all(let parts), .any(let parts): parts.flatMap { $0.comparisons(assuming: assuming) }
    case .not(let part): part.comparisons(assuming: assuming)
    case .assuming(let part): part.comparisons(assuming: true)
    case .compare(let question, _, let bound): [(question, bound, assuming)]
    case .oneOf, .boolean, .known: []
    }
  }

  /// The unanswered questions whose defaults decided it.
  func assumptions(in profile: Profile, figures: Figures?) -> Set<String> {
    var assumed: Set<String> = []
    for (question, bound, assuming) in comparisons {
      if assuming, profile.number(question) == nil { assumed.insert(question) }
      guard profile.number(question) != nil || assuming else { continue }
      switch bound {
      case .constant: break
      case .share(_, let other): if profile.number(other) == nil { assumed.insert(other) }
      case .figure(let name): assumed.formUnion(figures?.assumptions(of: name) ?? [])
      }
    }
    return assumed
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
  func value(in profile: Profile, _ figures: Figures?) -> Double? {
    switch self {
    case .constant(let value): value
    case .share(let times, let question): profile.numberOrDefault(question).map { $0 * times }
    case .figure(let name): figures?.value(name)
    }
  }
}
