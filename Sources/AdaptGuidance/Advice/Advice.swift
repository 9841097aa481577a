// What the advisor says about one profile, as values that every report renders.

/// The advice for one profile.
package struct Advice: Sendable, Equatable {
  package let profile: Profile
  /// Every rule that holds, in the order of the files.
  package let rules: [Rule]
  /// The whole ladder, from the simplest rung to the dearest.
  package let rungs: [RungAdvice]
  /// The id of the rung to take next.
  package let recommended: String
  /// The best rung after it that is not ruled out; nil when there is none.
  package let runnerUp: String?
  /// The method to train with; nil where the advice trains nothing now or next.
  package let method: MethodChoice?
  package let confidence: Confidence
  /// What single answer would change the advice, smallest changes first; empty unless asked for.
  package let counterfactuals: [Counterfactual]
  package let costs: [CostLine]
  /// What to do, in order.
  package let steps: [Step]
  /// Answers that were not given and whose defaults a fired rule or a cost used.
  package let assumed: [String]

  package func rung(_ id: String) -> RungAdvice? { rungs.first { $0.id == id } }
  /// The ids of every rule that holds.
  package var firedRules: [String] { rules.map(\.id) }
}

/// One rung of the ladder, with its place and every rule that spoke about it.
package struct RungAdvice: Sendable, Equatable {
  package enum Status: String, Sendable, CaseIterable {
    case now
    case next
    case later
    case ruledOut = "ruled-out"
  }

  package let rung: Rung
  package let status: Status
  package let score: Double
  package let reasons: [FiredRule]

  package var id: String { rung.id }
}

/// A rule that fired, and what it said about one rung.
package struct FiredRule: Sendable, Equatable {
  package enum Stance: String, Sendable, CaseIterable {
    case supports
    case opposes
    case rulesOut = "rules-out"
    case postpones
    case chooses
  }

  package let rule: Rule
  package let stance: Stance
}

/// The concrete method and recipe.
package struct MethodChoice: Sendable, Equatable {
  /// The id of the method's card.
  package let card: String
  package let recipe: String?
  /// The rules that chose it.
  package let reasons: [FiredRule]
}

/// How far the evidence behind the recommended rung agrees.
package struct Confidence: Sendable, Equatable {
  package enum Level: String, Sendable, CaseIterable {
    case high
    case moderate
    case low
  }

  package let level: Level
  /// Summed weights of fired rules for the recommended rung.
  package let supporting: Double
  /// Summed weights of fired rules against it.
  package let opposing: Double
  /// Score of the recommended rung above that of the runner-up.
  package let margin: Double
  /// Figures behind the fired rules that we read ourselves, and all of them.
  package let checked: Int
  package let figures: Int
}

/// A single answer that would change the advice.
package struct Counterfactual: Sendable, Equatable {
  package let question: String
  /// The answer as a user would type it; nil: not answered yet.
  package let from: String?
  package let to: String
  package let recommended: String
  package let method: String?
}

/// One computed cost with its formula.
package struct CostLine: Sendable, Equatable {
  package let formula: Formula
  package let value: Double
  /// The numbers that went in, in the order of the formula; `assumed` where a default stood in.
  package let inputs: [Input]

  package struct Input: Sendable, Equatable {
    package let name: String
    package let value: Double
    package let assumed: Bool
  }
}

/// How two pieces of advice differ.
package struct AdviceDifference: Sendable, Equatable {
  package struct Move: Sendable, Equatable {
    package let rung: String
    package let from: RungAdvice.Status
    package let to: RungAdvice.Status
  }

  package let recommended: (from: String, to: String)?
  package let method: (from: String?, to: String?)?
  package let moves: [Move]
  package let gained: [Rule]
  package let lost: [Rule]

  package var isEmpty: Bool {
    recommended == nil && method == nil && moves.isEmpty && gained.isEmpty && lost.isEmpty
  }

  package static func == (a: AdviceDifference, b: AdviceDifference) -> Bool {
    a.moves == b.moves && a.gained == b.gained && a.lost == b.lost
      && a.recommended?.from == b.recommended?.from && a.recommended?.to == b.recommended?.to
      && a.method?.from == b.method?.from && a.method?.to == b.method?.to
  }
}
