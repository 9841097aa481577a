// Reads what a person typed at the prompt: a command with its words, or plain text.

/// The commands of the walk, by the word that starts them.
package enum WalkCommand: String, CaseIterable, Sendable {
  case set, back, skip, why, show, more, recommend, explain, save, load
  case whatIf = "what-if"
  case index, search, ask, model
  case card, facts, methods, recipes
  case help, lang, restart, clear, quit

  /// Other words that people type for the same thing.
  private static let synonyms: [String: WalkCommand] = [
    "exit": .quit, "q": .quit, "bye": .quit, "h": .help, "whatif": .whatIf,
    "advice": .recommend, "advise": .recommend, "method": .card, "language": .lang,
    "undo": .back, "next": .skip, "continue": .more, "recipe": .recipes, "status": .show,
    "find": .search,
    "退出": .quit, "帮助": .help, "返回": .back, "跳过": .skip, "为什么": .why, "显示": .show,
    "推荐": .recommend, "建议": .recommend, "保存": .save, "载入": .load, "设置": .set,
    "假如": .whatIf, "索引": .index, "搜索": .search, "提问": .ask, "模型": .model, "卡片": .card, "事实": .facts,
    "方法": .methods, "解释": .explain, "语言": .lang, "重来": .restart, "继续": .more, "配方": .recipes,
  ]

  /// The command a word names; a leading `/` is allowed.
  package static func named(_ word: String) -> WalkCommand? {
    var word = word.lowercased()
    if word.hasPrefix("/"), word.count > 1 { word.removeFirst() }
    return WalkCommand(rawValue: word) ?? synonyms[word]
  }

  /// Whether the rest of the line must be a fixed, small number of words for it to be this command.
  ///
  /// "why do we need citations?" is a question, not the command `why` with arguments.
  var argumentLimit: Int? {
    switch self {
    case .back, .skip, .show, .more, .recommend, .explain, .restart, .clear, .quit: 0
    case .why, .help, .lang, .card, .facts, .methods, .recipes, .save, .load: 1
    case .set, .whatIf, .index, .search, .ask, .model: nil
    }
  }

  /// Whether the command takes the rest of the line as it is, in the words of a person.
  var takesText: Bool { self == .search || self == .ask }
}

/// One line at the prompt, taken apart.
package enum WalkLine: Equatable, Sendable {
  case empty
  case command(WalkCommand, [String])
  /// A line that starts with `/` but names no command.
  case unknownCommand(String)
  case text(String)

  /// Takes a line apart; a line whose first word is a command but which goes on like a sentence is text.
  package init(_ line: String) {
    let trimmed = line.trimmedSpaces
    guard !trimmed.isEmpty else {
      self = .empty
      return
    }
    let head = String(trimmed.prefix { !$0.isWhitespace })
    let rest = String(trimmed.dropFirst(head.count)).trimmedSpaces
    guard let command = WalkCommand.named(head) else {
      let isSlashed = head.hasPrefix("/") && head.count > 1 && !head.dropFirst().contains("/")
      self = isSlashed ? .unknownCommand(String(head.dropFirst())) : .text(trimmed)
      return
    }
    self = Self.classify(command, rest: rest, slashed: head.hasPrefix("/"), whole: trimmed)
  }

  private static func classify(
    _ command: WalkCommand, rest: String, slashed: Bool, whole: String
  ) -> WalkLine {
    if command.takesText { return .command(command, rest.isEmpty ? [] : [rest]) }
    let words = ShellWords.split(rest)
    if let limit = command.argumentLimit, words.count > limit, !slashed {
      return .text(whole)
    }
    let hasPaths = words.contains { $0.contains("/") || $0.hasPrefix("--") }
    if command == .model, !slashed, words.count > 1, !hasPaths { return .text(whole) }
    let isAssignment = command == .set || command == .whatIf
    if isAssignment, !slashed, words.count > 2, !words.contains(where: { $0.contains("=") }) {
      return command == .set ? .command(command, words) : .text(whole)
    }
    return .command(command, words)
  }
}

extension String {
  /// The text without white space at its ends.
  var trimmedSpaces: String {
    var part = self[...]
    while let first = part.first, first.isWhitespace { part.removeFirst() }
    while let last = part.last, last.isWhitespace { part.removeLast() }
    return String(part)
  }
}

/// Words as a shell would cut them: quotes keep spaces, a backslash keeps the next character.
package enum ShellWords {
  /// The words of a line; an open quote runs to the end of the line.
  package static func split(_ line: String) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var isEscaped = false
    for character in line {
      if isEscaped {
        word = (word ?? "") + String(character)
        isEscaped = false
      } else if character == "\\", quote != "'" {
        isEscaped = true
      } else if let open = quote {
        if character == open { quote = nil } else { word = (word ?? "") + String(character) }
      } else if character == "\"" || character == "'" {
        quote = character
        word = word ?? ""
      } else if character.isWhitespace {
        if let finished = word { words.append(finished) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    if isEscaped { word = (word ?? "") + "\\" }
    if let word { words.append(word) }
    return words
  }
}
