// Asking and answering: one question at a time, in the order of the walk, in any order by `set`.
import AdaptGuidance
import AdaptSystem

extension Walk {
  /// The questions still to ask: neither answered nor skipped.
  var openQuestions: [Question] {
    profile.openQuestions.filter { !skipped.contains($0.id) }
  }

  /// The place of the question asked among those of this walk.
  var progress: (position: Int, total: Int) {
    let done = profile.answered.count + skipped.count
    return (done + 1, done + max(route.count, 1))
  }

  /// The questions still to ask: the main ones, then those whose answer can still change the advice,
  /// then, when the user wants them, those that only sharpen costs.
  private func plannedRoute() -> [Question] {
    let open = openQuestions
    let main = open.filter { !$0.isDetail }
    guard main.isEmpty, !open.isEmpty else { return main }
    let decisive = Set(advisor.advise(profile).counterfactuals.map(\.question))
    let details = open.filter { decisive.contains($0.id) }
    return details.isEmpty && wantsAll ? open : details
  }

  /// Asks the next question of the route; when none is left, says so or gives the advice.
  mutating func askNext() -> [WalkBlock] {
    let wasMain = route.first.map { !$0.isDetail } ?? false
    route = plannedRoute()
    guard let next = route.first else { return endOfRoute() }
    pending = .question(next.id)
    let isTurn = wasMain && next.isDetail && !wantsAll
    let counts = ["open": "\(route.count)"]
    let note: [WalkBlock] = isTurn ? [.success(say("ask.decisive", counts)), .blank] : []
    return note + blocks(asking: next)
  }

  private mutating func endOfRoute() -> [WalkBlock] {
    pending = .nothing
    if isAdvised { return [] }
    let open = openQuestions.count
    guard open > 0 else { return adviceBlocks() }
    pending = .advice
    return [.success(say("ask.stable")), .note(say("ask.stable_hint", ["open": "\(open)"]))]
  }

  /// Goes on with the questions that cannot change the advice.
  mutating func more() -> WalkTurn {
    guard !openQuestions.isEmpty else { return WalkTurn([.note(say("more.nothing"))]) }
    wantsAll = true
    isAdvised = false
    return WalkTurn([], question: askNext())
  }

  /// The question as it is shown: text, reason, choices, what Enter means.
  func blocks(asking question: Question) -> [WalkBlock] {
    [.heading(question.prompt[language]), .note(question.reason[language])]
      + choices(of: question) + [.note(hint(for: question))]
  }

  private func choices(of question: Question) -> [WalkBlock] {
    let defaults = Set(ids(of: question.fallback))
    return options(of: question).enumerated().map { index, option in
      .choice(
        number: index + 1, label: option.label, id: option.id,
        isDefault: defaults.contains(option.id), note: nil)
    }
  }

  /// The numbered options: those of a choice, or yes and no.
  func options(of question: Question) -> [(id: String, label: String)] {
    switch question.kind {
    case .choice, .choices: question.options.map { ($0.id, $0.label[language]) }
    case .boolean: [("yes", say("answer.yes")), ("no", say("answer.no"))]
    case .number: []
    }
  }

  private func ids(of answer: Answer) -> [String] {
    switch answer {
    case .choice(let id): [id]
    case .choices(let ids): ids
    case .boolean(let value): [value ? "yes" : "no"]
    case .number, .unknown: []
    }
  }

  private func hint(for question: Question) -> String {
    let how =
      switch question.kind {
      case .choice, .boolean: say("ask.one")
      case .choices: say("ask.several")
      case .number: say("ask.number", ["example": example(for: question)])
      }
    let enter =
      question.fallback == .unknown
      ? say("ask.enter_unknown")
      : say("ask.enter", ["default": label(question.fallback, question)])
    return say("ask.hint", ["how": how, "enter": enter])
  }

  private func example(for question: Question) -> String {
    switch question.unit ?? .count {
    case .gigabytes: "24GB"
    case .seconds: "500ms"
    case .hours: "100"
    case .share: "90%"
    case .tokens: "1.5M"
    case .parameters: "7B"
    case .money: "2.5"
    case .count: "2k"
    }
  }

  /// An answer in the words of the question.
  func label(_ answer: Answer, _ question: Question) -> String {
    switch answer {
    case .unknown: return say("answer.unknown")
    case .number(let value):
      return NumberText.compact(value, unit: question.unit ?? .count)
    case .boolean, .choice, .choices:
      let labels = Dictionary(
        options(of: question).map { ($0.id, $0.label) }, uniquingKeysWith: { first, _ in first })
      let chosen = ids(of: answer).map { labels[$0] ?? $0 }
      return chosen.isEmpty ? say("answer.none") : chosen.joined(separator: say("list.comma"))
    }
  }

