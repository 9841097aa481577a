// The advice inside the walk: shown, questioned with what-if, and followed by what to do next.
package import AdaptGuidance
import AdaptSystem

extension Walk {
  /// Something to do after the advice, taken by its number.
  struct Offer: Sendable, Equatable {
    var label: String
    var line: String
  }

  /// The advice for the answers so far, with the next actions; the walk counts as advised.
  mutating func adviceBlocks(explain: Bool = false) -> [WalkBlock] {
    let advice = advisor.advise(profile)
    self.advice = advice
    isAdvised = true
    if openQuestions.isEmpty { pending = .nothing }
    let report = AdviceReport(advice, knowledge: knowledge, language: language)
    return report.sections(explain: explain).walkBlocks + nextActions(advice)
  }

  /// The next actions, numbered.
  private mutating func nextActions(_ advice: Advice) -> [WalkBlock] {
    offers = offers(for: advice)
    guard openQuestions.isEmpty else {
      offers = []
      let counts = ["open": "\(openQuestions.count)"]
      return [.blank, .note(say("advice.open", counts))]
    }
    let choices = offers.enumerated().map { index, offer in
      WalkBlock.choice(
        number: index + 1, label: offer.label, id: offer.line, isDefault: false, note: nil)
    }
    return [.blank, .heading(say("next.title"))] + choices + [.note(say("next.hint"))]
  }

  private func offers(for advice: Advice) -> [Offer] {
    var offers: [Offer] = []
    let documents =
      hasDocuments
      ? Offer(label: say("next.ask"), line: "ask")
      : Offer(label: say("next.index"), line: "index")
    let wantsDocuments = advice.steps.contains { $0.command?.contains("index") ?? false }
    if wantsDocuments { offers.append(documents) }
    offers.append(Offer(label: say("next.explain"), line: "explain"))
    if !wantsDocuments { offers.append(documents) }
    if let change = advice.counterfactuals.first {
      let line = "what-if \(change.question)=\(change.to)"
      offers.append(Offer(label: say("next.what_if"), line: line))
    }
    if let method = advice.method {
      let name = knowledge.card(method.card, language)?.name ?? method.card
      offers.append(Offer(label: say("next.card", ["name": name]), line: "card \(method.card)"))
    }
    offers.append(Offer(label: say("next.save"), line: "save"))
    return offers
  }

  /// Takes a number as one of the next actions.
  mutating func takeOffer(_ text: String) -> WalkTurn? {
    guard let number = Int(text), !offers.isEmpty else { return nil }
    guard offers.indices.contains(number - 1) else {
      return WalkTurn([
        .fault(
          Diagnosis(
            say("fault.number", ["number": "\(number)", "count": "\(offers.count)"]),
            hint: say("fault.number.hint")))
      ])
    }
    switch offers[number - 1].line {
    case "index": return runIndex([])
    case "ask": return WalkTurn([.note(say("ask.type"))])
    case let line:
      guard case .command(let command, let words) = WalkLine(line) else { return nil }
      return run(command, words)
    }
  }

  /// What would be advised if one or several answers were others; nothing is changed.
  mutating func whatIf(_ words: [String]) -> WalkTurn {
    guard let pairs = Self.pairs(words), !pairs.isEmpty else { return missing(.whatIf) }
    var changed = profile
    for (key, value) in pairs {
      do {
        try changed.set(key, value)
      } catch {
        return WalkTurn([.fault(localised(error))])
      }
    }
    let before = advisor.advise(profile)
    let after = advisor.advise(changed)
    return WalkTurn(difference(from: before, to: after) + [.note(say("whatif.unchanged"))])
  }

  /// After an answer was changed: what that does to the advice shown before.
  mutating func change(from before: Advice) -> [WalkBlock] {
    let after = advisor.advise(profile)
    advice = after
    isAdvised = true
    return [.blank] + difference(from: before, to: after) + [.note(say("advice.again"))]
  }

  private func difference(from before: Advice, to after: Advice) -> [WalkBlock] {
    let report = AdviceReport(after, knowledge: knowledge, language: language)
    return report.difference(after.difference(from: before)).blocks
  }
}

extension AdviceReport.Section {
  /// A section of a report as blocks.
  package var blocks: [WalkBlock] {
    (title.isEmpty ? [] : [.heading(title)])
      + lines.map { line in
        let style: TextStyle? =
          switch line.style {
          case .plain: nil
          case .strong: .strong
          case .faint: .faint
          }
        return .line(indent: line.indent, text: line.text, style: style)
      }
  }
}

extension [AdviceReport.Section] {
  /// The sections of a report as blocks, an empty line between them.
  package var walkBlocks: [WalkBlock] {
    [WalkBlock](map(\.blocks).joined(separator: [.blank]))
  }
}
