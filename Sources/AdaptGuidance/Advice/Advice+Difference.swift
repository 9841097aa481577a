// What a changed answer changes in the advice.

extension Advice {
  /// How this advice differs from an earlier one.
  package func difference(from earlier: Advice) -> AdviceDifference {
    let before = Dictionary(
      earlier.rungs.map { ($0.id, $0.status) }, uniquingKeysWith: { first, _ in first })
    let moves = rungs.compactMap { rung -> AdviceDifference.Move? in
      guard let from = before[rung.id], from != rung.status else { return nil }
      return AdviceDifference.Move(rung: rung.id, from: from, to: rung.status)
    }
    let old = earlier.rules
    let new = rules
    return AdviceDifference(
      recommended: earlier.recommended == recommended
        ? nil : (from: earlier.recommended, to: recommended),
      method: earlier.method?.card == method?.card
        ? nil : (from: earlier.method?.card, to: method?.card),
      moves: moves, gained: new.filter { rule in !old.contains { $0.id == rule.id } },
      lost: old.filter { rule in !new.contains { $0.id == rule.id } })
  }
}
