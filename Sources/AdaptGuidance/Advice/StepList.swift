// What to do, in order: what must come first, then the steps of the rung and of the rules behind it.

/// The steps of one advice, each once, in the order of the flowchart file.
struct StepList {
  let steps: [Step]

  init(_ chart: Flowchart, _ ladder: Ladder, _ fired: [Rule]) {
    let own = ladder.rungs.first { $0.id == ladder.recommended }?.rung.steps ?? []
    let ruledOut = Set(ladder.rungs.filter { $0.status == .ruledOut }.map(\.id))
    let asked = fired.map(\.effect)
      .filter { Self.concerns(ladder.recommended, $0, ruledOut) }.flatMap(\.steps)
    let wanted = Set(own + asked)
    let chosen = chart.steps.filter { wanted.contains($0.id) }
    let replaced = Set(chosen.flatMap(\.insteadOf))
    let all = chosen.filter { !replaced.contains($0.id) }
      .map { $0.naming(recipe: ladder.method?.recipe) }
    steps = all.filter(\.first) + all.filter { !$0.first }
  }

  /// Whether a rule's steps belong to a rung: those of a rule that speaks only for other rungs wait,
  /// and those of one that speaks only against rungs that are ruled out anyway are of no use.
  private static func concerns(
    _ rung: String, _ effect: Rule.Effect, _ ruledOut: Set<String>
  ) -> Bool {
    if !effect.ruleOut.isEmpty { return true }
    guard effect.support.isEmpty else { return effect.support.contains(rung) }
    let against = effect.oppose + effect.postpone
    return against.isEmpty || !ruledOut.isSuperset(of: against)
  }
}

extension Step {
  /// What stands in a command for the recipe that the advice names.
  private static let recipePlace = "{recipe}"

  /// The step with the recipe in its command; a command that needs one is dropped when there is none.
  fileprivate func naming(recipe: String?) -> Step {
    guard let command, command.contains(Self.recipePlace) else { return self }
    return Step(
      id: id, text: text, command: recipe.map { command.replacing(Self.recipePlace, with: $0) },
      first: first, insteadOf: insteadOf)
  }
}
