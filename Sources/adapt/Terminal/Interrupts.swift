// Ctrl-C as an event: the signal handler writes one byte into a pipe, and whoever waits reads it.
import Dispatch
import Foundation

/// Interrupts of this process from the keyboard.
enum Interrupts {
  /// The pipe's ends; set once before any handler is installed.
  nonisolated(unsafe) private static var readEnd: Int32 = -1
  nonisolated(unsafe) private static var writeEnd: Int32 = -1

  /// The end to poll; -1 before `catchAll`.
  static var descriptor: Int32 { readEnd }

  /// From now on Ctrl-C is an event and ends nothing.
  static func catchAll() {
    guard readEnd < 0 else { return }
    var ends: [Int32] = [-1, -1]
    guard pipe2(&ends, O_CLOEXEC | O_NONBLOCK) == 0 else { return }
    readEnd = ends[0]
    writeEnd = ends[1]
    signal(SIGINT) { _ in
      let saved = errno
      var byte: UInt8 = 1
      _ = write(Interrupts.writeEnd, &byte, 1)
      errno = saved
    }
  }

  /// Takes what has come in; true when there was anything.
  @discardableResult
  static func drain() -> Bool {
    var bytes = [UInt8](repeating: 0, count: 16)
    var found = false
    while read(readEnd, &bytes, bytes.count) > 0 { found = true }
    return found
  }

  /// A broken pipe is an error of `write`, not the end of the process; children are not affected.
  static func survivePipes() {
    signal(SIGPIPE) { _ in }
  }

  /// Runs `work` in a task that Ctrl-C cancels.
  ///
  /// - Throws: what the work throws, `CancellationError` when it stopped for Ctrl-C.
  static func cancellable<Value: Sendable>(
    _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let task = Task { try await work() }
    guard readEnd >= 0 else { return try await task.value }
    drain()
    let source = DispatchSource.makeReadSource(
      fileDescriptor: readEnd, queue: .global(qos: .userInteractive))
    source.setEventHandler {
      if drain() { task.cancel() }
    }
    source.activate()
    defer { source.cancel() }
    return try await task.value
  }
}
