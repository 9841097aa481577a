// The order in which rules are tried: a rule after every rule that may silence it.

/// Orders rules by their `unless`.
enum RuleOrder {
  /// The rules, each after the ones in its `unless`; otherwise as written.
  static func sorted(_ rules: [Rule]) -> [Rule] {
    let byID = Dictionary(rules.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    var done: Set<String> = []
    var order: [Rule] = []
    func visit(_ rule: Rule) {
      guard done.insert(rule.id).inserted else { return }
      for id in rule.unless { byID[id].map(visit) }
      order.append(rule)
    }
    rules.forEach(visit)
    return order
  }

  /// A rule whose `unless` leads back to itself, or nil.
  static func firstInCycle(_ rules: [Rule]) -> Rule? {
    let byID = Dictionary(rules.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    return rules.first { start in
      var reached: Set<String> = []
      var open = start.unless
      while let id = open.popLast() {
        if id == start.id { return true }
        if reached.insert(id).inserted { open += byID[id]?.unless ?? [] }
      }
      return false
    }
  }
}
