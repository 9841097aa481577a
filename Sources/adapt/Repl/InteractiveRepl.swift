// The walk on a terminal: readline in, blocks out, the state kept after each line.
import AdaptAssistant
import AdaptGuidance
import AdaptRetrieval
import AdaptSystem
import Foundation
import Synchronization

/// The interactive session.
@MainActor
struct InteractiveRepl {
  private var walk: Walk
  private let session: Session
  private var worker: Worker
  private let mirror: Mirror

  /// The walk as completion sees it; readline calls back without a context of its own.
  private final class Mirror: Sendable {
    let walk: Mutex<Walk>

    init(_ walk: Walk) {
      self.walk = Mutex(walk)
    }
  }

  init(walk: Walk, session: Session, worker: Worker) {
    self.walk = walk
    self.session = session
    self.worker = worker
    mirror = Mirror(walk)
  }

  /// Runs until `quit` or Ctrl-D.
  mutating func run(isLanguageGiven: Bool) async throws {
    try resume(isLanguageGiven: isLanguageGiven)
    let mirror = self.mirror
    let editor = LineEditor(historyPath: session.workspace.history) { line, word in
      mirror.walk.withLock { $0.completion(before: line, word: word) }
    }
    while true {
      sync()
      switch editor.read(prompt: prompt) {
      case .end:
        try show(walk.reply(to: "/quit").blocks)
        return
      case .interrupted: continue
      case .line(let line):
        if try await take(line, editor) { return }
      }
    }
  }

  private var prompt: String {
    let painter = session.streams.painter(.output)
    return painter.paint(walk.prompt, .strong) + painter.paint(" › ", .accent)
  }

  private mutating func sync() {
    walk.width = session.streams.width(.output)
    let current = walk
    mirror.walk.withLock { $0 = current }
  }

  /// One line; true when the session is over.
  private mutating func take(_ line: String, _ editor: LineEditor) async throws -> Bool {
    let turn = walk.reply(to: line)
    keep(line, editor)
    try show(turn.blocks)
    switch turn.action {
    case nil: break
    case .quit: return true
    case .clear: try session.streams.write("\u{1B}[H\u{1B}[2J\u{1B}[3J")
    case let action?: try show(try await worker.perform(action, &walk).blocks)
    }
    try show(turn.question)
    return false
  }

  /// Writes history and state; a full disk is told once per line and loses nothing on screen.
  private func keep(_ line: String, _ editor: LineEditor) {
    do {
      if !line.isEmpty { try session.workspace.create() }
      editor.remember(line)
      if !walk.state.isEmpty || FileManager.default.fileExists(atPath: session.statePath) {
        try walk.state.write(to: session.statePath)
      }
    } catch {
      session.streams.note(Walk.diagnosis(of: error).text + "\n")
    }
  }

  private func show(_ blocks: [WalkBlock]) throws {
    if !blocks.isEmpty { try session.show(blocks, hintLabel: walk.phrases("hint.label")) }
  }

  /// Takes up the kept walk; a damaged one is put aside, never overwritten.
  private mutating func resume(isLanguageGiven: Bool) throws {
    var state: WalkState?
    do {
      state = try WalkState.read(from: session.statePath)
    } catch {
      let aside = session.statePath + ".damaged"
      try? FileManager.default.removeItem(atPath: aside)
      try? FileManager.default.moveItem(atPath: session.statePath, toPath: aside)
      try show([.warning(walk.phrases("resume.damaged", ["path": Walk.shown(aside)]))])
    }
    if !isLanguageGiven, let kept = state?.language, let language = Language(rawValue: kept) {
      walk.speak(language)
    }
    let turn = walk.start(resuming: state)
    try show(turn.blocks)
    try show(turn.question)
  }
}

extension Session {
  /// Where the walk is kept between sessions.
  var statePath: String { workspace.folder + "/walk.json" }
}
