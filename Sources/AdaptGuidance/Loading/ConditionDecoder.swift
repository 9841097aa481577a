// Decodes conditions and checks them against the questions they read.
internal import AdaptSystem

/// Decodes conditions over one questionnaire.
///
/// A map is the conjunction of its entries: `all`, `any` (lists), `not`, `known`, `unknown`
/// (question ids), else a question id with a value or a map of `one_of`, `at_least`, `above`,
/// `at_most`, `below`, `equals`; a bound may be `{ times: 0.5, of: other_question }` or `{ figure: name }`, a
/// constant or formula of the cost tables. `assuming_defaults` takes a condition in which the
/// defaults of unanswered numbers stand in; `always: yes` holds always.
struct ConditionDecoder {
  let questionnaire: Questionnaire
  let file: String
  let log: FaultLog

  func condition(_ datum: Datum) -> Condition {
    guard case .map(let entries) = datum.content, !entries.isEmpty else {
      log.add("not a condition", wanted: "a map", got: datum.kindName, at: datum, in: file)
      return .all([])
    }
    let parts = entries.flatMap(part)
    return parts.count == 1 ? parts[0] : .all(parts)
  }

  private func part(_ entry: Datum.Entry) -> [Condition] {
    switch entry.key {
    case "all": [.all(conditions(entry.value))]
    case "any": [.any(conditions(entry.value))]
    case "always": [.all([])]
    case "assuming_defaults": [.assuming(condition(entry.value))]
    case "not": [.not(condition(entry.value))]
    case "known": words(entry.value).compactMap { known($0, true) }
    case "unknown": words(entry.value).compactMap { known($0, false) }
    default: about(entry)
    }
  }

  private func conditions(_ datum: Datum) -> [Condition] {
    guard case .list(let items) = datum.content else {
      log.add("wants a list of conditions", got: datum.kindName, at: datum, in: file)
      return []
    }
    return items.map(condition)
  }

  private func words(_ datum: Datum) -> [Datum] {
    if case .list(let items) = datum.content { return items }
    return [datum]
  }

  private func known(_ word: Datum, _ wanted: Bool) -> Condition? {
    question(word.scalar ?? "", at: word).map { .known(question: $0.id, wanted) }
  }

  private func question(_ id: String, at datum: Datum) -> Question? {
    if let question = questionnaire[id] { return question }
    log.add(
      "unknown question `\(id)`", at: datum, in: file,
      hint: NearestName.hint(for: id, among: questionnaire.ids))
    return nil
  }

  private func about(_ entry: Datum.Entry) -> [Condition] {
    let place = Datum(.map([]), line: entry.line, column: entry.column)
    guard let question = question(entry.key, at: place) else { return [] }
    switch question.kind {
    case .boolean: return boolean(question, entry.value)
    case .choice, .choices: return options(question, entry.value)
    case .number: return comparisons(question, entry.value)
    }
  }

  private func boolean(_ question: Question, _ value: Datum) -> [Condition] {
    guard let text = value.scalar, let answer = try? AnswerParser.parse(text, for: question),
      case .boolean(let wanted) = answer
    else {
      log.add("`\(question.id)` wants yes or no", got: value.kindName, at: value, in: file)
      return []
    }
    return [.boolean(question: question.id, wanted)]
  }

  private func options(_ question: Question, _ value: Datum) -> [Condition] {
    var listed = value
    if case .map(let entries) = value.content {
      guard entries.count == 1, entries[0].key == "one_of" else {
        log.add(
          "`\(question.id)` wants `one_of`", got: entries.map(\.key).joined(separator: ", "),
          at: value, in: file)
        return []
      }
      listed = entries[0].value
    }
    let known = question.options.map(\.id)
    let ids = words(listed).compactMap { word -> String? in
      if let id = word.scalar, known.contains(id) { return id }
      log.add(
        "unknown value \(word.kindName) for `\(question.id)`", at: word, in: file,
        hint: NearestName.hint(for: word.scalar ?? "", among: known))
      return nil
    }
    return [.oneOf(question: question.id, ids)]
  }

  private func comparisons(_ question: Question, _ value: Datum) -> [Condition] {
    guard case .map(let entries) = value.content else {
      return bound(value, question).map {
        [.compare(question: question.id, .equals, $0)]
      } ?? []
    }
    return entries.compactMap { entry in
      guard let comparison = Condition.Comparison(rawValue: entry.key) else {
        log.add(
          "unknown comparison `\(entry.key)`", at: entry.value, in: file,
          hint: NearestName.hint(
            for: entry.key, among: Condition.Comparison.allCases.map(\.rawValue)))
        return nil
      }
      return bound(entry.value, question).map {
        .compare(question: question.id, comparison, $0)
      }
    }
  }

  private func bound(_ value: Datum, _ question: Question) -> Condition.Bound? {
    if case .map = value.content {
      guard let reader = MapReader(value, file: file, log: log) else { return nil }
      defer { reader.finish() }
      if let figure = reader.optionalString("figure") { return .figure(figure) }
      let times = reader.number("times")
      guard let other = reader.required("of"), let id = other.scalar,
        let target = self.question(id, at: other)
      else { return nil }
      if target.kind != .number {
        log.add("`\(id)` is not a number", at: other, in: file)
      }
      return .share(times: times, question: id)
    }
    guard let text = value.scalar,
      let number = NumberText.parse(text, unit: question.unit ?? .count)
    else {
      log.add("`\(question.id)` wants a number", got: value.kindName, at: value, in: file)
      return nil
    }
    return .constant(number)
  }
}
