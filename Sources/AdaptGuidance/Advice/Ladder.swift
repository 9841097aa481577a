// Scores and places the rungs, and picks the method, from the rules that hold.

/// Where the rungs stand when certain rules hold; small, as counterfactuals make hundreds of them.
struct Placement {
  private(set) var scores: [Double]
  private(set) var isRuledOut: [Bool]
  private(set) var isPostponed: [Bool]
  private(set) var isSupported: [Bool]
  /// Positions of the rungs that are not ruled out, best first; the simpler one first on a tie.
  let ranked: [Int]
  /// Position of the recommended rung; nil only when there is no rung at all.
  let recommended: Int?
  /// Position of the rule that chooses the method; nil when nothing that trains is left.
  let choosing: Int?

  /// - Parameters:
  ///   - table: the rules.
  ///   - held: whether each rule holds, by position.
  init(_ table: RuleTable, held: [Bool]) {
    let count = table.rungs.count
    scores = table.rungs.map(\.base)
    isRuledOut = [Bool](repeating: false, count: count)
    isPostponed = isRuledOut
    isSupported = isRuledOut
    for (rule, holds) in held.enumerated() where holds {
      for effect in table.effects[rule] {
        switch effect.stance {
        case .supports:
          scores[effect.rung] += table.weights[rule]
          isSupported[effect.rung] = true
        case .opposes: scores[effect.rung] -= table.weights[rule]
        case .rulesOut: isRuledOut[effect.rung] = true
        case .postpones: isPostponed[effect.rung] = true
        case .chooses: break
        }
      }
    }
    let (scores, ruledOut, postponed) = (scores, isRuledOut, isPostponed)
    ranked = (0..<count).filter { !ruledOut[$0] }.sorted {
      scores[$0] == scores[$1] ? $0 < $1 : scores[$0] > scores[$1]
    }
    recommended = ranked.first { !postponed[$0] } ?? ranked.first ?? (count > 0 ? 0 : nil)
    choosing = Self.choosing(table, held, ruledOut)
  }

  /// The strongest rule that chooses a method, while a rung is left that leaves it to rules.
  private static func choosing(_ table: RuleTable, _ held: [Bool], _ ruledOut: [Bool]) -> Int? {
    let isOpen = table.rungs.indices.contains {
      table.rungs[$0].trains && table.rungs[$0].method == nil && !ruledOut[$0]
    }
    guard isOpen else { return nil }
    var best: Int?
    for rule in table.choosers where held[rule] {
      if best.map({ table.weights[rule] > table.weights[$0] }) ?? true { best = rule }
    }
    return best
  }
}

/// The ladder of one profile, with every rule that spoke about each rung.
struct Ladder {
  let rungs: [RungAdvice]
  let recommended: String
  let runnerUp: String?
  let method: MethodChoice?
  /// Score of the recommended rung above the best other that could be taken now.
  let margin: Double

  /// How many rungs are shown as next; the others of positive score come later.
  private static let nextRungs = 2

  init(_ table: RuleTable, held: [Bool]) {
    let placement = Placement(table, held: held)
    let others = placement.ranked.filter { $0 != placement.recommended }
    let hopeful = others.filter {
      placement.scores[$0] > 0 || placement.isSupported[$0] && placement.scores[$0] >= 0
    }
    let next = Set(hopeful.filter { $0 != 0 }.prefix(Self.nextRungs))
    rungs = table.rungs.indices.map { rung in
      RungAdvice(
        rung: table.rungs[rung], status: Self.status(rung, placement, next),
        score: placement.scores[rung], reasons: table.reasons(rung, held))
    }
    recommended = placement.recommended.map { table.rungs[$0].id } ?? ""
    runnerUp = (hopeful.first ?? others.first { placement.isSupported[$0] })
      .map { table.rungs[$0].id }
    let rival = others.first { !placement.isPostponed[$0] }.map { placement.scores[$0] } ?? 0
    margin = (placement.recommended.map { placement.scores[$0] } ?? 0) - rival
    method = Self.method(table, held, placement)
  }

  /// The recommended rung is now; so is the first one, as the baseline to measure.
  private static func status(
    _ rung: Int, _ placement: Placement, _ next: Set<Int>
  ) -> RungAdvice.Status {
    if rung == placement.recommended { return .now }
    if placement.isRuledOut[rung] { return .ruledOut }
    if rung == 0, !placement.isPostponed[rung] { return .now }
    return next.contains(rung) ? .next : .later
  }

  /// The method of the recommended rung where it fixes one, else the one that rules choose.
  private static func method(
    _ table: RuleTable, _ held: [Bool], _ placement: Placement
  ) -> MethodChoice? {
    guard let now = placement.recommended else { return nil }
    if let fixed = table.rungs[now].method {
      let reasons = table.reasons(now, held).filter { $0.stance == .supports }
      return MethodChoice(card: fixed, recipe: table.rungs[now].recipe, reasons: reasons)
    }
    guard let best = placement.choosing, let card = table.rules[best].effect.method else {
      return nil
    }
    let agreeing = table.choosers.filter { held[$0] && table.rules[$0].effect.method == card }
    return MethodChoice(
      card: card, recipe: table.rules[best].effect.recipe,
      reasons: agreeing.map { FiredRule(rule: table.rules[$0], stance: .chooses) })
  }
}
