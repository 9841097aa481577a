// A chat at the terminal or from a script: reads lines, has the model answer, prints what comes.
import AdaptAssistant
import AdaptGuidance
import AdaptModels
import AdaptRetrieval
import AdaptSystem
import Foundation

/// One conversation with one model.
struct Conversation {
  private let session: Session
  private let phrases: Phrases
  private var model: LocalModel
  private let settings: GenerationSettings
  private let stops: [String]
  private var chat: ChatSession

  init(
    session: Session, phrases: Phrases, model: LocalModel, settings: GenerationSettings,
    stops: [String], system: String?
  ) {
    self.session = session
    self.phrases = phrases
    self.model = model
    self.settings = settings
    self.stops = stops
    chat = ChatSession(phrases: phrases, system: system)
  }

  /// With readline and a history of its own, until Ctrl-D or `/quit`.
  @MainActor
  mutating func runOnTerminal() async throws {
    Interrupts.catchAll()
    let editor = LineEditor(historyPath: session.workspace.folder + "/chat-history") { line, word in
      let starts = line.isEmpty && word.hasPrefix("/")
      let found = starts ? ChatSession.commands.filter { $0.hasPrefix(word) } : []
      return found.isEmpty ? .none : .words(found, suffix: " ")
    }
    try session.show([.note(phrases("chat.welcome", ["name": model.name]))])
    let painter = session.streams.painter(.output)
    while true {
      switch editor.read(prompt: painter.paint("› ", .accent)) {
      case .end: return
      case .interrupted: continue
      case .line(let line):
        if (try? session.workspace.create()) != nil { editor.remember(line) }
        if try await takeOrTell(line) { return }
      }
    }
  }

  /// One line; a fault is told and ends nothing.
  private mutating func takeOrTell(_ line: String) async throws -> Bool {
    do {
      return try await take(line)
    } catch let broken as BrokenPipe {
      throw broken
    } catch {
      chat.forgetQuestion()
      try session.show(faults(error), hintLabel: phrases("hint.label"))
      return false
    }
  }

  /// Line by line; the first fault ends it.
  mutating func runScript() async throws {
    Interrupts.catchAll()
    var lines = ScriptLines()
    while let line = try lines.next() {
      if try await take(line) { return }
    }
  }

  private func faults(_ error: any Error) -> [WalkBlock] {
    if error is CancellationError { return [.warning(phrases("work.cancelled"))] }
    return [.fault(Walk.diagnosis(of: error))]
  }

  /// One line; true when the chat is over.
  private mutating func take(_ line: String) async throws -> Bool {
    let (blocks, action) = chat.take(line)
    for case .fault(let diagnosis) in blocks where !StandardStreams.inputIsTerminal {
      throw ChatFault(diagnosis)
    }
    try session.show(blocks, hintLabel: phrases("hint.label"))
    switch action {
    case nil: break
    case .quit: return true
    case .answer: try await answer()
    case .adapter(let choice): try session.show([try use(choice)])
    case .save(let path):
      try ChatTranscript(messages: chat.messages, model: model.name).write(to: path)
      try session.show([.success(phrases("chat.saved", ["path": path]))])
    case .countTokens: try session.show([.text(try counted())])
    }
    return false
  }

  /// Has the model answer, streaming; what was said until Ctrl-C stays in the chat.
  private mutating func answer() async throws {
    let (tokens, left) = try fitting()
    let (model, settings, stops, streams) = (model, settings, stops, session.streams)
    let said = SpokenText(streams)
    var finish: TextFinish?
    do {
      finish = try await Interrupts.cancellable {
        var finish: TextFinish?
        for try await piece in model.current.pieces(
          tokens: tokens, settings: settings, stops: stops)
        {
          try streams.write(said.add(piece.text))
          finish = piece.finish
        }
        if Task.isCancelled { throw CancellationError() }
        return finish
      }
    } catch is CancellationError {
      try streams.write(said.end())
      chat.answered(said.text)
      throw CancellationError()
    }
    try streams.write(said.end())
    chat.answered(said.text)
    let notes = notes(said, finish, left: left).map { WalkBlock.note($0) }
    try session.show(notes + (StandardStreams.inputIsTerminal ? [.blank] : []))
  }

  /// What a reader of the answer cannot see in it.
  private func notes(_ said: SpokenText, _ finish: TextFinish?, left: Int) -> [String] {
    var notes: [String] = []
    if said.isBlank { notes.append(phrases("chat.empty")) }
    if finish == .length {
      notes.append(phrases("chat.cut", ["count": "\(settings.maximumTokens)"]))
    } else if finish == .context {
      notes.append(phrases("chat.cut_context"))
    }
    if left > 0 { notes.append(phrases("chat.left_out", ["count": "\(left)"])) }
    return notes
  }

  /// The chat as tokens that leave room for an answer, without its oldest messages where it has become too long.
  private func fitting() throws -> (tokens: [Int32], left: Int) {
    var messages = chat.messages
    var left = 0
    while true {
      let tokens = try model.prompt(messages)
      let first = messages.first?.role == .system ? 1 : 0
      guard let context = model.contextTokens,
        tokens.count + min(settings.maximumTokens, context / 4) > context,
        messages.count - first > 2
      else { return (tokens, left) }
      messages.removeSubrange(first..<first + 2)
      left += 2
    }
  }

  private mutating func use(_ choice: ChatSession.Switch) throws -> WalkBlock {
    let names = model.adapters.map(\.name)
    guard !names.isEmpty else {
      throw ChatFault(
        Diagnosis(phrases("chat.adapter.none"), hint: phrases("chat.adapter.none.hint")))
    }
    switch choice {
    case .off: model.active = nil
    case .on: model.active = model.active ?? 0
    case .named(let name):
      guard let place = names.firstIndex(of: name) else {
        throw ChatFault(
          Diagnosis(
            phrases("chat.adapter.unknown", ["name": name]),
            hint: NearestName.hint(for: name, among: names)))
      }
      model.active = place
    }
    return .success(phrases("chat.adapter.now", ["name": model.name]))
  }

  private func counted() throws -> String {
    let count = chat.messages.isEmpty ? 0 : try model.prompt(chat.messages).count
    return phrases(
      "chat.tokens",
      ["count": "\(count)", "context": model.contextTokens.map(String.init) ?? "∞"])
  }
}

/// A line of a chat that could not be done.
struct ChatFault: DiagnosableError {
  let diagnosis: Diagnosis

  init(_ diagnosis: Diagnosis) {
    self.diagnosis = diagnosis
  }
}
