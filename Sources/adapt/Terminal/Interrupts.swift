// Signals as events: a handler writes one byte into a pipe, and whoever waits reads it. Handlers run on
// any thread of the process, so waking one particular `poll` by a signal alone would not do.
import Dispatch
import Foundation

/// What the keyboard and the system tell this process.
enum Interrupts {
  enum Event: UInt8 {
    /// Ctrl-C.
    case interrupt = 1
    /// Back in the foreground after Ctrl-Z.
    case resumed
    /// The window has another size.
    case resized
    /// The terminal was closed, or somebody asks for the end.
    case terminated
  }

  /// The pipe's ends; set once before any handler is installed.
  nonisolated(unsafe) private static var readEnd: Int32 = -1
  nonisolated(unsafe) private static var writeEnd: Int32 = -1

  /// The end to poll; -1 before `catchAll`.
  static var descriptor: Int32 { readEnd }

  /// From now on Ctrl-C is an event and ends nothing.
  static func catchAll() {
    guard readEnd < 0 else { return }
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    readEnd = ends[0]
    writeEnd = ends[1]
    signal(SIGINT) { _ in Interrupts.post(1) }
  }

  /// The events that only a session on a terminal needs.
  static func catchTerminalEvents() {
    signal(SIGCONT) { _ in Interrupts.post(2) }
    signal(SIGWINCH) { _ in Interrupts.post(3) }
    signal(SIGTERM) { _ in Interrupts.post(4) }
    signal(SIGHUP) { _ in Interrupts.post(4) }
  }

  /// Runs in a signal handler: `write` only.
  private static func post(_ event: UInt8) {
    let saved = errno
    var byte = event
    _ = write(writeEnd, &byte, 1)
    errno = saved
  }

  /// Takes what has come in.
  static func drain() -> Set<Event> {
    var bytes = [UInt8](repeating: 0, count: 64)
    var events: Set<Event> = []
    while true {
      let count = read(readEnd, &bytes, bytes.count)
      guard count > 0 else { return events }
      events.formUnion(bytes[..<count].compactMap(Event.init))
    }
  }

  /// A broken pipe is an error of `write`, not the end of the process; children are not affected.
  static func survivePipes() {
    signal(SIGPIPE) { _ in }
  }

  /// Runs the work of a command in a task that Ctrl-C cancels; a second Ctrl-C ends the process.
  static func cancellableOnce<Value: Sendable>(
    _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    catchAll()
    return try await cancellable(isLast: true, work)
  }

  /// Runs `work` in a task that Ctrl-C cancels; with `isLast` nothing is caught after that.
  ///
  /// - Throws: what the work throws, `CancellationError` when it stopped for Ctrl-C.
  static func cancellable<Value: Sendable>(
    isLast: Bool = false, _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let task = Task { try await work() }
    guard readEnd >= 0 else { return try await task.value }
    _ = drain()
    let source = DispatchSource.makeReadSource(
      fileDescriptor: readEnd, queue: .global(qos: .userInteractive))
    source.setEventHandler {
      let events = drain()
      if events.contains(.terminated) { exit(128 + SIGTERM) }
      guard events.contains(.interrupt) else { return }
      if isLast { signal(SIGINT, SIG_DFL) }
      task.cancel()
    }
    source.activate()
    defer { source.cancel() }
    return try await task.value
  }
}
