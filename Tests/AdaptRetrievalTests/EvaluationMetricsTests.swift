// Measures against hand-computed cases, a naive twin, and the bootstrap's properties.
import AdaptRetrieval
import Foundation
import Testing

@Suite struct EvaluationMetricsTests {
  /// Ranking a b c d e, grades b 3, d 1, z 2 (never found), c 0, a -1.
  @Test func equalsTheHandComputedCase() {
    let metrics = RetrievalMetrics(
      ranking: ["a", "b", "c", "d", "e"], grades: ["b": 3, "d": 1, "z": 2, "c": 0, "a": -1])
    // DCG 3/log2(3) + 1/log2(5) = 1.892789 + 0.430677; ideal 3 + 2/log2(3) + 1/2 = 4.761860.
    #expect(abs(metrics.nDCG10 - 2.323466 / 4.761860) < 1e-6)
    #expect(metrics.mrr10 == 0.5)
    #expect(abs(metrics.recall10 - 2.0 / 3) < 1e-12)
    #expect(abs(metrics.map - (0.5 + 0.5) / 3) < 1e-12)
  }

  @Test func givesNothingForNothing() {
    let zero = RetrievalMetrics(nDCG10: 0, mrr10: 0, recall10: 0, recall100: 0, map: 0)
    #expect(RetrievalMetrics(ranking: [], grades: ["a": 1]) == zero)
    #expect(RetrievalMetrics(ranking: ["a"], grades: [:]) == zero)
    #expect(RetrievalMetrics.mean([]) == zero)
  }

  @Test func countsARepeatedDocumentOnce() {
    let metrics = RetrievalMetrics(ranking: ["a", "a", "a"], grades: ["a": 1, "b": 1])
    #expect(metrics.recall10 == 0.5)
    #expect(metrics.map == 0.5)
  }

  @Test(arguments: 0..<40)
  func equalsTheNaiveTwin(_ seed: Int) {
    var random = TestRandom(seed: UInt64(seed))
    let ranking = (0..<random.below(150)).map { "d\($0)" }
    var grades: [String: Int] = [:]
    for _ in 0..<random.below(40) { grades["d\(random.below(200))"] = random.below(6) - 1 }
    let metrics = RetrievalMetrics(ranking: ranking, grades: grades)
    let relevant = grades.filter { $0.value > 0 }
    guard !relevant.isEmpty else { return #expect(metrics.map == 0) }
    var gain = 0.0
    var best = 0.0
    let ideal = relevant.values.sorted().reversed().map { $0 }
    for i in 0..<10 {
      if i < ranking.count, let grade = relevant[ranking[i]] {
        gain += Double(grade) * log(2) / log(Double(i) + 2)
      }
      if i < ideal.count { best += Double(ideal[i]) * log(2) / log(Double(i) + 2) }
    }
    #expect(abs(metrics.nDCG10 - gain / best) < 1e-12)
    func hits(_ k: Int) -> Double { Double(ranking.prefix(k).filter { relevant[$0] != nil }.count) }
    let precisions = ranking.indices.filter { relevant[ranking[$0]] != nil }
      .map { hits($0 + 1) / Double($0 + 1) }
    #expect(abs(metrics.map - precisions.reduce(0, +) / Double(relevant.count)) < 1e-12)
    #expect(abs(metrics.recall10 - hits(10) / Double(relevant.count)) < 1e-12)
    #expect(abs(metrics.recall100 - hits(100) / Double(relevant.count)) < 1e-12)
    let first = (0..<10).first { $0 < ranking.count && relevant[ranking[$0]] != nil }
    #expect(metrics.mrr10 == first.map { 1 / Double($0 + 1) } ?? 0)
  }

  @Test func bootstrapIsSeededAndHoldsTheMean() {
    var random = TestRandom(seed: 3)
    let one = (0..<80).map { _ in Double(random.below(100)) / 100 + 0.1 }
    let other = (0..<80).map { _ in Double(random.below(100)) / 100 }
    let interval = PairedBootstrap(one, minus: other, seed: 4)
    #expect(interval == PairedBootstrap(one, minus: other, seed: 4))
    #expect(interval != PairedBootstrap(one, minus: other, seed: 5))
    #expect(interval.low < interval.difference && interval.difference < interval.high)
    // Normal theory: the half width is 1.96 standard errors of the mean difference.
    let differences = zip(one, other).map(-)
    let variance =
      differences.reduce(0) { $0 + ($1 - interval.difference) * ($1 - interval.difference) } / 80
    let half = 1.96 * (variance / 80).squareRoot()
    #expect(abs((interval.high - interval.low) / 2 - half) < 0.15 * half)
    let same = PairedBootstrap(one, minus: one)
    #expect(same.low == 0 && same.high == 0)
    #expect(PairedBootstrap([], minus: []).difference == 0)
  }
}
