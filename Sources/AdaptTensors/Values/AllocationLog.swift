// What tensors cost in memory, so that tests and estimates can count it.
import Synchronization

/// Bytes of pooled buffers handed out by `StoragePool`.
package enum AllocationLog {
  private struct State {
    var live = 0
    var peak = 0
    var largest = 0
  }

  private static let state = Mutex(State())

  /// Bytes in use now, the most since `restart`, and the largest single buffer since `restart`.
  package static var now: (live: Int, peak: Int, largest: Int) {
    state.withLock { ($0.live, $0.peak, $0.largest) }
  }

  /// The largest single buffer that `body` takes on its own thread, whatever others take meanwhile.
  package static func largest(during body: () throws -> Void) rethrows -> Int {
    let observer = LargestBuffer()
    try $observer.withValue(observer, operation: body)
    return observer.bytes.load(ordering: .relaxed)
  }

  @TaskLocal private static var observer: LargestBuffer?

  /// Forgets the peak and the largest buffer so far.
  package static func restart() {
    state.withLock { state in
      state.peak = state.live
      state.largest = 0
    }
  }

  static func took(_ bytes: Int) {
    observer?.bytes.max(bytes, ordering: .relaxed)
    state.withLock { state in
      state.live += bytes
      state.peak = max(state.peak, state.live)
      state.largest = max(state.largest, bytes)
    }
  }

  static func gave(_ bytes: Int) {
    state.withLock { $0.live -= bytes }
  }
}

/// The most bytes asked for at once.
private final class LargestBuffer: Sendable {
  let bytes = Atomic<Int>(0)
}
