// What each filter promises, on random rows; equality with the reference is in the golden suite.
import AdaptGradients
import AdaptModels
import AdaptTensors
import Foundation
import Testing

struct LogitsFilterTests {
  private static func row(_ seed: UInt64, _ count: Int, deviation: Float = 2) -> [Float] {
    RandomKey(seed: seed).normal([count], deviation: deviation).elements
  }

  private static func candidates(_ row: [Float]) -> Candidates {
    row.withUnsafeBufferPointer { Candidates($0, count: row.count, excluding: []) }
  }

  private static func filtered(_ row: [Float], _ filter: any LogitsFilter, _ text: [Int32] = [])
    -> Candidates
  {
    var candidates = candidates(row)
    filter.apply(to: &candidates, after: text)
    return candidates
  }

  @Test(arguments: [1, 2, 7, 500]) func topKEqualsSorting(_ k: Int) {
    for seed in 0..<5 {
      let row = Self.row(UInt64(seed), 300)
      let kept = Self.filtered(row, TopK(k)).tokens
      let wanted = row.indices.sorted { row[$0] > row[$1] }.prefix(k).sorted()
      #expect(kept.map(Int.init) == wanted)
    }
    // Equals of the k-th stay.
    #expect(Self.filtered([1, 3, 1, 1, 0], TopK(2)).tokens == [0, 1, 2, 3])
  }

  /// The fewest likeliest tokens that reach the sum: one less does not.
  @Test(arguments: [0.05, 0.5, 0.9, 0.999]) func topPIsTheSmallestSet(_ p: Double) {
    for (seed, count) in [(1, 3), (2, 40), (3, 5_000), (4, 1)] {
      let row = Self.row(UInt64(seed), count)
      let all = Self.candidates(row).probabilities.map(Double.init)
      let kept = Self.filtered(row, TopP(p)).tokens.map { all[Int($0)] }
      let left = all.sorted(by: >).dropFirst(kept.count)
      #expect(kept.min() ?? 0 >= left.max() ?? 0)
      #expect(kept.reduce(0, +) > p - 1e-5)
      #expect(kept.count == 1 || kept.reduce(0, +) - (kept.min() ?? 0) < p + 1e-5)
    }
    #expect(Self.filtered([9, 0, 0, 1], TopP(0.1, least: 3)).tokens.count == 3)
  }

  @Test func minPIsAShareOfTheLargest() {
    let row = Self.row(7, 400)
    let all = Self.candidates(row).probabilities
    let bound = Float(0.2) * (all.max() ?? 0)
    let kept = Self.filtered(row, MinP(0.2)).tokens.map(Int.init)
    #expect(kept == all.indices.filter { all[$0] >= bound })
  }

  @Test func penaltyPushesBothSignsDown() {
    let penalised = Self.filtered([2, -2, 4, -4], RepetitionPenalty(2), [0, 1, 1, 99, -3])
    #expect(penalised.scores == [1, -4, 4, -4])
  }

  @Test func noRunOccursTwice() {
    let text: [Int32] = [1, 2, 3, 1, 2]
    #expect(Self.filtered([0, 0, 0, 0, 0], NoRepeatNGram(3), text).tokens == [0, 1, 2, 4])
    #expect(Self.filtered([0, 0, 0, 0], NoRepeatNGram(1), text).tokens == [0])
    #expect(Self.filtered([0, 0], NoRepeatNGram(9), text).tokens == [0, 1])
    #expect(Self.filtered([0, 0], NoRepeatNGram(2), []).tokens == [0, 1])
  }

  /// Whatever the filters, somebody is left, and they are among the candidates.
  @Test func theLikeliestAlwaysStays() {
    let filters: [any LogitsFilter] = [
      TopK(1), TopP(1e-9), MinP(1), ProbabilityCutoff(0.99),
      ProbabilityCutoff(0.99, fallsWithEntropy: true),
    ]
    for seed in 0..<20 {
      let row = Self.row(UInt64(seed), 50)
      let best = row.indices.max { row[$0] < row[$1] }
      for filter in filters {
        #expect(Self.filtered(row, filter).tokens.contains(Int32(best ?? 0)), "\(filter)")
      }
      #expect(Self.filtered(row, TypicalP(1e-9)).count >= 1)
    }
  }

  /// Draws come as often as their probabilities say.
  @Test func drawsFollowTheDistribution() {
    var settings = GenerationSettings(sampling: SamplingSettings(temperature: 0.7, topK: 6))
    settings.sampling.seed = 11
    let row = Self.row(12, 30, deviation: 1)
    var left = Self.candidates(row)
    for filter in settings.sampling.filters { filter.apply(to: &left, after: []) }
    let sampler = Sampler(settings)
    var counts: [Int32: Int] = [:]
    let draws = 20_000
    for step in 0..<draws {
      let token = row.withUnsafeBufferPointer {
        sampler.choose($0, after: [], stream: UInt32(step % 7), step: step)
      }
      counts[token ?? -1, default: 0] += 1
    }
    #expect(Set(counts.keys) == Set(left.tokens))
    for (token, probability) in zip(left.tokens, left.probabilities) {
      let expected = Double(probability) * Double(draws)
      // Five deviations of a binomial count.
      let deviation = (expected * (1 - Double(probability))).squareRoot()
      #expect(abs(Double(counts[token] ?? 0) - expected) < 5 * deviation + 1)
    }
  }

  /// The vectors and the rest of a row are both searched, and the first of equals is taken.
  @Test(arguments: [1, 15, 16, 17, 100]) func theLargestIsFound(_ count: Int) {
    var row = Self.row(UInt64(count), count)
    for place in [0, count / 2, count - 1] {
      row[place] = 50
      let found = row.withUnsafeBufferPointer { Sampler.place(ofLargest: $0, count: count) }
      #expect(found == row.firstIndex(of: 50))
      row[place] = 0
    }
    #expect(
      [Float.nan, .nan].withUnsafeBufferPointer { Sampler.place(ofLargest: $0, count: 2) } == nil)
    #expect(
      [Float.nan, 1].withUnsafeBufferPointer { Sampler.place(ofLargest: $0, count: 2) } == 1)
  }
}
