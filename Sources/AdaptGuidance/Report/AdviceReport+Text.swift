// The sections of the text report.
internal import AdaptSystem

extension AdviceReport {
  /// The name of a rung in the reader's language.
  package func title(_ rung: String) -> String {
    knowledge.flowchart.rung(rung)?.title[language] ?? rung
  }

  func methodName(_ card: String) -> String { knowledge.card(card, language)?.name ?? card }

  /// A small number with at most one decimal.
  func short(_ value: Double) -> String { NumberText.plain((value * 10).rounded() / 10) }

  var recommendation: [Line] {
    var lines: [Line] = []
    if let rung = knowledge.flowchart.rung(advice.recommended) {
      lines.append(
        Line(
          phrase(
            "recommend.next", ["rung": rung.title[language], "summary": rung.summary[language]]),
          style: .strong))
    }
    if let line = methodLine { lines.append(Line(line, style: .strong)) }
    if let other = advice.runnerUp {
      lines.append(Line(phrase("recommend.runner_up", ["rung": title(other)])))
    }
    lines.append(Line(confidenceLine))
    return lines
  }

  private var methodLine: String? {
    guard let method = advice.method else { return nil }
    let trainsNow = advice.rung(advice.recommended)?.rung.trains == true
    let key = trainsNow ? "recommend.method" : "recommend.method_later"
    let name = phrase(key, ["method": methodName(method.card)])
    guard let recipe = method.recipe else { return name }
    return name + phrase("list_separator") + phrase("recommend.recipe", ["recipe": recipe])
  }

  private var confidenceLine: String {
    let confidence = advice.confidence
    return phrase(
      "recommend.confidence",
      [
        "level": phrase("level.\(confidence.level.rawValue)"),
        "supporting": short(confidence.supporting), "opposing": short(confidence.opposing),
        "margin": short(confidence.margin), "checked": String(confidence.checked),
        "figures": String(confidence.figures),
      ])
  }

  /// The rules behind the recommended rung and the method, with the sources when explained.
  func why(explain: Bool) -> [Line] {
    let reasons = advice.rung(advice.recommended)?.reasons ?? []
    let method = (advice.method?.reasons ?? []).filter { $0.stance == .chooses }
    return (reasons + method).flatMap { self.reason($0, explain: explain, indent: 0) }
  }

  func reason(_ fired: FiredRule, explain: Bool, indent: Int) -> [Line] {
    let head = phrase(
      "reason",
      [
        "stance": phrase("stance.\(fired.stance.rawValue)"),
        "strength": phrase("strength.\(fired.rule.strength.rawValue)"),
        "title": fired.rule.title[language],
      ])
    var lines = [
      Line(head, indent: indent), Line(fired.rule.because[language], indent: indent + 1),
    ]
    if explain {
      lines.append(
        Line(phrase("rule", ["id": fired.rule.id]), indent: indent + 1, style: .faint))
      lines += fired.rule.evidence.compactMap(knowledge.fact).flatMap {
        evidence($0, indent: indent + 1)
      }
    }
    return lines
  }

  private func evidence(_ fact: Fact, indent: Int) -> [Line] {
    [
      Line(factText(fact), indent: indent, style: .faint),
      Line(sourceText(fact), indent: indent + 1, style: .faint),
    ]
  }

  /// A figure with its value and metric; a whole file by its title.
  func factText(_ fact: Fact) -> String {
    guard let figure = fact.figure else {
      return fact.evidence.title[language] + " [\(fact.reference)]"
    }
    let metric = figure.protocolFields.first { $0.name == "metric" }?.value
    let unit = figure.protocolFields.first { $0.name == "unit" }?.value
    let what = [metric, unit].compactMap { $0 }.joined(separator: phrase("list_separator"))
    return phrase(
      "evidence.line",
      [
        "text": figure.text[language],
        "value": figure.values.map(\.value).joined(separator: " / "),
        "metric": what.isEmpty ? "" : phrase("evidence.metric", ["metric": what]),
        "reference": fact.reference,
      ])
  }

  /// The source with its locator, and whether we read it.
  func sourceText(_ fact: Fact) -> String {
    let text = phrase(
      "evidence.source",
      [
        "authors": fact.source.authors, "title": fact.source.title, "at": fact.source.at,
        "locator": fact.locator,
      ])
    return fact.verified.isChecked
      ? text : text + phrase("list_separator") + phrase("evidence.unchecked")
  }

  func ladder(explain: Bool) -> [Line] {
    let column =
      RungAdvice.Status.allCases.map {
        DisplayWidth.columns(of: phrase("status.\($0.rawValue)"))
      }.max() ?? 0
    var said: Set<String> = []
    return advice.rungs.flatMap { rung -> [Line] in
      let status = phrase("status.\(rung.status.rawValue)")
      let style: Line.Style = rung.id == advice.recommended ? .strong : .plain
      let mark = rung.id == advice.recommended ? "→ " : "  "
      let head = Line(
        mark + DisplayWidth.pad(status, to: column + 2) + rung.rung.title[language], style: style)
      if explain {
        return [head] + rung.reasons.flatMap { reason($0, explain: true, indent: 1) }
      }
      guard rung.status == .ruledOut,
        let reason = rung.reasons.first(where: { $0.stance == .rulesOut }),
        said.insert(reason.rule.id).inserted
      else { return [head] }
      return [head, Line(reason.rule.because[language], indent: 2, style: .faint)]
    }
  }

  var steps: [Line] {
    advice.steps.enumerated().map { number, step in
      var text = step.text[language]
      if let command = step.command {
        text = phrase("step.command", ["text": text, "command": command])
      }
      return Line(phrase("step.line", ["number": String(number + 1), "text": text]))
    }
  }

  var assumed: [Line] {
    advice.assumed.compactMap { id in
      guard let question = knowledge.questionnaire[id] else { return nil }
      let value = AnswerParser.text(question.fallback, for: question)
      return Line(
        phrase("assumed_line", ["question": question.title[language], "value": value]),
        style: .faint)
    }
  }
}
