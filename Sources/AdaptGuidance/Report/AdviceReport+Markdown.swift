// The decision record in Markdown.

extension AdviceReport {
  /// A decision record: answers, recommendation, reasons, ladder, steps, costs, sources, drawing.
  package func markdown() -> String {
    let parts: [String] = [
      "# " + phrase("decision", ["rung": title(advice.recommended)]),
      head("profile") + answersTable,
      head("recommendation") + list(recommendation), head("steps") + list(steps, bullet: ""),
      head("why") + rulesTable, head("ladder") + ladderTable, head("changes") + list(allChanges),
      head("costs") + costTable, head("assumed") + list(assumed), head("sources") + sourceList,
      head("flowchart") + "```mermaid\n\(mermaid())```",
    ]
    return parts.joined(separator: "\n\n") + "\n"
  }

  private var allChanges: [Line] { changes(explain: true) }

  private func head(_ key: String) -> String { "## \(phrase("section.\(key)"))\n\n" }

  private func list(_ lines: [Line], bullet: String = "- ") -> String {
    lines.map { bullet + Self.escaped($0.text) }.joined(separator: "\n")
  }

  /// Text that must not be read as Markdown or break a table: answers may hold anything.
  private static func escaped(_ text: String) -> String {
    text.replacing("|", with: "\\|").replacing("\n", with: " ").replacing("<", with: "&lt;")
  }

  private func table(_ head: String, _ rows: [[String]]) -> String {
    let columns = head.split(separator: "|").filter { !$0.allSatisfy(\.isWhitespace) }.count
    let rule = "|" + String(repeating: "---|", count: columns)
    let body = rows.map { row in "| " + row.map(Self.escaped).joined(separator: " | ") + " |" }
    return ([head, rule] + body).joined(separator: "\n")
  }

  private var answersTable: String {
    guard !answers.isEmpty else { return phrase("profile_empty") }
    return table(
      phrase("markdown.answer_head"),
      answers.map { answer in
        [knowledge.questionnaire[answer.id]?.title[language] ?? answer.id, answer.text]
      })
  }

  private var ladderTable: String {
    table(
      phrase("markdown.ladder_head"),
      advice.rungs.map { rung in
        [
          rung.rung.title[language], phrase("status.\(rung.status.rawValue)"), short(rung.score),
          rung.reasons.map(\.rule.id).joined(separator: ", "),
        ]
      })
  }

  /// Each rule once, with what it said about the recommended rung, else about the first one.
  private var rulesTable: String {
    var seen: Set<String> = []
    let recommended = advice.rung(advice.recommended)?.reasons ?? []
    let all = recommended + (advice.method?.reasons ?? []) + advice.rungs.flatMap(\.reasons)
    return table(
      phrase("markdown.rule_head"),
      all.filter { seen.insert($0.rule.id).inserted }.map { fired in
        [
          fired.rule.id, phrase("stance.\(fired.stance.rawValue)"),
          phrase("strength.\(fired.rule.strength.rawValue)"), fired.rule.because[language],
          fired.rule.evidence.joined(separator: ", "),
        ]
      })
  }

  private var costTable: String {
    table(
      phrase("markdown.cost_head"),
      advice.costs.filter { Self.topics.contains($0.formula.topic) }.map { line in
        [line.formula.title[language], value(line), "`\(line.formula.text)`"]
      })
  }

  private var sourceList: String {
    facts.map { "- " + Self.escaped(factText($0) + " - " + sourceText($0)) }
      .joined(separator: "\n")
  }
}