  /// Takes an answer to the question asked: a number of the list, a value, a label, "don't know".
  mutating func answer(_ id: String, _ text: String) -> WalkTurn {
    guard let question = profile.questionnaire[id] else { return WalkTurn() }
    do {
      return set(id, try resolveNumbers(text, question))
    } catch {
      return WalkTurn([.fault(error.diagnosis)])
    }
  }

  /// Enter: the default, said aloud.
  mutating func answerDefault(_ id: String) -> WalkTurn {
    guard let question = profile.questionnaire[id] else { return WalkTurn() }
    do {
      try profile.set(id, to: question.fallback)
    } catch {
      return WalkTurn([.fault(localised(error))])
    }
    return noted(question)
  }

  /// Sets an answer by name, whichever question is asked.
  mutating func set(_ key: String, _ value: String) -> WalkTurn {
    do {
      try profile.set(key, value)
    } catch {
      return WalkTurn([.fault(localised(error))])
    }
    guard let question = question(key) else { return WalkTurn() }
    return noted(question)
  }

  /// The question with an id as typed.
  func question(_ key: String) -> Question? {
    profile.questionnaire[key.lowercased().replacing("-", with: "_")]
  }

  private mutating func noted(_ question: Question) -> WalkTurn {
    order.removeAll { $0 == question.id }
    order.append(question.id)
    skipped.removeAll { $0 == question.id }
    let given = profile.answer(question.id).map { label($0, question) } ?? ""
    let said = say("answer.noted", ["title": question.title[language], "answer": given])
    if isAdvised, pending != .question(question.id), let before = advice {
      let blocks = [.success(said)] + change(from: before)
      let question = askNext()
      return WalkTurn(blocks + (question.isEmpty ? [] : [.blank]), question: question)
    }
    isAdvised = false
    return WalkTurn([.success(said), .blank], question: askNext())
  }

  /// Replaces numbers of the list by ids: `2`, and `1 3` or `1,3` where several may be chosen.
  private func resolveNumbers(
    _ text: String, _ question: Question
  ) throws(WalkDiagnosis) -> String {
    let options = options(of: question)
    guard !options.isEmpty else { return text }
    let words =
      question.kind == .choices
      ? text.split { ",，、;；+ ".contains($0) }.map(String.init) : [text.trimmedSpaces]
    let numbers = words.map { Int($0) }
    guard numbers.allSatisfy({ $0 != nil }), !numbers.isEmpty else { return text }
    var ids: [String] = []
    for case let number? in numbers {
      guard options.indices.contains(number - 1) else {
        throw WalkDiagnosis(
          Diagnosis(
            say("fault.number", ["number": "\(number)", "count": "\(options.count)"]),
            hint: say("fault.number.hint")))
      }
      ids.append(options[number - 1].id)
    }
    return ids.joined(separator: ",")
  }

  /// Takes the last answer or skip back and asks it again.
  mutating func back() -> WalkTurn {
    guard let last = order.popLast() else { return WalkTurn([.note(say("back.nothing"))]) }
    skipped.removeAll { $0 == last }
    do {
      try profile.unset(last)
    } catch {
      return WalkTurn([.fault(localised(error))])
    }
    isAdvised = false
    guard let question = profile.questionnaire[last] else { return WalkTurn() }
    pending = .question(last)
    route = [question] + plannedRoute().filter { $0.id != last }
    return WalkTurn([.blank], question: blocks(asking: question))
  }

  /// Leaves the question asked unanswered.
  mutating func skip() -> WalkTurn {
    guard case .question(let id) = pending, let question = profile.questionnaire[id] else {
      return WalkTurn([.note(say("skip.nothing"))])
    }
    if !skipped.contains(id) { skipped.append(id) }
    order.removeAll { $0 == id }
    order.append(id)
    return WalkTurn(
      [.note(say("skip.noted", ["title": question.title[language], "key": id])), .blank],
      question: askNext())
  }
}

/// A fault of the walk, worded already.
struct WalkDiagnosis: DiagnosableError {
  let diagnosis: Diagnosis

  init(_ diagnosis: Diagnosis) {
    self.diagnosis = diagnosis
  }
}
