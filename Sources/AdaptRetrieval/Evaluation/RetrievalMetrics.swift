// How good one ranking is, by the definitions of trec_eval.
import Foundation

/// The measures of one ranking, or their means over questions; each is 0...1, higher is better.
package struct RetrievalMetrics: Sendable, Equatable, Codable {
  /// Discounted cumulative gain of the first 10 over the best possible; a document's gain is its grade.
  package var nDCG10: Double
  /// 1 / rank of the first relevant document among the first 10, else 0.
  package var mrr10: Double
  /// Share of the relevant documents among the first 10.
  package var recall10: Double
  /// Share of the relevant documents among the first 100.
  package var recall100: Double
  /// Mean over the relevant documents of the precision at each one's rank; 0 for one not found.
  package var map: Double

  package init(nDCG10: Double, mrr10: Double, recall10: Double, recall100: Double, map: Double) {
    self.nDCG10 = nDCG10
    self.mrr10 = mrr10
    self.recall10 = recall10
    self.recall100 = recall100
    self.map = map
  }

  /// Measures a ranking, best first, against the grades of one question; a repeated document counts once.
  package init(ranking: [String], grades: [String: Int]) {
    var seen: Set<String> = []
    let unique = ranking.filter { seen.insert($0).inserted }
    let gains = unique.map { max(0, grades[$0] ?? 0) }
    let ideal = grades.values.filter { $0 > 0 }.sorted(by: >)
    let best = Self.discountedGain(ideal.prefix(10))
    nDCG10 = best > 0 ? Self.discountedGain(gains.prefix(10)) / best : 0
    mrr10 = gains.prefix(10).firstIndex { $0 > 0 }.map { 1 / Double($0 + 1) } ?? 0
    let relevant = Double(max(1, ideal.count))
    recall10 = Double(gains.prefix(10).count { $0 > 0 }) / relevant
    recall100 = Double(gains.prefix(100).count { $0 > 0 }) / relevant
    var found = 0.0
    var precisions = 0.0
    for (i, gain) in gains.enumerated() where gain > 0 {
      found += 1
      precisions += found / Double(i + 1)
    }
    map = precisions / relevant
  }

  private static func discountedGain(_ gains: ArraySlice<Int>) -> Double {
    gains.enumerated().reduce(0) { $0 + Double($1.element) / log2(Double($1.offset + 2)) }
  }

  /// The mean over questions; all 0 for none.
  package static func mean(_ all: [RetrievalMetrics]) -> RetrievalMetrics {
    func mean(_ value: (RetrievalMetrics) -> Double) -> Double {
      all.isEmpty ? 0 : all.reduce(0) { $0 + value($1) } / Double(all.count)
    }
    return RetrievalMetrics(
      nDCG10: mean(\.nDCG10), mrr10: mean(\.mrr10), recall10: mean(\.recall10),
      recall100: mean(\.recall100), map: mean(\.map))
  }
}
