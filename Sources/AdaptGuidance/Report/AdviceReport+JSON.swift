// The advice as JSON, schema adapt.recommend/1.

extension AdviceReport {
  /// One JSON object, ending in a line feed.
  ///
  /// Schema `adapt.recommend/1`; every key is always there, null or empty where there is nothing:
  /// - `schema`, `language`
  /// - `profile`: question id → answer as typed
  /// - `recommended`, `runner_up`: rung ids
  /// - `method`: `{id, name, recipe, rules}` or null
  /// - `confidence`: `{level, supporting, opposing, margin, checked, figures}`
  /// - `ladder`: `[{rung, title, status, score, rules}]`, each rule
  ///   `{id, stance, strength, because, evidence}`
  /// - `rules`: the ids of every rule that holds
  /// - `steps`: `[{id, text, command}]`
  /// - `counterfactuals`: `[{question, from, to, recommended, method}]`
  /// - `costs`: `[{id, topic, title, value, unit, formula, inputs, evidence}]`, each input
  ///   `{name, value, assumed}`
  /// - `assumed`: question id → default that stood in
  /// - `facts`: `[{id, text, values, protocol, verified, source}]`, the source
  ///   `{id, title, authors, at, locator}`
  package func json() -> String { jsonValue(difference: nil).text + "\n" }

  /// The same with `what_if`, how it differs from the advice before a change, as last key.
  package func json(difference: AdviceDifference) -> String {
    jsonValue(difference: difference).text + "\n"
  }

  private func jsonValue(difference: AdviceDifference?) -> JSONValue {
    var members: [(String, JSONValue)] = [
      ("schema", .string("adapt.recommend/1")), ("language", .string(language.rawValue)),
      ("profile", .object(answers.map { ($0.id, .string($0.text)) })),
      ("recommended", .string(advice.recommended)), ("runner_up", .optional(advice.runnerUp)),
      ("method", method), ("confidence", confidence),
      ("ladder", .array(advice.rungs.map(rung))), ("rules", .strings(advice.firedRules)),
      ("steps", .array(advice.steps.map(step))),
      ("counterfactuals", .array(advice.counterfactuals.map(counterfactual))),
      ("costs", .array(advice.costs.filter { $0.formula.topic != "inner" }.map(cost))),
      ("assumed", .object(advice.assumed.compactMap(assumption))),
      ("facts", .array(facts.map(fact))),
    ]
    if let difference { members.append(("what_if", json(of: difference))) }
    return .object(members)
  }

  var answers: [(id: String, text: String)] {
    advice.profile.answered.compactMap { id in
      advice.profile.text(id).map { (id, $0) }
    }
  }

  private var method: JSONValue {
    guard let method = advice.method else { return .null }
    return .object([
      ("id", .string(method.card)), ("name", .string(methodName(method.card))),
      ("recipe", .optional(method.recipe)), ("rules", .strings(method.reasons.map(\.rule.id))),
    ])
  }

  private var confidence: JSONValue {
    let confidence = advice.confidence
    return .object([
      ("level", .string(confidence.level.rawValue)),
      ("supporting", .number(confidence.supporting)), ("opposing", .number(confidence.opposing)),
      ("margin", .number(confidence.margin)), ("checked", .integer(confidence.checked)),
      ("figures", .integer(confidence.figures)),
    ])
  }

  private func rung(_ rung: RungAdvice) -> JSONValue {
    .object([
      ("rung", .string(rung.id)), ("title", .string(rung.rung.title[language])),
      ("status", .string(rung.status.rawValue)), ("score", .number(rung.score)),
      ("rules", .array(rung.reasons.map(reason))),
    ])
  }

  private func reason(_ fired: FiredRule) -> JSONValue {
    .object([
      ("id", .string(fired.rule.id)), ("stance", .string(fired.stance.rawValue)),
      ("strength", .string(fired.rule.strength.rawValue)),
      ("because", .string(fired.rule.because[language])),
      ("evidence", .strings(fired.rule.evidence)),
    ])
  }

  private func step(_ step: Step) -> JSONValue {
    .object([
      ("id", .string(step.id)), ("text", .string(step.text[language])),
      ("command", .optional(step.command)),
    ])
  }

  private func counterfactual(_ change: Counterfactual) -> JSONValue {
    .object([
      ("question", .string(change.question)), ("from", .optional(change.from)),
      ("to", .string(change.to)), ("recommended", .string(change.recommended)),
      ("method", .optional(change.method)),
    ])
  }

  private func cost(_ line: CostLine) -> JSONValue {
    let inputs = line.inputs.map { input in
      JSONValue.object([
        ("name", .string(input.name)), ("value", .number(input.value)),
        ("assumed", .boolean(input.assumed)),
      ])
    }
    return .object([
      ("id", .string(line.formula.id)), ("topic", .string(line.formula.topic)),
      ("title", .string(line.formula.title[language])), ("value", .number(line.value)),
      ("unit", .string(line.formula.unit.rawValue)), ("formula", .string(line.formula.text)),
      ("inputs", .array(inputs)), ("evidence", .strings(line.formula.evidence)),
    ])
  }

  private func assumption(_ id: String) -> (String, JSONValue)? {
    guard let question = knowledge.questionnaire[id] else { return nil }
    return (id, .string(AnswerParser.text(question.fallback, for: question)))
  }

  /// Every fact behind a rule that fired, each once, in the order of the rules.
  var facts: [Fact] {
    var seen: Set<String> = []
    return advice.rules.flatMap(\.evidence).filter { seen.insert($0).inserted }
      .compactMap(knowledge.fact)
  }

  private func fact(_ fact: Fact) -> JSONValue {
    let fields = fact.figure?.protocolFields ?? fact.evidence.protocolFields
    return .object([
      ("id", .string(fact.reference)),
      ("text", .string(fact.figure?.text[language] ?? fact.evidence.title[language])),
      ("values", .object((fact.figure?.values ?? []).map { ($0.name, .string($0.value)) })),
      ("protocol", .object(fields.map { ($0.name, .string($0.value)) })),
      ("verified", .string(fact.verified.rawValue)),
      (
        "source",
        .object([
          ("id", .string(fact.source.id)), ("title", .string(fact.source.title)),
          ("authors", .string(fact.source.authors)), ("at", .string(fact.source.at)),
          ("locator", .string(fact.locator)),
        ])
      ),
    ])
  }

  private func json(of difference: AdviceDifference) -> JSONValue {
    let pair = { (from: String?, to: String?) -> JSONValue in
      .object([("from", .optional(from)), ("to", .optional(to))])
    }
    return .object([
      ("recommended", difference.recommended.map { pair($0.from, $0.to) } ?? .null),
      ("method", difference.method.map { pair($0.from, $0.to) } ?? .null),
      (
        "moves",
        .array(
          difference.moves.map {
            .object([
              ("rung", .string($0.rung)), ("from", .string($0.from.rawValue)),
              ("to", .string($0.to.rawValue)),
            ])
          })
      ),
      ("gained", .strings(difference.gained.map(\.id))),
      ("lost", .strings(difference.lost.map(\.id))),
    ])
  }
}
