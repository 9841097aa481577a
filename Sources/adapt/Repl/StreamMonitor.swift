// Remembers whether an answer was shown while it was being written.
import Synchronization

/// Safe to tell from any thread.
final class StreamMonitor: Sendable {
  private let seen = Mutex(false)

  var hasText: Bool { seen.withLock { $0 } }

  func note(_ piece: String) {
    if !piece.isEmpty { seen.withLock { $0 = true } }
  }
}
