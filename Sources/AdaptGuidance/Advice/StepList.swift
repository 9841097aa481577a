// What to do, in order: what must come first, what the rules ask for, then the rung's own steps.

/// The steps of one advice, each once.
struct StepList {
  let steps: [Step]

  init(_ chart: Flowchart, _ ladder: Ladder, _ fired: [Rule]) {
    let asked = fired.flatMap(\.effect.steps)
    let own = ladder.rungs.first { $0.id == ladder.recommended }?.rung.steps ?? []
    var seen: Set<String> = []
    let all = (asked + own).filter { seen.insert($0).inserted }.compactMap(chart.step)
      .map { $0.naming(recipe: ladder.method?.recipe) }
    steps = all.filter(\.first) + all.filter { !$0.first }
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
      first: first)
  }
}
