// One fixed set of threads for every kernel; OpenBLAS itself stays on one thread, so that products,
// activations and attention share the same cores without fighting.
import CKernels
import Foundation
import Synchronization

/// Runs the pieces of one task on a fixed number of threads, the caller's included.
///
/// Pieces are handed out one by one, so a thread that the system holds back delays only its own piece.
package final class ThreadPool: Sendable {
  /// The pool of the process: `ADAPT_THREADS`, else one thread a core.
  package static let shared = ThreadPool(threads: configuredThreads())

  /// Threads that work on a task, the caller's included.
  package let threads: Int
  /// Held while a task runs; a second caller, or a piece that calls again, works alone instead of waiting.
  private let busy = NSLock()
  private let board = Board()

  package init(threads: Int) {
    self.threads = max(1, threads)
    for _ in 1..<self.threads {
      let thread = Thread { [board] in board.work() }
      thread.name = "adapt-kernel"
      thread.stackSize = 1 << 20
      thread.start()
    }
  }

  deinit {
    board.post(nil)
  }

  /// Calls `body` once with every index below `count`, in no fixed order, and returns when all are done.
  ///
  /// `body` runs on several threads at once; it must write to no place twice.
  package func run(_ count: Int, _ body: @escaping (Int) -> Void) {
    guard count > 1, threads > 1, busy.try() else {
      for index in 0..<max(0, count) { body(index) }
      return
    }
    defer { busy.unlock() }
    let task = PoolTask(count: count, body: body)
    board.post(task)
    task.help()
    task.waitUntilDone()
  }

  /// Wakes the threads for a task that follows within some microseconds: waking takes longer than small tasks.
  package func wake() {
    guard threads > 1, busy.try() else { return }
    defer { busy.unlock() }
    board.post(PoolTask(count: 0) { _ in })
  }

  /// Splits `range` into `pieces` contiguous parts of nearly equal length, multiples of `multiple` but the last.
  package static func part(
    _ index: Int, of pieces: Int, in count: Int, multiple: Int = 1
  ) -> Range<Int> {
    let units = (count + multiple - 1) / multiple
    let start = units * index / pieces * multiple
    let end = units * (index + 1) / pieces * multiple
    return min(start, count)..<min(end, count)
  }

  private static func configuredThreads() -> Int {
    let wanted = ProcessInfo.processInfo.environment["ADAPT_THREADS"].flatMap { Int($0) }
    return min(max(1, wanted ?? ProcessInfo.processInfo.activeProcessorCount), 256)
  }
}

/// Where the latest task hangs and threads wait for the next one.
private final class Board: Sendable {
  private struct State {
    var task: PoolTask?
    var isClosed = false
  }

  private let posted = Atomic<Int>(0)
  private let condition = NSCondition()
  private let state = Mutex(State())
  /// Breaths a thread waits before it sleeps: longer than the gaps inside a forward pass.
  private static let patience = 2_000

  /// Hangs up `task` and wakes the threads; nil tells them to end.
  func post(_ task: PoolTask?) {
    state.withLock { state in
      state.task = task
      state.isClosed = task == nil
    }
    condition.lock()
    posted.add(1, ordering: .releasing)
    condition.broadcast()
    condition.unlock()
  }

  /// The life of a thread.
  func work() {
    var seen = 0
    while true {
      seen = waitForPost(after: seen)
      let (task, isClosed) = state.withLock { ($0.task, $0.isClosed) }
      if isClosed { return }
      task?.help()
    }
  }

  private func waitForPost(after seen: Int) -> Int {
    for _ in 0..<Self.patience {
      let now = posted.load(ordering: .acquiring)
      if now != seen { return now }
      adapt_pause()
    }
    condition.lock()
    defer { condition.unlock() }
    while posted.load(ordering: .acquiring) == seen { condition.wait() }
    return posted.load(ordering: .acquiring)
  }
}

/// One call of `run`: pieces not yet taken, pieces done.
///
/// Unchecked Sendable: `body` is called only for indices below `count`, and `run` does not return before all
/// of those calls have; a thread that comes later finds no index left.
private final class PoolTask: @unchecked Sendable {
  private let count: Int
  private let body: (Int) -> Void
  private let next = Atomic<Int>(0)
  private let done = Atomic<Int>(0)
  private let condition = NSCondition()
  private static let patience = 10_000

  init(count: Int, body: @escaping (Int) -> Void) {
    self.count = count
    self.body = body
  }

  func help() {
    while true {
      let index = next.add(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      body(index)
      if done.add(1, ordering: .acquiringAndReleasing).newValue == count {
        condition.lock()
        condition.broadcast()
        condition.unlock()
      }
    }
  }

  func waitUntilDone() {
    for _ in 0..<Self.patience {
      if done.load(ordering: .acquiring) == count { return }
      adapt_pause()
    }
    condition.lock()
    defer { condition.unlock() }
    while done.load(ordering: .acquiring) < count { condition.wait() }
  }
}
