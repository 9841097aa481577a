// Finds which single answer would change the advice, by asking the engine again.
internal import Foundation

/// Tries every other answer to one question at a time.
///
/// Only rules that read the changed answer are evaluated again.
struct CounterfactualSearch {
  private let advisor: Advisor
  private let profile: Profile
  private let figures: Figures
  /// Whether each rule's own condition holds now.
  private let truths: [Bool]
  private let now: Outcome
  /// Bounds that rules compare each question's answer with, and shares of it that bound others.
  private let bounds: [String: [Condition.Bound]]
  private let shares: [String: [(times: Double, of: String)]]

  init(advisor: Advisor, profile: Profile, truths: [Bool]) {
    self.advisor = advisor
    self.profile = profile
    self.truths = truths
    figures = advisor.figures(profile)
    now = Outcome(advisor.table, advisor.table.held(truths))
    var bounds: [String: [Condition.Bound]] = [:]
    var shares: [String: [(times: Double, of: String)]] = [:]
    for rule in advisor.table.rules {
      for (question, bound, _) in rule.when.comparisons {
        bounds[question, default: []].append(bound)
        if case .share(let times, let other) = bound, times > 0 {
          shares[other, default: []].append((times, question))
        }
      }
    }
    self.bounds = bounds
    self.shares = shares
  }

  /// What counts as the advice: the rung, and the method where the rung trains.
  private struct Outcome: Hashable {
    let rung: String
    let method: String?

    init(_ table: RuleTable, _ held: [Bool]) {
      let placement = Placement(table, held: held)
      let now = placement.recommended.map { table.rungs[$0] }
      rung = now?.id ?? ""
      let chosen = placement.choosing.flatMap { table.rules[$0].effect.method }
      method = now?.trains == true ? now?.method ?? chosen : nil
    }
  }

  /// The answers that change the recommended rung, or the method where the rung trains; smallest
  /// changes first, the smallest one for each outcome of a question.
  func run() -> [Counterfactual] {
    var found: [(size: Double, position: Int, change: Counterfactual)] = []
    for (position, question) in profile.questionnaire.questions.enumerated() {
      let affected = advisor.table.reads.indices.filter {
        advisor.table.reads[$0].contains(question.id)
      }
      guard !affected.isEmpty else { continue }
      var outcomes: Set<Outcome> = [now]
      for candidate in candidates(question).sorted(by: { $0.size < $1.size }) {
        guard let outcome = outcome(question, candidate.answer, affected),
          outcomes.insert(outcome).inserted
        else { continue }
        let change = Counterfactual(
          question: question.id, from: profile.text(question.id),
          to: AnswerParser.text(candidate.answer, for: question), recommended: outcome.rung,
          method: outcome.method)
        found.append((candidate.size, position, change))
      }
    }
    return found.sorted { ($0.size, $0.position) < ($1.size, $1.position) }.map(\.change)
  }

  /// The outcome with one answer changed; nil when no rule notices, or the answer is not allowed.
  private func outcome(_ question: Question, _ answer: Answer, _ affected: [Int]) -> Outcome? {
    var changed = profile
    guard (try? changed.set(question.id, to: answer)) != nil else { return nil }
    let figures = advisor.figures(changed)
    var truths = truths
    var isNoticed = false
    for rule in affected {
      let truth =
        advisor.table.rules[rule].when.truth(in: changed, figures: figures) == .yes
      if truth != truths[rule] { isNoticed = true }
      truths[rule] = truth
    }
    return isNoticed ? Outcome(advisor.table, advisor.table.held(truths)) : nil
  }

  private struct Candidate {
    let answer: Answer
    /// How big the change is: doublings for numbers, 1 for another option, more to learn an answer.
    let size: Double
  }

  /// What learning an answer that was not given counts as.
  private static let unanswered = 1.5

  private func candidates(_ question: Question) -> [Candidate] {
    let known = profile.known(question.id)
    let step = known == nil ? Self.unanswered : 1
    switch question.kind {
    case .boolean:
      return [true, false].filter { known != .boolean($0) }
        .map { Candidate(answer: .boolean($0), size: step) }
    case .choice:
      return question.options.map { Answer.choice($0.id) }.filter { $0 != known }
        .map { Candidate(answer: $0, size: step) }
    case .choices:
      return toggled(question, known).map { Candidate(answer: .choices($0), size: step) }
    case .number:
      return thresholds(question.id).map { value in
        Candidate(answer: .number(value), size: distance(known, value))
      }
    }
  }

  /// The chosen options with one more or one fewer.
  private func toggled(_ question: Question, _ known: Answer?) -> [[String]] {
    var chosen: [String] = []
    if case .choices(let ids)? = known { chosen = ids }
    return question.options.map(\.id).compactMap { id in
      let changed = question.options.map(\.id).filter { ($0 == id) != chosen.contains($0) }
      return changed.isEmpty ? nil : changed
    }
  }

  /// Doublings between two numbers, from 1 up so that 0 has a place.
  private func distance(_ known: Answer?, _ value: Double) -> Double {
    guard case .number(let old)? = known else { return Self.unanswered }
    var ratio = (max(value, old) + 1) / (min(value, old) + 1)
    var doublings = 0.0
    while ratio > 2, doublings < 100 {
      ratio /= 2
      doublings += 1
    }
    return doublings + ratio - 1
  }

  /// Numbers on both sides of a limit that a user would write: two digits, whole ones, hundredths.
  private static func around(_ limit: Double) -> [Double] {
    if limit >= 1000, limit.isFinite {
      let step = pow(10, log10(limit).rounded(.down) - 1)
      let (down, up) = ((limit / step).rounded(.down), (limit / step).rounded(.up))
      return [down, up, down - 1, up + 1].map { ($0 * step).rounded() }
    }
    let (down, up) = (limit.rounded(.down), limit.rounded(.up))
    let hundredths = [(limit * 100).rounded(.down) / 100, (limit * 100).rounded(.up) / 100]
    return [down, up, down - 1, up + 1] + (limit < 10 ? hundredths : [])
  }

  /// Numbers at and just beyond the bounds that the rules compare the answer with, both sides.
  private func thresholds(_ question: String) -> [Double] {
    var values: Set<Double> = []
    for bound in bounds[question] ?? [] {
      guard let limit = bound.value(in: profile, figures) else { continue }
      values.formUnion(Self.around(limit))
    }
    for share in shares[question] ?? [] {
      guard let other = profile.number(share.of) else { continue }
      let limit = other / share.times
      values.formUnion(Self.around(limit))
    }
    if let known = profile.number(question) { values.remove(known) }
    return values.filter { $0 >= 0 }.sorted()
  }
}
