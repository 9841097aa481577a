// Help inside the walk: the commands, one command, one question or one term.
import AdaptGuidance
import AdaptSystem

extension Walk {
  /// The groups of the help's first page, with the key of their title.
  private static let groups: [(title: String, commands: [WalkCommand])] = [
    ("help.group.answer", [.set, .back, .skip, .why, .show, .more, .restart]),
    ("help.group.advice", [.recommend, .explain, .whatIf, .save, .load]),
    ("help.group.documents", [.index, .ask, .search, .model]),
    ("help.group.knowledge", [.methods, .card, .recipes, .facts]),
    ("help.group.session", [.help, .lang, .clear, .quit]),
  ]

  /// Help on everything, or on one thing by name.
  func help(_ topic: String?) -> WalkTurn {
    guard let topic else { return WalkTurn(overview()) }
    if let command = WalkCommand.named(topic) {
      return WalkTurn([
        .heading(say("usage.\(command.rawValue)")), .text(say("help.\(command.rawValue)")),
      ])
    }
    if let question = question(topic) { return WalkTurn(about(question)) }
    if let term = term(named: topic) { return WalkTurn(about(term)) }
    if let card = card(named: topic) { return WalkTurn(show(card)) }
    let known =
      WalkCommand.allCases.map(\.rawValue) + profile.questionnaire.ids
      + knowledge.glossary.map(\.id)
    guard let best = NearestName.best(for: topic, among: known) else {
      return WalkTurn([
        .fault(
          Diagnosis(say("help.unknown", ["topic": topic]), hint: say("help.unknown.hint")))
      ])
    }
    return WalkTurn([
      .fault(
        Diagnosis(
          say("help.unknown", ["topic": topic]), hint: say("fault.near", ["name": best])))
    ])
  }

  /// `help catastrophic forgetting`, `card prompt tuning`: names of several words, when they are names.
  func topicOfSeveralWords(_ text: String) -> WalkTurn? {
    let words = text.split(separator: " ", maxSplits: 1).map(String.init)
    guard words.count == 2, let command = WalkCommand.named(words[0]),
      [.help, .card, .methods].contains(command)
    else { return nil }
    if let card = card(named: words[1]) { return WalkTurn(show(card)) }
    return term(named: words[1]).map { WalkTurn(about($0)) }
  }

  private func about(_ term: Term) -> [WalkBlock] {
    [.heading(term.term[language]), .text(term.definition[language])]
  }

  private func overview() -> [WalkBlock] {
    var blocks: [WalkBlock] = [.text(say("help.intro"))]
    for group in Self.groups {
      blocks.append(.blank)
      blocks.append(.heading(say(group.title)))
      for command in group.commands {
        blocks.append(
          .entry(term: say("usage.\(command.rawValue)"), text: say("brief.\(command.rawValue)")))
      }
    }
    return blocks + [.blank, .note(say("help.keys"))]
  }

  private func about(_ question: Question) -> [WalkBlock] {
    var blocks: [WalkBlock] = [
      .heading(question.title[language]), .text(question.prompt[language]),
      .text(question.reason[language]), .text(question.help[language]),
    ]
    for option in options(of: question) {
      blocks.append(.entry(term: option.id, text: option.label))
    }
    return blocks + [.note(say("why.key", ["key": question.id]))]
  }

  /// A term of the glossary by its id or its name in either language.
  private func term(named name: String) -> Term? {
    let wanted = name.lowercased()
    return knowledge.glossary.first { term in
      [term.id, term.term.en, term.term.zh].contains { $0.lowercased() == wanted }
    }
  }
}
