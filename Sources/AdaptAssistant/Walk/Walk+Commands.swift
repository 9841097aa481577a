// What each command of the walk does.
package import AdaptGuidance
import AdaptSystem

extension Walk {
  /// Runs a command with its words; after a long text the question asked is shown again.
  mutating func run(_ command: WalkCommand, _ words: [String]) -> WalkTurn {
    var turn = perform(command, words)
    if turn.question.isEmpty, turn.action == nil, turn.blocks.count > 3, turn.fault == nil {
      let question = repeated()
      if !question.isEmpty { turn.blocks.append(.blank) }
      turn.question = question
    }
    return turn
  }

  private mutating func perform(_ command: WalkCommand, _ words: [String]) -> WalkTurn {
    switch command {
    case .set: runSet(words)
    case .back: back()
    case .skip: skip()
    case .why: why(words.first)
    case .show: show()
    case .recommend: WalkTurn(adviceBlocks())
    case .explain: WalkTurn(adviceBlocks(explain: true))
    case .more: more()
    case .whatIf: whatIf(words)
    case .save: save(words.first)
    case .load: words.first.map { load($0) } ?? missing(.load)
    case .index: runIndex(words)
    case .search: words.isEmpty ? missing(.search) : search(words[0])
    case .ask: words.isEmpty ? missing(.ask) : ask(words[0])
    case .model: runModel(words)
    case .card, .methods: runCard(words.first)
    case .facts: facts(words.first)
    case .recipes: recipes(words.first)
    case .help: help(words.first)
    case .lang: runLanguage(words.first)
    case .restart: restart()
    case .clear: WalkTurn(question: repeated(), action: .clear)
    case .quit: WalkTurn([.text(say(isUntouched ? "quit.plain" : "quit.kept"))], action: .quit)
    }
  }

  private var isUntouched: Bool { order.isEmpty }

  /// The question asked, once more.
  func repeated() -> [WalkBlock] {
    guard case .question(let id) = pending, let question = profile.questionnaire[id] else {
      return []
    }
    return blocks(asking: question)
  }

  /// `set key value` and any number of `set key=value`.
  private mutating func runSet(_ words: [String]) -> WalkTurn {
    guard let pairs = Self.pairs(words), !pairs.isEmpty else { return missing(.set) }
    if hasDocuments, words.count >= 4, question(pairs[0].key) == nil, !words[0].contains("=") {
      return ask("set " + words.joined(separator: " "))
    }
    var turn = WalkTurn()
    for (key, value) in pairs {
      let one = set(key, value)
      turn.blocks += one.blocks.filter { $0 != .blank }
      turn.question = one.question
      if one.fault != nil { return turn }
    }
    if !turn.question.isEmpty { turn.blocks.append(.blank) }
    return turn
  }

  /// `key=value …`, or `key value with spaces`; nil when neither.
  static func pairs(_ words: [String]) -> [(key: String, value: String)]? {
    guard let first = words.first else { return nil }
    if !first.contains("=") {
      let value = words.dropFirst().joined(separator: " ")
      let bare = value.hasPrefix("=") ? String(value.dropFirst()).trimmedSpaces : value
      return bare.isEmpty ? nil : [(first, bare)]
    }
    var pairs: [(key: String, value: String)] = []
    for word in words {
      guard let equals = word.firstIndex(of: "=") else {
        guard let last = pairs.indices.last else { return nil }
        pairs[last].value += " " + word
        continue
      }
      pairs.append((String(word[..<equals]), String(word[word.index(after: equals)...])))
    }
    return pairs.allSatisfy { !$0.key.isEmpty && !$0.value.isEmpty } ? pairs : nil
  }

  /// Why a question is asked and how to find its answer.
  private mutating func why(_ key: String?) -> WalkTurn {
    var asked: Question?
    if let key {
      asked = question(key)
      if asked == nil {
        return unknownName("kind.question", key, profile.questionnaire.ids)
      }
    } else if case .question(let id) = pending {
      asked = profile.questionnaire[id]
    }
    guard let asked else { return WalkTurn(reasons()) }
    return WalkTurn(
      [.heading(asked.title[language]), .text(asked.reason[language]), .text(asked.help[language])]
        + effects(of: asked) + [.note(say("why.key", ["key": asked.id]))])
  }

  /// Which answers to a question would change the advice for the answers so far.
  private func effects(of question: Question) -> [WalkBlock] {
    let advice = advisor.advise(profile)
    let changes = advice.counterfactuals.filter { $0.question == question.id }
    let now = report(advice).title(advice.recommended)
    guard !changes.isEmpty else { return [.text(say("why.no_change", ["rung": now]))] }
    return [.text(say("why.change", ["rung": now]))]
      + changes.map { .bullet(report(advice).change($0)) }
  }

  /// The rules behind the advice with their sources, and what would change it.
  private mutating func reasons() -> [WalkBlock] {
    let advice = advisor.advise(profile)
    return report(advice).reasons.walkBlocks + [.blank, .note(say("why.more"))]
  }

  /// The answers so far.
  private func show() -> WalkTurn {
    var blocks: [WalkBlock] = [.heading(say("show.title"))]
    for id in profile.answered {
      guard let question = profile.questionnaire[id], let given = profile.answer(id) else {
        continue
      }
      blocks.append(.entry(term: id, text: label(given, question)))
    }
    for id in skipped { blocks.append(.entry(term: id, text: say("show.skipped"))) }
    if order.isEmpty { blocks.append(.text(say("show.none"))) }
    let counts = ["answered": "\(profile.answered.count)", "open": "\(route.count)"]
    blocks.append(.note(say(route.isEmpty ? "show.complete" : "show.open", counts)))
    return WalkTurn(blocks)
  }

  private mutating func runLanguage(_ name: String?) -> WalkTurn {
    guard let name else {
      return WalkTurn([.text(say("lang.now", ["language": language.rawValue]))])
    }
    let names = ["english": "en", "英文": "en", "chinese": "zh", "中文": "zh"]
    guard let wanted = Language(rawValue: names[name.lowercased()] ?? name.lowercased()) else {
      return unknownName("kind.language", name, Language.allCases.map(\.rawValue))
    }
    speak(wanted)
    return WalkTurn([.success(say("lang.set")), .blank], question: repeated())
  }

  /// Goes on in another language.
  package mutating func speak(_ language: Language) {
    self.language = language
    phrases = knowledge.dialogue(language)
  }

  private mutating func restart() -> WalkTurn {
    profile = knowledge.newProfile
    order = []
    skipped = []
    isAdvised = false
    wantsAll = false
    route = []
    advice = nil
    offers = []
    return WalkTurn([.success(say("restart.done")), .blank], question: askNext())
  }
}
