// The guided conversation as a value: a line goes in, what to say and to do comes out. It knows no
// terminal and starts no work, so that a test can hold a whole conversation.
package import AdaptGuidance
import AdaptSystem

/// The walk through the flowchart: questions, advice, and what to do then.
package struct Walk: Sendable {
  /// What the next plain text is taken for.
  enum Pending: Equatable, Sendable {
    /// An answer to the question with this id.
    case question(String)
    /// The path to index, offered after the advice.
    case path
    /// Nothing can change the advice any more: Enter shows it.
    case advice
    /// Nothing is asked.
    case nothing
  }

  /// Where files are saved when no name is given.
  package struct Places: Sendable, Equatable {
    /// The folder for decision records.
    package var reports: String

    package init(reports: String) {
      self.reports = reports
    }
  }

  let knowledge: Knowledge
  let advisor: Advisor
  let places: Places
  package internal(set) var language: Language
  package internal(set) var phrases: Phrases
  var profile: Profile
  /// Answered questions, oldest first.
  var order: [String] = []
  var skipped: [String] = []
  var isAdvised = false
  /// Whether to ask the questions, too, that cannot change the advice.
  var wantsAll = false
  /// The questions this walk has yet to ask, the one asked now included.
  var route: [Question] = []
  var pending = Pending.nothing
  /// The advice last shown, on which what-if and the next actions stand.
  var advice: Advice?
  /// Commands offered by number after the advice.
  var offers: [Offer] = []
  /// Whether the offers were just shown, so that Enter takes the first.
  var hasFreshOffers = false
  /// Whether plain sentences can be answered from documents.
  package var hasDocuments: Bool
  /// The model that writes the answers; nil when they are the documents' own sentences.
  var modelName: String?
  /// Columns for reports.
  package var width: Int

  package init(
    knowledge: Knowledge, language: Language, places: Places, hasDocuments: Bool = false,
    width: Int = 80
  ) {
    self.knowledge = knowledge
    self.language = language
    self.places = places
    self.hasDocuments = hasDocuments
    self.width = width
    advisor = Advisor(knowledge)
    phrases = knowledge.dialogue(language)
    profile = knowledge.newProfile
  }

  /// A sentence of the dialogue in the reader's language.
  func say(_ key: String, _ values: [String: String] = [:]) -> String {
    phrases(key, values)
  }

  /// Greets, or tells where the walk stopped last time, and asks.
  package mutating func start(resuming state: WalkState? = nil) -> WalkTurn {
    guard let state, !state.isEmpty else {
      return WalkTurn(
        [.heading(say("welcome.title")), .text(say("welcome.text")), .blank],
        question: askNext())
    }
    var blocks = restore(state)
    let question = askNext()
    let counts = ["answered": "\(profile.answered.count)", "open": "\(route.count)"]
    blocks.insert(.heading(say("welcome.back")), at: 0)
    blocks.append(.text(say(route.isEmpty ? "resume.complete" : "resume.open", counts)))
    blocks.append(.blank)
    return WalkTurn(blocks, question: question)
  }

  /// Answers one line, or a pasted text of several.
  package mutating func reply(to input: String) -> WalkTurn {
    let lines = input.split(whereSeparator: \.isNewline).map { String($0).trimmedSpaces }
      .filter { !$0.isEmpty }
    guard lines.count > 1 else { return replyToLine(lines.first ?? "") }
    return replyToPaste(lines)
  }

  /// Several pasted lines: commands one after the other, or one text.
  private mutating func replyToPaste(_ lines: [String]) -> WalkTurn {
    let areCommands = lines.allSatisfy { line in
      if case .command = WalkLine(line) { return true }
      return assignment(line) != nil
    }
    guard areCommands else { return replyToLine(lines.joined(separator: " ")) }
    var whole = WalkTurn()
    for line in lines {
      let turn = replyToLine(line)
      whole.blocks += turn.blocks.filter { $0 != .blank }
      whole.question = turn.question
      whole.action = turn.action
      if turn.fault != nil || turn.action != nil { break }
    }
    if !whole.question.isEmpty { whole.blocks.append(.blank) }
    return whole
  }

  private mutating func replyToLine(_ line: String) -> WalkTurn {
    if case .question(let id) = pending, Answer.unknownWords.contains(line.lowercased()) {
      return answer(id, line)
    }
    let takesFirst = hasFreshOffers
    hasFreshOffers = false
    switch WalkLine(line) {
    case .empty: return takesFirst ? takeOffer("1") ?? WalkTurn() : replyToEnter()
    case .command(let command, let words): return run(command, words)
    case .unknownCommand(let word): return unknownCommand(word)
    case .text(let text): return replyToText(text)
    }
  }

  private mutating func replyToEnter() -> WalkTurn {
    if case .question(let id) = pending { return answerDefault(id) }
    if case .path = pending {
      leavePath()
      return WalkTurn([.note(say("index.cancelled"))], question: repeated())
    }
    if pending == .advice { return WalkTurn(adviceBlocks()) }
    guard route.isEmpty else { return WalkTurn([], question: askNext()) }
    return WalkTurn([.note(say("hint.next"))])
  }

  /// Plain text: an answer where one is wanted and it fits, else a question to the documents.
  private mutating func replyToText(_ text: String) -> WalkTurn {
    if text == "?" || text == "？" { return run(.help, []) }
    if let pair = assignment(text) { return set(pair.key, pair.value) }
    if let turn = topicOfSeveralWords(text) { return turn }
    switch pending {
    case .path: return run(.index, ShellWords.split(text))
    case .question(let id): return replyToQuestion(id, text)
    case .advice, .nothing: break
    }
    if let turn = takeOffer(text) { return turn }
    if let card = card(named: text) { return WalkTurn(show(card)) }
    if looksLikeSentence(text) { return ask(text) }
    return WalkTurn([.fault(notUnderstood(text))])
  }

  private mutating func replyToQuestion(_ id: String, _ text: String) -> WalkTurn {
    let turn = answer(id, text)
    guard turn.fault != nil else { return turn }
    if looksLikeSentence(text), hasDocuments || isQuestion(text) { return ask(text) }
    return misspelledCommand(text) ?? turn
  }

  private func isQuestion(_ text: String) -> Bool { text.hasSuffix("?") || text.hasSuffix("？") }

  /// Whether a text reads like something to ask and not like a mistyped word.
  func looksLikeSentence(_ text: String) -> Bool {
    if isQuestion(text) { return true }
    let words = text.split(whereSeparator: \.isWhitespace).count
    let ideographs = text.unicodeScalars.count { DisplayWidth.isWide($0.value) }
    return words >= 4 || ideographs >= 6
  }

  /// `key=value`, when the key is a question's.
  func assignment(_ text: String) -> (key: String, value: String)? {
    guard let equals = text.firstIndex(of: "=") else { return nil }
    let key = String(text[..<equals]).trimmedSpaces
    let value = String(text[text.index(after: equals)...]).trimmedSpaces
    let isWord = !key.isEmpty && !key.contains { $0.isWhitespace }
    return isWord && !value.isEmpty ? (key, value) : nil
  }

  /// The id of the question asked; nil when none is.
  package var askedQuestion: String? {
    if case .question(let id) = pending { id } else { nil }
  }

  /// What the prompt says: how far the walk is.
  package var prompt: String {
    switch pending {
    case .question:
      let progress = self.progress
      return "\(progress.position)/\(progress.total)"
    case .path: return say("prompt.path")
    case .advice: return say("prompt.advice")
    case .nothing: return "adapt"
    }
  }
}
