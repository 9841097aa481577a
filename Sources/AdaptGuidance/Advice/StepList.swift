// What to do, in order: what must come first, what the rules ask for, then the rung's own steps.

/// The steps of one advice, each once.
struct StepList {
  let steps: [Step]

  init(_ chart: Flowchart, _ ladder: Ladder, _ fired: [Rule]) {
    let asked = fired.flatMap(\.effect.steps)
    let own = ladder.rungs.first { $0.id == ladder.recommended }?.rung.steps ?? []
    var seen: Set<String> = []
    let all = (asked + own).filter { seen.insert($0).inserted }.compactMap(chart.step)
    steps = all.filter(\.first) + all.filter { !$0.first }
  }
}
