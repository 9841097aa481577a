// The rule engine: from a profile to advice, deterministic, with no figure of its own.

/// Advises on a profile from the rules of a knowledge base.
///
/// Every rule whose condition holds, and that no rule of its `unless` silences, adds its weight to
/// the rungs it supports and takes it from those it opposes. The recommended rung is the one of the
/// highest score that is neither ruled out nor postponed; a tie goes to the simpler rung.
package struct Advisor: Sendable {
  package let knowledge: Knowledge
  let table: RuleTable
  private let tables: CostTables

  package init(_ knowledge: Knowledge) {
    self.knowledge = knowledge
    tables = CostTables(knowledge)
    table = RuleTable(knowledge, tables)
  }

  /// The whole advice for a profile.
  ///
  /// - Parameters:
  ///   - profile: the answers given.
  ///   - counterfactuals: whether to also compute which single answer would change it.
  /// - Returns: the advice.
  package func advise(_ profile: Profile, counterfactuals: Bool = true) -> Advice {
    let figures = Figures(profile, tables)
    let truths = table.truths(profile, figures)
    let held = table.held(truths)
    let fired = table.rules.indices.filter { held[$0] }.map { table.rules[$0] }
    let ladder = Ladder(table, held: held)
    let search = CounterfactualSearch(advisor: self, profile: profile, truths: truths)
    return Advice(
      profile: profile, rules: fired, rungs: ladder.rungs, recommended: ladder.recommended,
      runnerUp: ladder.runnerUp, method: ladder.method, confidence: confidence(ladder),
      counterfactuals: counterfactuals ? search.run() : [],
      costs: knowledge.formulas.compactMap(figures.line),
      steps: StepList(knowledge.flowchart, ladder, fired).steps,
      assumed: assumptions(fired, profile, figures))
  }

  /// The numbers of a profile.
  func figures(_ profile: Profile) -> Figures { Figures(profile, tables) }

  private func assumptions(
    _ fired: [Rule], _ profile: Profile, _ figures: Figures
  ) -> [String] {
    let assumed = fired.reduce(into: Set<String>()) {
      $0.formUnion($1.when.assumptions(in: profile, figures: figures))
    }
    return profile.questionnaire.ids.filter(assumed.contains)
  }

  private func confidence(_ ladder: Ladder) -> Confidence {
    let reasons = ladder.rungs.first { $0.id == ladder.recommended }?.reasons ?? []
    let weights = knowledge.flowchart.weights
    func sum(_ stance: FiredRule.Stance) -> Double {
      reasons.filter { $0.stance == stance }.reduce(0) { $0 + (weights[$1.rule.strength] ?? 0) }
    }
    let facts = Set(reasons.flatMap(\.rule.evidence)).sorted().compactMap(knowledge.fact)
    return Confidence(
      supporting: sum(.supports), opposing: sum(.opposes), margin: ladder.margin,
      unit: weights[.strong] ?? 1, checked: facts.filter(\.verified.isChecked).count,
      figures: facts.count)
  }
}

extension Confidence {
  /// The level from how the evidence agrees.
  ///
  /// High: nothing of weight against it, a lead of at least one strong rule, and most figures read
  /// by us. Low: no lead, or as much against it as for it.
  init(
    supporting: Double, opposing: Double, margin: Double, unit: Double, checked: Int, figures: Int
  ) {
    let level: Level
    if margin <= 0 || opposing >= supporting {
      level = .low
    } else if margin >= unit, opposing * 2 <= unit, checked * 2 >= figures, figures > 0 {
      level = .high
    } else {
      level = .moderate
    }
    self.init(
      level: level, supporting: supporting, opposing: opposing, margin: margin, checked: checked,
      figures: figures)
  }
}
