// What every keyword index must do; the naive one says what the scores are.
import AdaptRetrieval
import AdaptTestSupport
import Foundation
import Testing

@Suite struct KeywordIndexContractTests {
  private static let names = ["fts5", "naive"]

  @Sendable private static func words(_ text: String) -> [String] {
    text.split(separator: " ").map(String.init)
  }

  private func index(
    _ name: String, _ fixture: StoreFixture, weights: [Double] = [3, 2, 1]
  ) -> any KeywordIndex {
    if name == "naive" {
      return NaiveKeywordIndex(weights: weights, analyze: Self.words) {
        try fixture.database.chunks([$0]).first?.path
      }
    }
    let columns = FTS5KeywordIndex.Weights(
      title: weights[0], headings: weights[1], body: weights[2])
    return FTS5KeywordIndex(fixture.database, weights: columns, analyze: Self.words)
  }

  private func row(
    _ id: Int64, _ body: String, collection: Int64 = 1, title: String = "", headings: String = ""
  ) -> KeywordRow {
    KeywordRow(id: id, collection: collection, title: title, headings: headings, body: body)
  }

  private func ids(
    _ index: any KeywordIndex, _ terms: [String], _ filter: SearchFilter = .init()
  ) throws -> Set<Int64> {
    Set(try index.search(terms, k: 100, filter: filter).map(\.id))
  }

  @Test(arguments: names) func findsAnyOfTheTerms(_ name: String) throws {
    let fixture = try StoreFixture()
    try fixture.add(1...4)
    let index = index(name, fixture)
    try index.upsert([
      row(1, "low rank adapters"), row(2, "full tuning", title: "rank"), row(3, "other"),
      row(4, "more", headings: "tuning"),
    ])
    #expect(try ids(index, ["rank"]) == [1, 2])
    #expect(try ids(index, ["rank", "tuning", "absent"]) == [1, 2, 4])
    #expect(try ids(index, ["absent"]).isEmpty)
    #expect(try ids(index, []).isEmpty)
    #expect(try index.search(["rank"], k: 0, filter: .init()).isEmpty)
  }

  @Test(arguments: names) func replacesAndDeletes(_ name: String) throws {
    let fixture = try StoreFixture()
    try fixture.add(1...2)
    let index = index(name, fixture)
    try index.upsert([row(1, "old"), row(2, "kept")])
    try index.upsert([row(1, "new")])
    #expect(try ids(index, ["old"]).isEmpty)
    #expect(try ids(index, ["new"]) == [1])
    try index.delete([2, 55])
    #expect(try ids(index, ["kept", "new"]) == [1])
    #expect(try index.documentFrequencies(["new", "kept"], filter: .init()).total == 1)
    try fixture.database.checkIntegrity()
  }

  @Test(arguments: names) func filtersByCollectionAndPath(_ name: String) throws {
    let fixture = try StoreFixture(dimensions: [4, 4])
    try fixture.add([1], path: "/a/x.md")
    try fixture.add([2], path: "/b/x.md")
    try fixture.add([3], collection: 2, path: "/a/x.md")
    let index = index(name, fixture)
    try index.upsert([row(1, "rank one"), row(2, "rank"), row(3, "rank", collection: 2)])
    #expect(try ids(index, ["rank"], .init(collection: 1)) == [1, 2])
    #expect(try ids(index, ["rank"], .init(pathPrefix: "/a/")) == [1, 3])
    #expect(try ids(index, ["rank"], .init(collection: 1, pathPrefix: "/a/")) == [1])
    #expect(try ids(index, ["rank"], .init(collection: 9)).isEmpty)
    let all = try index.documentFrequencies(["rank", "one", "none"], filter: .init())
    #expect(all.frequencies == ["rank": 3, "one": 1, "none": 0] && all.total == 3)
    for (filter, rank, total) in [
      (SearchFilter(collection: 1), 2, 2), (SearchFilter(pathPrefix: "/b"), 1, 1),
      (SearchFilter(collection: 9), 0, 0),
    ] {
      let some = try index.documentFrequencies(["rank"], filter: filter)
      #expect(some.frequencies == ["rank": rank] && some.total == total)
    }
  }

