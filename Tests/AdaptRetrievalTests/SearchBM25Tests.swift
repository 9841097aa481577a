// The index against a twin that follows the formula word by word.
import AdaptRetrieval
import Foundation
import Testing

@Suite struct SearchBM25Tests {
  private static func row(_ id: Int64, _ body: String, collection: Int64 = 1) -> KeywordRow {
    KeywordRow(id: id, collection: collection, title: "", headings: "", body: body)
  }

  private static func randomTexts(_ count: Int, seed: UInt64) -> [String] {
    var random = TestRandom(seed: seed)
    return (0..<count).map { _ in
      (0..<random.below(12)).map { _ in "w\(random.below(9))" }.joined(separator: " ")
    }
  }

  /// All scores by the definition, straight from the texts.
  private static func naive(_ texts: [String], _ terms: [String]) -> [Double] {
    let words = texts.map { $0.split(separator: " ").map(String.init) }
    let average = Double(words.reduce(0) { $0 + $1.count }) / Double(texts.count)
    return words.map { document in
      terms.reduce(0) { sum, term in
        let f = Double(document.filter { $0 == term }.count)
        let n = Double(words.filter { $0.contains(term) }.count)
        var idf = log((Double(texts.count) - n + 0.5) / (n + 0.5))
        if idf <= 0 { idf = 1e-6 }
        let length = 1 - 0.75 + 0.75 * Double(document.count) / max(1, average)
        return sum + (f == 0 ? 0 : idf * (f * 2.2) / (f + 1.2 * length))
      }
    }
  }

  @Test(arguments: [1, 2, 7, 60])
  func equalsTheFormula(_ count: Int) {
    let texts = Self.randomTexts(count, seed: UInt64(count))
    let index = BM25Index()
    index.upsert(texts.enumerated().map { Self.row(Int64($0), $1) })
    let terms = ["w1", "w2", "w5", "w77", "w2"]
    let expected = Self.naive(texts, terms)
    let hits = index.search(terms, k: count, filter: SearchFilter())
    #expect(hits.count == expected.count { $0 > 0 })
    for hit in hits {
      #expect(abs(Double(hit.score) - expected[Int(hit.id)]) < 1e-5)
    }
    let sorted = hits.sorted { $0.score != $1.score ? $0.score > $1.score : $0.id < $1.id }
    #expect(hits == sorted)
  }

  @Test func replacesAndRemoves() {
    let index = BM25Index()
    index.upsert([Self.row(1, "alpha beta"), Self.row(2, "beta gamma"), Self.row(3, "delta")])
    index.upsert([Self.row(1, "delta delta")])
    index.delete([2, 99])
    let filter = SearchFilter()
    #expect(index.search(["alpha"], k: 5, filter: filter).isEmpty)
    #expect(index.search(["delta"], k: 5, filter: filter).map(\.id) == [1, 3])
    let (frequencies, total) = index.documentFrequencies(["delta", "beta"], filter: filter)
    #expect(frequencies == ["delta": 2, "beta": 0])
    #expect(total == 2)
  }

  @Test func filtersByCollectionAndRespectsK() {
    let index = BM25Index()
    index.upsert((0..<20).map { Self.row(Int64($0), "rare w\($0)", collection: Int64($0 % 2)) })
    let hits = index.search(["rare"], k: 3, filter: SearchFilter(collection: 1))
    #expect(hits.map(\.id) == [1, 3, 5])
    #expect(index.search(["rare"], k: 0, filter: SearchFilter()).isEmpty)
    #expect(index.search([], k: 3, filter: SearchFilter()).isEmpty)
    #expect(BM25Index().search(["rare"], k: 3, filter: SearchFilter()).isEmpty)
  }
}
