// Counterfactuals and differences in words.

extension AdviceReport {
  /// How many counterfactuals the short report shows.
  private static let shown = 6

  func changes(explain: Bool) -> [Line] {
    let all = advice.counterfactuals
    guard !all.isEmpty else { return [Line(phrase("change.none"))] }
    let lines = all.prefix(explain ? all.count : Self.shown).map { Line(change($0)) }
    guard lines.count < all.count else { return lines }
    let more = phrase(
      "change.more", ["count": String(all.count - lines.count), "explain": explainWord])
    return lines + [Line(more, style: .faint)]
  }

  /// One answer that would change the advice, and to what.
  package func change(_ change: Counterfactual) -> String {
    var key = change.from == nil ? "change.line" : "change.line_from"
    let trains = knowledge.flowchart.rung(change.recommended)?.trains == true
    if trains, change.method != nil { key += "_method" }
    return phrase(
      key,
      [
        "question": knowledge.questionnaire[change.question]?.title[language] ?? change.question,
        "from": change.from ?? "", "to": change.to, "rung": title(change.recommended),
        "method": change.method.map(methodName) ?? "",
      ])
  }

  /// What changed from an earlier advice, as a section.
  package func difference(_ difference: AdviceDifference) -> Section {
    var lines: [Line] = []
    if let moved = difference.recommended {
      lines.append(
        Line(
          phrase("difference.recommended", ["from": title(moved.from), "to": title(moved.to)]),
          style: .strong))
    }
    if let method = difference.method {
      let none = phrase("difference.no_method")
      lines.append(
        Line(
          phrase(
            "difference.method",
            [
              "from": method.from.map(methodName) ?? none, "to": method.to.map(methodName) ?? none,
            ]), style: .strong))
    }
    lines += difference.moves.map { move in
      Line(
        phrase(
          "difference.move",
          [
            "rung": title(move.rung), "from": phrase("status.\(move.from.rawValue)"),
            "to": phrase("status.\(move.to.rawValue)"),
          ]))
    }
    lines += difference.gained.map { rule("difference.gained", $0) }
    lines += difference.lost.map { rule("difference.lost", $0) }
    return section("difference", lines.isEmpty ? [Line(phrase("difference.none"))] : lines)
  }

  private func rule(_ key: String, _ rule: Rule) -> Line {
    Line(phrase(key, ["title": rule.title[language], "id": rule.id]), style: .faint)
  }
}