  @Test(arguments: names) func theQueryLanguageIsOnlyWords(_ name: String) throws {
    let fixture = try StoreFixture()
    try fixture.add(1...3)
    let index = index(name, fixture)
    try index.upsert([row(1, "and or near not"), row(2, "title"), row(3, "plain c++ a-b ^x x*")])
    #expect(try ids(index, ["AND"]) == [1])
    #expect(try ids(index, ["NEAR", "OR"]) == [1])
    #expect(try ids(index, ["pla*"]).isEmpty)
    #expect(try ids(index, ["x*"]) == [3])
    #expect(try ids(index, ["^x"]) == [3])
    #expect(try ids(index, ["c++"]) == [3])
    #expect(try ids(index, ["a"]).isEmpty)
    #expect(try ids(index, ["title:plain", "{title}:plain", "-plain", "(plain"]).isEmpty)
  }

  @Test func hostileTermsCannotLeaveTheirQuotes() throws {
    let fixture = try StoreFixture()
    try fixture.add(1...2)
    let index = index("fts5", fixture)
    try index.upsert([row(1, "secret"), row(2, "it's \"quoted\"")])
    let hostile = [
      "x\" OR \"secret", "\"", "'", "\"\"", "\u{0}", " ", "x\u{0}\" OR secret", "NEAR(secret)",
      "\\", "; DROP TABLE keywords; --", "\u{2028}", "x\u{a0}secret",
    ]
    for term in hostile { #expect(try ids(index, [term]).isEmpty, "\(term)") }
    #expect(try ids(index, hostile).isEmpty)
    #expect(try ids(index, ["it's"]) == [2])
    #expect(try ids(index, ["quoted"]) == [2])
    try fixture.database.checkIntegrity()
  }

  @Test(arguments: names) func keepsAccentsScriptsAndTwoCharacterWords(_ name: String) throws {
    let fixture = try StoreFixture()
    try fixture.add(1...5)
    let index = index(name, fixture)
    try index.upsert([
      row(1, "微调 调模 模型 lora"), row(2, "résumé"), row(3, "resume"), row(4, "हिन्दी ไทย"),
      row(5, "𠀀𠀁 🙂"),
    ])
    #expect(try ids(index, ["微调"]) == [1])
    #expect(try ids(index, ["lora"]) == [1])
    #expect(try ids(index, ["résumé"]) == [2])
    #expect(try ids(index, ["resume"]) == [3])
    #expect(try ids(index, ["हिन्दी"]) == [4])
    #expect(try ids(index, ["हि"]).isEmpty)
    #expect(try ids(index, ["𠀀𠀁"]) == [5])
    #expect(try ids(index, ["🙂"]) == [5])
  }

  @Test func scoresEqualTheFormula() throws {
    let fixture = try StoreFixture(dimensions: [4, 4])
    try fixture.add(1...80)
    try fixture.add(81...100, collection: 2)
    let indexes = Self.names.map { index($0, fixture) }
    var random = Seeded(state: 3)
    func text(_ most: Int) -> String {
      (0..<Int.random(in: 0...most, using: &random)).map { _ in
        // Small numbers are common words, large ones rare.
        let range = Int.random(in: 1...200, using: &random)
        return "w\(Int.random(in: 0..<range, using: &random))"
      }.joined(separator: " ")
    }
    let rows = (1...100).map { id in
      row(
        Int64(id), text(60), collection: id > 80 ? 2 : 1, title: text(4), headings: text(8))
    }
    for index in indexes { try index.upsert(rows) }
    let queries = [["w0"], ["w1", "w5", "w90"], ["w3", "w3", "w8"], (0..<60).map { "w\($0)" }]
    for query in queries {
      for filter in [SearchFilter(), SearchFilter(collection: 2)] {
        let (fast, naive) = (
          try indexes[0].search(query, k: 30, filter: filter),
          try indexes[1].search(query, k: 30, filter: filter)
        )
        #expect(fast.count == naive.count)
        for (one, other) in zip(fast, naive) {
          // Sums of doubles in another order, rounded to f32.
          #expect(abs(one.score - other.score) <= 1e-5 * max(1, abs(other.score)))
        }
        #expect(fast == fast.sorted(by: TopHits.isBetter))
      }
    }
  }

  @Test func aLongQueryIsNoFault() throws {
    let fixture = try StoreFixture()
    try fixture.add([1])
    let index = index("fts5", fixture)
    try index.upsert([row(1, "w7 " + String(repeating: "长", count: 5000))])
    let terms = (0..<3000).map { "w\($0)" }
    #expect(try ids(index, terms) == [1])
    #expect(try ids(index, [String(repeating: "长", count: 5000)]) == [1])
  }
}
