// The times of several runs of one thing, and the tensors that were alive during them.
import AdaptTensors

/// Seconds a run, ascending.
struct Timing: Sendable {
  let seconds: [Double]

  /// - Precondition: at least one run.
  init(_ seconds: [Double]) {
    precondition(!seconds.isEmpty)
    self.seconds = seconds.sorted()
  }

  var median: Double {
    let middle = seconds.count / 2
    return seconds.count % 2 == 1 ? seconds[middle] : (seconds[middle - 1] + seconds[middle]) / 2
  }

  var fastest: Double { seconds[0] }
  var slowest: Double { seconds[seconds.count - 1] }

  /// Times `body` `runs` times after a warm-up; what is over too soon for the clock is repeated within a run.
  static func measure(
    runs: Int, atLeast minimum: Double = 0.004, _ body: () throws -> Void
  ) rethrows -> Timing {
    try body()
    let warm = try time(body)
    let repeats = max(1, min(100_000, Int(minimum / max(warm, 1e-8))))
    return Timing(
      try (0..<runs).map { _ in
        try time { for _ in 0..<repeats { try body() } } / Double(repeats)
      })
  }

  /// The same with the most bytes of tensors alive at one time, those made before included.
  ///
  /// The pool of threads holds what the last task before used until the next one, so `body` runs once before
  /// counting starts.
  static func measureHolding(
    runs: Int, _ body: () throws -> Void
  ) rethrows -> (timing: Timing, bytes: Int) {
    try body()
    AllocationLog.restart()
    let timing = try measure(runs: runs, body)
    return (timing, AllocationLog.now.peak)
  }

  /// The seconds that `body` takes.
  static func time(_ body: () throws -> Void) rethrows -> Double { try timed(body).seconds }

  /// What `body` gives, and the seconds it takes.
  static func timed<Result>(
    _ body: () throws -> Result
  ) rethrows -> (result: Result, seconds: Double) {
    let clock = ContinuousClock()
    let start = clock.now
    let result = try body()
    return (result, (clock.now - start) / .seconds(1))
  }
}
