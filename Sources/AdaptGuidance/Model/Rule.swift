// A rule of the advisor, as knowledge/rules states it.

/// How far the evidence behind a rule agrees.
package enum Strength: String, Sendable, CaseIterable {
  case strong
  case moderate
  case weak
}

/// One rule: when it holds, what it advises, why, and on what evidence.
package struct Rule: Sendable, Equatable {
  /// What a rule says about the ladder.
  package struct Effect: Sendable, Equatable {
    /// Rungs it speaks for.
    package let support: [String]
    /// Rungs it speaks against.
    package let oppose: [String]
    /// Rungs that cannot be taken.
    package let ruleOut: [String]
    /// Rungs that must wait for a step: never "now" while this rule holds.
    package let postpone: [String]
    /// The card of the method to use where the advice trains.
    package let method: String?
    /// The recipe of that method.
    package let recipe: String?
    /// Steps to do before or with the recommended rung.
    package let steps: [String]
  }

  package let id: String
  package let title: Bilingual
  package let when: Condition
  /// Rules that silence this one when they hold.
  package let unless: [String]
  package let effect: Effect
  package let because: Bilingual
  package let strength: Strength
  /// References to figures, `file.figure`, or to whole evidence files.
  package let evidence: [String]
  /// Which file it stands in, for `adapt facts`.
  package let file: String
}
