// Keeps what a model has said while it is still speaking.
import Synchronization

/// Text that grows on one thread and is read on another.
final class SpokenText: Sendable {
  private let state = Mutex("")

  var text: String { state.withLock { $0 } }

  func add(_ piece: String) { state.withLock { $0 += piece } }
}
