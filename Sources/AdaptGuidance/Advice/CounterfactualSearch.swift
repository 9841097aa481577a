// Finds which single answer would change the advice, by asking the engine again.

/// Tries every other answer to one question at a time.
struct CounterfactualSearch {
  let advisor: Advisor
  let profile: Profile

  /// The answers that change the recommended rung, or the method where the rung trains; smallest
  /// changes first, the smallest one for each outcome of a question.
  func run(_ ladder: Ladder) -> [Counterfactual] {
    var found: [(size: Double, position: Int, change: Counterfactual)] = []
    for (position, question) in profile.questionnaire.questions.enumerated() {
      var outcomes: Set<String> = []
      let candidates = candidates(question).sorted { $0.size < $1.size }
      for candidate in candidates {
        var changed = profile
        guard (try? changed.set(question.id, to: candidate.answer)) != nil else { continue }
        let other = advisor.ladder(changed)
        guard differs(other, ladder), outcomes.insert(outcome(other)).inserted else { continue }
        let change = Counterfactual(
          question: question.id, from: profile.text(question.id),
          to: AnswerParser.text(candidate.answer, for: question), recommended: other.recommended,
          method: other.method?.card)
        found.append((candidate.size, position, change))
      }
    }
    return found.sorted { ($0.size, $0.position) < ($1.size, $1.position) }.map(\.change)
  }

  private func outcome(_ ladder: Ladder) -> String {
    "\(ladder.recommended) \(trains(ladder) ? ladder.method?.card ?? "" : "")"
  }

  private func differs(_ a: Ladder, _ b: Ladder) -> Bool { outcome(a) != outcome(b) }

  private func trains(_ ladder: Ladder) -> Bool {
    ladder.rungs.first { $0.id == ladder.recommended }?.rung.trains ?? false
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

  /// Numbers at and just beyond the bounds that the rules compare the answer with, both sides.
  private func thresholds(_ question: String) -> [Double] {
    var values: Set<Double> = []
    for rule in advisor.knowledge.rules {
      for (name, bound, _) in rule.when.comparisons {
        if name == question, let limit = limit(bound) {
          values.formUnion([limit.rounded(.down), limit.rounded(.up), limit + 1, limit - 1])
        }
        if case .share(let times, question) = bound, times > 0, let other = profile.number(name) {
          values.formUnion([(other / times).rounded(.up), (other / times).rounded(.down) - 1])
        }
      }
    }
    if let known = profile.number(question) { values.remove(known) }
    return values.filter { $0 >= 0 }.sorted()
  }

  private func limit(_ bound: Condition.Bound) -> Double? {
    switch bound {
    case .constant(let value): value
    case .share(let times, let other): profile.numberOrDefault(other).map { $0 * times }
    case .figure(let name): advisor.figure(name, in: profile)
    }
  }
}
