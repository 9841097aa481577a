// From a row of logits to one token.
import AdaptGradients
import AdaptTensors
import Foundation

/// A token with the natural logarithm of its probability.
package struct TokenProbability: Sendable, Equatable {
  package var token: Int32
  package var logProbability: Float

  package init(token: Int32, logProbability: Float) {
    self.token = token
    self.logProbability = logProbability
  }
}

/// Chooses tokens under the settings of a generation.
package struct Sampler: Sendable {
  private let settings: GenerationSettings
  private let filters: [any LogitsFilter]

  package init(_ settings: GenerationSettings) {
    self.settings = settings
    filters = settings.sampling.filters
  }

  /// The token after `text`; nil where none is allowed.
  ///
  /// `stream` and `step` name the random number, so that a draw depends on nothing else.
  package func choose(
    _ logits: UnsafeBufferPointer<Float>, after text: [Int32], stream: UInt32, step: Int
  ) -> Int32? {
    let count = min(logits.count, settings.vocabulary ?? logits.count)
    if filters.isEmpty, settings.suppressed.isEmpty, settings.sampling.temperature == 0 {
      return Self.place(ofLargest: logits, count: count).map { Int32($0) }
    }
    var candidates = Candidates(logits, count: count, excluding: settings.suppressed)
    for filter in filters { filter.apply(to: &candidates, after: text) }
    guard settings.sampling.temperature > 0 else {
      return candidates.scores.withUnsafeBufferPointer {
        Self.place(ofLargest: $0, count: $0.count).map { candidates.tokens[$0] }
      }
    }
    return draw(candidates, stream, step)
  }

  /// The first token at which the sum of probabilities passes a random number in `0..<1`.
  private func draw(_ candidates: Candidates, _ stream: UInt32, _ step: Int) -> Int32? {
    let key = RandomKey(
      seed: settings.sampling.seed, step: UInt32(truncatingIfNeeded: step),
      layer: UInt16(truncatingIfNeeded: stream), site: UInt16(stream >> 16))
    let words = key.words(2)
    let whole = UInt64(words[0]) << 21 ^ UInt64(words[1]) >> 11
    let probabilities = candidates.probabilities
    let total = probabilities.reduce(0.0) { $0 + Double($1) }
    let bound = Double(whole) * 0x1p-53 * total
    var sum = 0.0
    for (place, probability) in probabilities.enumerated() where probability > 0 {
      sum += Double(probability)
      if sum > bound { return candidates.tokens[place] }
    }
    return probabilities.lastIndex { $0 > 0 }.map { candidates.tokens[$0] }
  }

  /// The log-probability of `token` under the model's own distribution, and the likeliest tokens with theirs.
  package func told(
    _ token: Int32, _ logits: UnsafeBufferPointer<Float>
  ) -> (chosen: Float?, alternatives: [TokenProbability]) {
    guard let wanted = settings.alternatives else { return (nil, []) }
    let top = Self.place(ofLargest: logits, count: logits.count).map { logits[$0] } ?? 0
    let sum = logits.reduce(0.0) { $0 + exp(Double($1 - top)) }
    let log = Double(top) + Foundation.log(sum)
    let probability = { (place: Int) in Float(Double(logits[place]) - log) }
    let candidates = Candidates(
      logits, count: settings.vocabulary ?? logits.count, excluding: settings.suppressed)
    guard wanted > 0 else { return (probability(Int(token)), []) }
    let bound = candidates.score(atRank: wanted)
    var best = candidates
    best.keep { _, score, _ in score >= bound }
    let places = best.likeliest(wanted, by: best.scores)
    return (
      probability(Int(token)),
      places.map {
        TokenProbability(
          token: best.tokens[$0], logProbability: probability(Int(best.tokens[$0])))
      }
    )
  }

  /// The first of the largest numbers; nil where all are -inf or NaN.
  package static func place(ofLargest values: UnsafeBufferPointer<Float>, count: Int) -> Int? {
    guard let base = values.baseAddress, count > 0 else { return nil }
    var lanes = SIMD16<Float>(repeating: -.infinity)
    let raw = UnsafeRawPointer(base)
    var start = 0
    while start + 16 <= count {
      let next = raw.loadUnaligned(fromByteOffset: start * 4, as: SIMD16<Float>.self)
      lanes.replace(with: next, where: next .> lanes)
      start += 16
    }
    var best = -Float.infinity
    for lane in 0..<16 where lanes[lane] > best { best = lanes[lane] }
    for place in start..<count where values[place] > best { best = values[place] }
    guard best > -.infinity else { return nil }
    return values.prefix(count).firstIndex(of: best)
  }
}
