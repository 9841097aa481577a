// The rule engine: from a profile to advice, deterministic, with no figure of its own.

/// Advises on a profile from the rules of a knowledge base.
package struct Advisor: Sendable {
  package let knowledge: Knowledge

  package init(_ knowledge: Knowledge) {
    self.knowledge = knowledge
  }

  /// The whole advice for a profile, counterfactuals included.
  package func advise(_ profile: Profile) -> Advice {
    Advice(
      profile: profile, rungs: [], recommended: "", runnerUp: nil, method: nil,
      confidence: Confidence(
        level: .low, supporting: 0, opposing: 0, margin: 0, checked: 0, figures: 0),
      counterfactuals: [], costs: [], steps: [], assumed: [])
  }
}
