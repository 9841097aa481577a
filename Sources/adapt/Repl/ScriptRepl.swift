// The walk as a script: one line after the other, no questions shown, the first fault ends it.
import AdaptAssistant
import AdaptSystem
import Foundation

/// A line of the script that could not be done.
struct ScriptFault: DiagnosableError {
  let line: Int
  let cause: Diagnosis

  var diagnosis: Diagnosis {
    var diagnosis = cause
    diagnosis.what = "line \(line): \(cause.what)"
    return diagnosis
  }
}

/// Reads the walk's lines from standard input.
///
/// It starts with no answers and leaves the kept walk alone.
struct ScriptRepl {
  var walk: Walk
  let session: Session
  var worker: Worker

  /// - Throws: `ScriptFault` with the number of the line, counted from 1.
  mutating func run() async throws {
    _ = walk.start()
    var number = 0
    var lines = ScriptLines()
    while let line = try lines.next() {
      number += 1
      let trimmed = line.trimmingCharacters(in: .whitespaces)
      if trimmed.isEmpty || trimmed.hasPrefix("#") { continue }
      if try await run(trimmed, number) == .quit { return }
    }
  }

  private mutating func run(_ line: String, _ number: Int) async throws -> WalkAction? {
    let turn = walk.reply(to: line)
    if let fault = turn.fault { throw ScriptFault(line: number, cause: fault) }
    var blocks = turn.blocks
    while blocks.last == .blank { blocks.removeLast() }
    try session.show(blocks)
    guard let action = turn.action, action != .quit, action != .clear else { return turn.action }
    let outcome = try await worker.perform(action, &walk)
    for case .fault(let diagnosis) in outcome.blocks where outcome.failure {
      throw ScriptFault(line: number, cause: diagnosis)
    }
    if outcome.failure { throw CancellationError() }
    try session.show(outcome.blocks)
    return action
  }
}
