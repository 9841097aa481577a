// The filters of transformers' generation, in its order and with its rules at ties and ends.
import AdaptTensors
import Foundation

/// A step between logits and the draw.
package protocol LogitsFilter: Sendable {
  /// Changes or shortens the list; `text` is all that stands before the next token, prompt included.
  func apply(to candidates: inout Candidates, after text: [Int32])
}

/// Divides the logits of tokens in the text by the penalty, multiplies negative ones (Keskar et al.,
/// arXiv:1909.05858, section 4.1, without its fault at negative logits).
package struct RepetitionPenalty: LogitsFilter {
  package var penalty: Double

  package init(_ penalty: Double) { self.penalty = penalty }

  package func apply(to candidates: inout Candidates, after text: [Int32]) {
    let places = Set(Set(text).compactMap { candidates.place(of: $0) })
    let penalty = Float(penalty)
    candidates.rescore { score, place in
      guard places.contains(place) else { return score }
      return score < 0 ? score * penalty : score / penalty
    }
  }
}

/// Removes tokens that would make a run of `size` tokens occur a second time.
package struct NoRepeatNGram: LogitsFilter {
  package var size: Int

  package init(_ size: Int) { self.size = size }

  package func apply(to candidates: inout Candidates, after text: [Int32]) {
    guard size > 0, text.count + 1 >= size else { return }
    let start = text.suffix(size - 1)
    var banned: Set<Int32> = []
    for first in 0..<max(0, text.count - size + 1)
    where text[first..<first + size - 1].elementsEqual(start) {
      banned.insert(text[first + size - 1])
    }
    candidates.keep { token, _, _ in !banned.contains(token) }
  }
}

package struct Temperature: LogitsFilter {
  package var temperature: Double

  package init(_ temperature: Double) { self.temperature = temperature }

  package func apply(to candidates: inout Candidates, after text: [Int32]) {
    let temperature = Float(temperature)
    candidates.rescore { score, _ in score / temperature }
  }
}

/// Keeps what is not below the k-th largest logit, equals included.
package struct TopK: LogitsFilter {
  package var k: Int

  package init(_ k: Int) { self.k = k }

  package func apply(to candidates: inout Candidates, after text: [Int32]) {
    guard k < candidates.count else { return }
    let least = candidates.score(atRank: k)
    candidates.keep { _, score, _ in score >= least }
  }
}

/// Removes the least likely tokens whose probabilities together are at most `1 - p` (Holtzman et al.,
/// arXiv:1904.09751).
package struct TopP: LogitsFilter {
  package var p: Double
  /// Likeliest tokens that stay whatever the sum.
  package var least: Int

  package init(_ p: Double, least: Int = 1) {
    self.p = p
    self.least = least
  }

  package func apply(to candidates: inout Candidates, after text: [Int32]) {
    let probabilities = candidates.probabilities
    let rest = Float(1 - p)
    // Tokens below this could all go together, so only the others need an order.
    let small = rest / Float(max(1, candidates.count)) * 0.999
    var sum = probabilities.reduce(Float(0)) { $1 < small ? $0 + $1 : $0 }
    let order = probabilities.indices.filter { probabilities[$0] >= small }
      .sorted { (probabilities[$0], $0) < (probabilities[$1], $1) }
    let kept = order.enumerated().filter { rank, place in
      sum += probabilities[place]
      return sum > rest || rank + least >= order.count
    }
    let places = Set(kept.map(\.element))
    let missing = least - places.count
    let first = missing > 0 ? candidates.likeliest(least, by: probabilities) : []
    candidates.keep { _, _, place in places.contains(place) || first.contains(place) }
  }
}

/// Removes tokens below a share of the largest probability (Nguyen et al., arXiv:2407.01082).
package struct MinP: LogitsFilter {
  package var share: Double

  package init(_ share: Double) { self.share = share }

  package func apply(to candidates: inout Candidates, after text: [Int32]) {
    let probabilities = candidates.probabilities
    let bound = Float(share) * (probabilities.max() ?? 0)
    candidates.keep { _, _, place in probabilities[place] >= bound }
  }
}

/// Keeps the tokens whose surprise is nearest to the entropy, up to a mass (arXiv:2202.00666).
package struct TypicalP: LogitsFilter {
  package var mass: Double

  package init(_ mass: Double) { self.mass = mass }

  package func apply(to candidates: inout Candidates, after text: [Int32]) {
    let probabilities = candidates.probabilities
    let surprises = probabilities.map { -log($0) }
    let entropy = zip(probabilities, surprises).reduce(Float(0)) {
      $1.0 > 0 ? $0 + $1.0 * $1.1 : $0
    }
    let distances = surprises.map { abs($0 - entropy) }
    let order = distances.indices.sorted { (distances[$0], $0) < (distances[$1], $1) }
    var (sum, last) = (Float(0), 0)
    for place in order {
      sum += probabilities[place]
      if sum < Float(mass) { last += 1 } else { break }
    }
    guard let bound = order.isEmpty ? nil : distances[order[min(last, order.count - 1)]] else {
      return
    }
    candidates.keep { _, _, place in distances[place] <= bound || place == order[0] }
  }
}

/// Removes tokens below a probability, or below one that falls with the entropy; the likeliest always stays
/// (arXiv:2210.15191, section 4).
package struct ProbabilityCutoff: LogitsFilter {
  package var epsilon: Double
  /// The bound is `min(ε, √ε · e^(-entropy))`.
  package var fallsWithEntropy: Bool

  package init(_ epsilon: Double, fallsWithEntropy: Bool = false) {
    self.epsilon = epsilon
    self.fallsWithEntropy = fallsWithEntropy
  }

  package func apply(to candidates: inout Candidates, after text: [Int32]) {
    let probabilities = candidates.probabilities
    var bound = Float(epsilon)
    if fallsWithEntropy {
      let entropy = probabilities.reduce(Float(0)) { $1 > 0 ? $0 - $1 * log($1) : $0 }
      bound = min(bound, bound.squareRoot() * exp(-entropy))
    }
    let top = candidates.scores.max() ?? -.infinity
    candidates.keep { _, score, place in probabilities[place] >= bound || score >= top }
  }
}

extension Candidates {
  /// The places of the `count` largest values, the largest first, equals by number.
  func likeliest(_ count: Int, by values: [Float]) -> [Int] {
    Array(
      values.indices.sorted { (values[$1], $0) < (values[$0], $1) }.prefix(count))
  }
}

extension SamplingSettings {
  /// The filters that these settings ask for, in the order of transformers 5.
  package var filters: [any LogitsFilter] {
    var filters: [any LogitsFilter] = []
    if repetitionPenalty != 1 { filters.append(RepetitionPenalty(repetitionPenalty)) }
    if let noRepeatNGram { filters.append(NoRepeatNGram(noRepeatNGram)) }
    guard temperature > 0 else { return filters }
    if temperature != 1 { filters.append(Temperature(temperature)) }
    if let topK { filters.append(TopK(topK)) }
    if let topP, topP < 1 { filters.append(TopP(topP)) }
    if let minP { filters.append(MinP(minP)) }
    if let typicalP, typicalP < 1 { filters.append(TypicalP(typicalP)) }
    if let epsilonCutoff, epsilonCutoff > 0 { filters.append(ProbabilityCutoff(epsilonCutoff)) }
    if let etaCutoff, etaCutoff > 0 {
      filters.append(ProbabilityCutoff(etaCutoff, fallsWithEntropy: true))
    }
    return filters
  }
}
