// Costs in words: values, budgets, formulas and the numbers that went in.

extension AdviceReport {
  static let topics = ["prompt", "memory", "time", "break-even", "business"]

  func costs(explain: Bool) -> [Line] {
    let lines = Self.topics.flatMap { topic -> [Line] in
      let lines = advice.costs.filter { $0.formula.topic == topic }
      guard !lines.isEmpty else { return [] }
      let head = phrase("cost.\(topic)", ["parameters": parameters])
      return [Line(head)] + lines.flatMap { cost($0, explain: explain) }
    }
    return lines.isEmpty ? [] : lines + [legend]
  }

  private var legend: Line {
    Line(phrase("cost.legend", ["explain": explainWord]), style: .faint)
  }

  private var parameters: String {
    let value = advice.profile.numberOrDefault("model_parameters") ?? 0
    return NumberText.compact(value, unit: .parameters)
  }

  private func cost(_ line: CostLine, explain: Bool) -> [Line] {
    let text = costText(line)
    guard explain else { return [Line(text, indent: 1)] }
    var lines = [
      Line(text, indent: 1),
      Line(phrase("cost.formula", ["formula": line.formula.text]), indent: 2, style: .faint),
      Line(phrase("cost.numbers", ["numbers": numbers(line)]), indent: 2, style: .faint),
    ]
    if let note = line.formula.note {
      lines.append(Line(note[language], indent: 2, style: .faint))
    }
    return lines + constants(line)
  }

  /// The value, against the budget for what takes GPU-hours out of reach.
  func costText(_ line: CostLine) -> String {
    let title = line.formula.title[language]
    let text = value(line)
    let isAssumed = line.inputs.contains { $0.assumed }
    if Self.againstBudget.contains(line.formula.id),
      let budget = advice.profile.numberOrDefault("budget_gpu_hours")
    {
      let known = advice.profile.number("budget_gpu_hours") != nil
      return phrase(
        known ? "cost.budget" : "cost.budget_assumed",
        [
          "title": title, "value": text,
          "budget": phrase("unit.gpu_hours", ["value": Quantity.short(budget)]),
        ])
    }
    let shown = isAssumed ? phrase("cost.assumed", ["value": text]) : text
    return phrase("cost.line", ["title": title, "value": shown])
  }

  /// The formulas shown against the budget of GPU-hours.
  private static let againstBudget: Set<String> = [
    "hours_pretraining", "hours_continued_pretraining",
  ]

  func value(_ line: CostLine) -> String {
    let unit = line.formula.unit
    let scaled = unit == .share ? line.value * 100 : line.value
    return phrase("unit.\(unit.rawValue)", ["value": Quantity.short(scaled)])
  }

  /// The formula with numbers in the place of names.
  func numbers(_ line: CostLine) -> String {
    var values: [String: String] = [:]
    for input in line.inputs { values[input.name] = Quantity.short(input.value) }
    var text = ""
    var word = ""
    for character in line.formula.text + " " {
      if character.isLetter || character.isNumber || character == "_" {
        word.append(character)
      } else {
        text += values[word] ?? word
        word = ""
        text.append(character)
      }
    }
    return String(text.dropLast())
  }

  /// The constants of a formula with what they are.
  private func constants(_ line: CostLine) -> [Line] {
    line.formula.expression.names.compactMap { name in
      guard let constant = knowledge.constants.first(where: { $0.id == name }) else { return nil }
      return Line(
        phrase(
          "cost.constant",
          [
            "name": name, "value": Quantity.short(constant.value),
            "text": constant.text[language],
          ]), indent: 3, style: .faint)
    }
  }
}
