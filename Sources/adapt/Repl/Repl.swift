// `adapt` alone: the walk on a terminal, or as a script from standard input.
import AdaptAssistant
import AdaptGuidance
import AdaptRetrieval
import AdaptSystem
import Foundation

/// Runs the walk and does what it asks for.
enum Repl {
  /// Starts on whatever standard input is.
  @MainActor
  static func run(_ options: GlobalOptions) async throws {
    let session = try Session(options)
    let knowledge = try session.knowledge()
    let library = WorkspaceLibrary(Library(workspace: session.workspace))
    // A damaged database must not keep the walk from starting; using it says what is wrong.
    let hasDocuments = (try? await library.isEmpty) == false
    let walk = Walk(
      knowledge: knowledge, language: session.language,
      places: Walk.Places(reports: session.workspace.reports), hasDocuments: hasDocuments,
      width: session.streams.width(.output))
    let worker = Worker(session: session, library: library)
    if StandardStreams.inputIsTerminal {
      Interrupts.catchAll()
      var repl = InteractiveRepl(walk: walk, session: session, worker: worker)
      try await repl.run(isLanguageGiven: options.lang != nil)
    } else {
      var repl = ScriptRepl(walk: walk, session: session, worker: worker)
      try await repl.run()
    }
  }
}

/// Does the work the walk asks for, so that Ctrl-C stops it and not the session.
struct Worker: Sendable {
  let session: Session
  var library: WorkspaceLibrary

  /// Runs an action and gives what to say about it; `failure` is set when it did not succeed.
  mutating func perform(_ action: WalkAction, _ walk: inout Walk) async throws -> Outcome {
    do {
      switch action {
      case .index(let paths): return Outcome(blocks: try await index(paths, library, &walk))
      case .search(let query):
        let found = try await Interrupts.cancellable { [library] in
          try await library.search(query, limit: 5)
        }
        return Outcome(blocks: walk.found(found))
      case .ask(let question): return Outcome(blocks: try await ask(question, library, walk))
      case .model(let choice): return Outcome(blocks: try await open(choice, &walk))
      case .clear, .quit: return Outcome(blocks: [])
      }
    } catch let broken as BrokenPipe {
      throw broken
    } catch {
      return Outcome(blocks: walk.failed(error), failure: true)
    }
  }

  /// Lets a model write the answers from now on; the one before stays when this one cannot be opened.
  private mutating func open(
    _ choice: ModelChoice?, _ walk: inout Walk
  ) async throws -> [WalkBlock] {
    library.model = try await Interrupts.cancellable {
      try choice.map { choice in
        let model = try LocalModel(choice)
        // Without a template every question would fail: better here than there.
        _ = try model.chatTemplate()
        return model
      }
    }
    return walk.answering(with: library.model?.name)
  }

  /// What came of an action.
  struct Outcome {
    var blocks: [WalkBlock]
    var failure = false
  }

  private func index(
    _ paths: [String], _ library: any DocumentLibrary, _ walk: inout Walk
  ) async throws -> [WalkBlock] {
    let bar = ProgressBar(
      session.streams, label: walk.phrases("index.running"), unit: walk.phrases("index.unit"))
    defer { bar.finish() }
    let summary = try await Interrupts.cancellable {
      try await library.index(paths) { bar.update(done: $0.filesDone, total: $0.filesTotal) }
    }
    bar.finish()
    return walk.indexed(summary, isEmpty: try await library.isEmpty)
  }

  private func ask(
    _ question: String, _ library: any DocumentLibrary, _ walk: Walk
  ) async throws -> [WalkBlock] {
    let streams = session.streams
    let said = SpokenText(streams)
    let answer = try await Interrupts.cancellable {
      try await library.ask(question) { piece in
        try? streams.write(said.add(piece))
      }
    }
    try streams.write(said.end())
    return walk.answered(answer, wasStreamed: !said.isBlank && answer.isAnswered)
  }
}
