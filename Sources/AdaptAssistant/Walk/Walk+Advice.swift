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
    if route.isEmpty { pending = .nothing }
    return report(advice).sections(explain: explain).walkBlocks + nextActions(advice)
  }

  /// The report on an advice in the words of the walk.
  func report(_ advice: Advice) -> AdviceReport {
    AdviceReport(advice, knowledge: knowledge, language: language, explainWord: "explain")
  }

  /// The next actions, numbered; in the middle of the questions only how many are left.
  private mutating func nextActions(_ advice: Advice) -> [WalkBlock] {
    guard route.isEmpty else {
      offers = []
      return [.blank, .note(say("advice.open", ["open": "\(route.count)"]))]
    }
    offers = offers(for: advice)
    hasFreshOffers = true
    let choices = offers.enumerated().map { index, offer in
      WalkBlock.choice(
        number: index + 1, label: offer.label, id: "", isDefault: index == 0, note: nil)
    }
    return [.blank, .heading(say("next.title"))] + choices + [.note(say("next.hint"))]
  }

  func offers(for advice: Advice) -> [Offer] {
    let documents =
      hasDocuments
      ? Offer(label: say("next.ask"), line: "ask")
      : Offer(label: say("next.index"), line: "index")
    let training = trainingOffers(advice)
    let wantsDocuments = advice.steps.contains { $0.command?.contains("index") ?? false }
    var offers = wantsDocuments ? [documents] + training : training + [documents]
    if let change = advice.counterfactuals.first {
      let label = say("next.what_if", ["change": report(advice).change(change)])
      offers.append(Offer(label: label, line: "what-if \(change.question)=\(change.to)"))
    }
    offers.append(Offer(label: say("next.explain"), line: "explain"))
    let open = openQuestions.count
    if open > 0 {
      offers.append(Offer(label: say("next.more", ["open": "\(open)"]), line: "more"))
    }
    offers.append(Offer(label: say("next.save"), line: "save"))
    return offers
  }

  /// What can be done today about a rung that trains: read its recipe and its card.
  private func trainingOffers(_ advice: Advice) -> [Offer] {
    guard let method = advice.method, advice.rung(advice.recommended)?.rung.trains == true else {
      return []
    }
    let recipe = method.recipe.map { id in
      Offer(label: say("next.recipe", ["recipe": id]), line: "recipes \(id)")
    }
    let name = knowledge.card(method.card, language)?.name ?? method.card
    let card = Offer(label: say("next.card", ["name": name]), line: "card \(method.card)")
    return [recipe, card].compactMap { $0 }
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
    report(after).difference(after.difference(from: before)).blocks
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
