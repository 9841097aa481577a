// Whether operations record: off inside checkpoints' first pass and inside inference.
import AdaptTensors
import Synchronization

/// What happened to operations that would have recorded.
final class Silence: Sendable {
  private let deepest = Atomic<Int>(-1)

  /// Depth of the deepest input seen that wanted a gradient; nil when there was none.
  var depth: Int? {
    let depth = deepest.load(ordering: .relaxed)
    return depth < 0 ? nil : depth
  }

  func note(_ depth: Int) { deepest.max(depth, ordering: .relaxed) }
}

package enum Recording {
  @TaskLocal static var silence: Silence?

  /// True if an operation on `inputs` is to be recorded.
  static func reaches(_ inputs: [Variable]) -> Bool {
    guard let depth = inputs.lazy.compactMap({ $0.origin?.depth }).max() else { return false }
    guard let silence else { return true }
    silence.note(depth)
    return false
  }
}

/// Runs `body` without recording: what comes out of it are constants.
package func withoutRecording<Result>(_ body: () throws -> Result) rethrows -> Result {
  try Recording.$silence.withValue(Silence(), operation: body)
}
