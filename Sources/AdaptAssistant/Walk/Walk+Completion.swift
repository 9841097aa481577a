// What Tab offers: commands, then what each command takes.
import AdaptGuidance

/// What may stand at the cursor.
package enum WalkCompletion: Sendable, Equatable {
  /// These words; a single match is followed by `suffix`, or by nothing.
  case words([String], suffix: Character?)
  /// Files and folders.
  case paths
  case none
}

extension Walk {
  /// The completions of `word`, which stands behind `before` on the line.
  package func completion(before: String, word: String) -> WalkCompletion {
    let words = ShellWords.split(before)
    guard let first = words.first else { return atStart(word) }
    if before.hasSuffix("="), let key = words.last?.dropLast(), !key.isEmpty {
      return matching(word, values(of: String(key)))
    }
    if words.count == 1, before.trimmedSpaces == first, !before.hasSuffix(" "),
      !before.hasSuffix("=")
    {
      return .none
    }
    guard let command = WalkCommand.named(first) else { return .none }
    return arguments(of: command, Array(words.dropFirst()), word)
  }

  private func atStart(_ word: String) -> WalkCompletion {
    if case .path = pending { return .paths }
    var words = WalkCommand.allCases.map(\.rawValue)
    if case .question(let id) = pending { words = values(of: id) + words }
    let isSlashed = word.hasPrefix("/")
    return matching(word, isSlashed ? words.map { "/" + $0 } : words)
  }

  private func arguments(
    of command: WalkCommand, _ words: [String], _ word: String
  ) -> WalkCompletion {
    switch command {
    case .set:
      if let key = words.first, !key.contains("=") { return matching(word, values(of: key)) }
      return matching(word, profile.questionnaire.ids, suffix: words.isEmpty ? " " : "=")
    case .whatIf: return matching(word, profile.questionnaire.ids, suffix: "=")
    case .why: return matching(word, profile.questionnaire.ids)
    case .index, .save, .load, .model: return .paths
    case .card, .methods: return matching(word, knowledge.cards(language).map(\.id))
    case .facts: return matching(word, references)
    case .recipes: return matching(word, knowledge.recipes.map(\.id))
    case .lang: return matching(word, Language.allCases.map(\.rawValue))
    case .help:
      return matching(
        word,
        WalkCommand.allCases.map(\.rawValue) + profile.questionnaire.ids
          + knowledge.glossary.map(\.id))
    case .back, .skip, .show, .more, .recommend, .explain, .restart, .clear, .quit, .search, .ask:
      return .none
    }
  }

  private var references: [String] {
    knowledge.evidence.flatMap { file in [file.id] + file.figures.map { "\(file.id).\($0.id)" } }
  }

  private func values(of key: String) -> [String] {
    guard let question = question(key) else { return [] }
    return options(of: question).map(\.id) + ["unknown"]
  }

  private func matching(
    _ word: String, _ candidates: [String], suffix: Character? = " "
  ) -> WalkCompletion {
    let wanted = word.lowercased()
    var seen: Set<String> = []
    let found = candidates.filter { $0.lowercased().hasPrefix(wanted) && seen.insert($0).inserted }
    return found.isEmpty ? .none : .words(found, suffix: suffix)
  }
}
