// Two things timed in turn, so that a machine whose speed moves treats both alike.

/// The times of one thing and of another that it is compared with.
struct TimedTurns: Sendable {
  let own: Timing
  let other: Timing

  /// Times both `runs` times in turn, each after a warm-up.
  ///
  /// - Precondition: at least one run.
  static func measure(
    runs: Int, _ body: () -> Void, beside other: () -> Void
  ) -> TimedTurns {
    body()
    other()
    var seconds: [(own: Double, other: Double)] = []
    for _ in 0..<runs { seconds.append((Timing.time(body), Timing.time(other))) }
    return TimedTurns(own: Timing(seconds.map(\.own)), other: Timing(seconds.map(\.other)))
  }
}
