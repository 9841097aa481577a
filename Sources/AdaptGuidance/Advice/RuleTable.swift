// The rules prepared for evaluation: positions instead of ids, and which answers each rule reads.

/// Rules by position, with everything that does not depend on a profile worked out once.
struct RuleTable: Sendable {
  /// What a rule says about one rung.
  struct Effect: Sendable {
    let rung: Int
    let stance: FiredRule.Stance
  }

  let rules: [Rule]
  let rungs: [Rung]
  /// By rule: what it adds to or takes from a score.
  let weights: [Double]
  let effects: [[Effect]]
  /// Rules that choose a method, in the order written.
  let choosers: [Int]
  /// By rule: the questions whose answers it depends on, those of its figures included.
  let reads: [Set<String>]
  /// An order in which a rule comes after every rule that may silence it.
  private let order: [Int]
  /// By rule: the rules that silence it.
  private let unless: [[Int]]

  init(_ knowledge: Knowledge, _ tables: CostTables) {
    rules = knowledge.rules
    rungs = knowledge.flowchart.rungs
    let chart = knowledge.flowchart
    let positions = Self.positions(rules.map(\.id))
    let rungPositions = Self.positions(rungs.map(\.id))
    weights = rules.map { chart.weights[$0.strength] ?? 0 }
    effects = rules.map { Self.effects($0.effect, rungPositions) }
    choosers = rules.indices.filter { knowledge.rules[$0].effect.method != nil }
    reads = rules.map { $0.when.questions(tables) }
    unless = rules.map { $0.unless.compactMap { positions[$0] } }
    order = RuleOrder.sorted(rules).compactMap { positions[$0.id] }
  }

  private static func positions(_ ids: [String]) -> [String: Int] {
    Dictionary(ids.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  private static func effects(_ effect: Rule.Effect, _ rungs: [String: Int]) -> [Effect] {
    let groups: [([String], FiredRule.Stance)] = [
      (effect.support, .supports), (effect.oppose, .opposes), (effect.ruleOut, .rulesOut),
      (effect.postpone, .postpones),
    ]
    return groups.flatMap { ids, stance in
      ids.compactMap { rungs[$0].map { Effect(rung: $0, stance: stance) } }
    }
  }

  /// Whether each rule's own condition holds.
  func truths(_ profile: Profile, _ figures: Figures) -> [Bool] {
    rules.map { $0.when.truth(in: profile, figures: figures) == .yes }
  }

  /// Which rules hold once those that others silence are taken away.
  func held(_ truths: [Bool]) -> [Bool] {
    var held = [Bool](repeating: false, count: rules.count)
    for rule in order {
      held[rule] = truths[rule] && !unless[rule].contains { held[$0] }
    }
    return held
  }

  /// What the rules that hold say about a rung, in the order written.
  func reasons(_ rung: Int, _ held: [Bool]) -> [FiredRule] {
    rules.indices.filter { held[$0] }.flatMap { rule in
      effects[rule].filter { $0.rung == rung }.map {
        FiredRule(rule: rules[rule], stance: $0.stance)
      }
    }
  }
}

extension Condition {
  /// The questions it reads, those behind its bounds and figures included.
  func questions(_ tables: CostTables) -> Set<String> {
    switch self {
    case .all(let parts), .any(let parts):
      return parts.reduce(into: []) { $0.formUnion($1.questions(tables)) }
    case .not(let part), .assuming(let part): return part.questions(tables)
    case .oneOf(let question, _), .boolean(let question, _), .known(let question, _):
      return [question]
    case .compare(let question, _, .constant): return [question]
    case .compare(let question, _, .share(_, let other)): return [question, other]
    case .compare(let question, _, .figure(let name)):
      return tables.questions(behind: name).union([question])
    }
  }
}
