// Whether a difference between two rankings is more than the luck of the questions drawn.

/// The mean difference of two measures over the same questions, with its 95 % interval.
package struct PairedBootstrap: Sendable, Equatable, Codable {
  package var difference: Double
  package var low: Double
  package var high: Double

  /// Draws the questions again, with replacement; the same seed gives the same interval.
  ///
  /// `one` and `other` are a measure per question of two rankings, in the same order.
  package init(_ one: [Double], minus other: [Double], resamples: Int = 2000, seed: UInt64 = 1) {
    let differences = zip(one, other).map { $0 - $1 }
    guard !differences.isEmpty, resamples > 0 else {
      (difference, low, high) = (0, 0, 0)
      return
    }
    let n = differences.count
    var generator = SplitMix64(state: seed)
    let means = (0..<resamples).map { _ -> Double in
      var sum = 0.0
      for _ in 0..<n { sum += differences[Int.random(in: 0..<n, using: &generator)] }
      return sum / Double(n)
    }.sorted()
    difference = differences.reduce(0, +) / Double(n)
    low = means[Int(0.025 * Double(resamples))]
    high = means[min(resamples - 1, Int(0.975 * Double(resamples)))]
  }
}

/// A small generator with a fixed sequence (Steele, Lea and Flood, 2014).
private struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
