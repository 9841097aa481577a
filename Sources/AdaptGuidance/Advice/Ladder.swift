// Scores and places the rungs, and picks the method, from the rules that fired.

/// The ladder of one profile.
struct Ladder {
  let rungs: [RungAdvice]
  let recommended: String
  let runnerUp: String?
  let method: MethodChoice?
  /// Score of the recommended rung above the best other that could be taken now.
  let margin: Double

  init(_ chart: Flowchart, _ fired: [Rule]) {
    let scored = chart.rungs.map { Scored($0, fired, chart.weights) }
    let ranked = Self.ranked(scored.filter { !$0.isRuledOut })
    let now = ranked.first { !$0.isPostponed } ?? ranked.first ?? scored.first
    let others = ranked.filter { $0.rung.id != now?.rung.id }
    recommended = now?.rung.id ?? ""
    let hopeful = others.filter { $0.score > 0 || $0.isSupported && $0.score >= 0 }
    runnerUp = (hopeful.first ?? others.first { $0.isSupported })?.rung.id
    margin = (now?.score ?? 0) - (others.first { !$0.isPostponed }?.score ?? 0)
    let next = Set(hopeful.prefix(Self.nextRungs).map(\.rung.id))
    let baseline = chart.rungs.first?.id
    rungs = scored.map { item in
      let id = item.rung.id
      let status: RungAdvice.Status =
        if item.isRuledOut && id != now?.rung.id { .ruledOut } else if id == now?.rung.id {
          .now
        } else if id == baseline, !item.isPostponed { .now } else if next.contains(id) {
          .next
        } else { .later }
      return RungAdvice(
        rung: item.rung, status: status, score: item.score, reasons: item.reasons)
    }
    method = Self.method(rungs, recommended, fired, chart.weights)
  }

  /// How many rungs are shown as next; the others of positive score come later.
  private static let nextRungs = 2

  /// Highest score first; the simpler rung first on a tie.
  private static func ranked(_ scored: [Scored]) -> [Scored] {
    scored.enumerated().sorted { a, b in
      a.element.score == b.element.score
        ? a.offset < b.offset : a.element.score > b.element.score
    }.map(\.element)
  }

  /// The method of the recommended rung where it fixes one, else the one that rules choose; nil when
  /// no rung that trains is left.
  private static func method(
    _ rungs: [RungAdvice], _ recommended: String, _ fired: [Rule], _ weights: [Strength: Double]
  ) -> MethodChoice? {
    guard let now = rungs.first(where: { $0.id == recommended }) else { return nil }
    if let fixed = now.rung.method {
      let reasons = now.reasons.filter { $0.stance == .supports }
      return MethodChoice(card: fixed, recipe: now.rung.recipe, reasons: reasons)
    }
    let open = rungs.filter { $0.rung.trains && $0.rung.method == nil && $0.status != .ruledOut }
    guard !open.isEmpty else { return nil }
    let choosing = fired.filter { $0.effect.method != nil }
    guard let best = choosing.max(by: { weights[$0.strength] ?? 0 < weights[$1.strength] ?? 0 }),
      let card = best.effect.method
    else { return nil }
    let agreeing = choosing.filter { $0.effect.method == card }
    return MethodChoice(
      card: card, recipe: best.effect.recipe,
      reasons: agreeing.map { FiredRule(rule: $0, stance: .chooses) })
  }
}

/// One rung with what the rules said about it.
private struct Scored {
  let rung: Rung
  let reasons: [FiredRule]
  let score: Double

  init(_ rung: Rung, _ fired: [Rule], _ weights: [Strength: Double]) {
    self.rung = rung
    var reasons: [FiredRule] = []
    var score = rung.base
    for rule in fired {
      let weight = weights[rule.strength] ?? 0
      if rule.effect.support.contains(rung.id) {
        reasons.append(FiredRule(rule: rule, stance: .supports))
        score += weight
      }
      if rule.effect.oppose.contains(rung.id) {
        reasons.append(FiredRule(rule: rule, stance: .opposes))
        score -= weight
      }
      if rule.effect.ruleOut.contains(rung.id) {
        reasons.append(FiredRule(rule: rule, stance: .rulesOut))
      }
      if rule.effect.postpone.contains(rung.id) {
        reasons.append(FiredRule(rule: rule, stance: .postpones))
      }
    }
    self.reasons = reasons
    self.score = score
  }

  var isRuledOut: Bool { reasons.contains { $0.stance == .rulesOut } }
  var isSupported: Bool { reasons.contains { $0.stance == .supports } }
  var isPostponed: Bool { reasons.contains { $0.stance == .postpones } }
}
