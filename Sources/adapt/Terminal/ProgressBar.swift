// The progress bar on standard error: drawn on a terminal only, at most ten times a second.
import AdaptAssistant
import AdaptSystem
import Foundation
import Synchronization

/// One line that is drawn over and over; safe to update from any thread.
final class ProgressBar: Sendable {
  private struct State {
    var lastDrawn = -1.0
    var isShown = false
  }

  private let streams: StandardStreams
  private let label: String
  private let unit: String
  private let isEnabled: Bool
  private let start = ContinuousClock.now
  private let state = Mutex(State())

  init(_ streams: StandardStreams, label: String, unit: String) {
    self.streams = streams
    self.label = label
    self.unit = unit
    isEnabled = streams.isTerminal(.error) && streams.environment["TERM"] != "dumb"
  }

  /// Draws the line anew when a tenth of a second has passed.
  func update(done: Int, total: Int?) {
    guard isEnabled else { return }
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    state.withLock { state in
      guard elapsed - state.lastDrawn >= 0.1 || done == total else { return }
      state.lastDrawn = elapsed
      state.isShown = true
      let meter = ProgressMeter(
        label: label, unit: unit, done: done, total: total, elapsed: elapsed)
      streams.note("\r\u{1B}[2K" + meter.line(width: streams.width(.error) - 1))
    }
  }

  /// Wipes the line.
  func finish() {
    state.withLock { state in
      guard state.isShown else { return }
      state.isShown = false
      streams.note("\r\u{1B}[2K")
    }
  }
}
