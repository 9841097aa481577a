// A search over both indexes: what it returns, what it says, and whom it trusts.
import AdaptRetrieval
import Foundation
import Testing

@Suite struct SearchHybridTests {
  /// 120 passages of ten words; word `w<i>` and `v<i>` mean the same.
  private static func topics(blind: Bool = false) throws -> TestCollection {
    var groups: [String: Int] = [:]
    for i in 0..<40 {
      groups["w\(i)"] = i
      groups["v\(i)"] = i
    }
    var random = TestRandom(seed: 5)
    let texts = (0..<120).map { _ in
      (0..<10).map { _ in "w\(random.below(40))" }.joined(separator: " ")
    }
    return try TestCollection(texts, GroupEmbedder(groups: groups, isBlind: blind))
  }

  @Test func trustsAnEmbedderThatReads() throws {
    let reading = try Self.topics().calibration
    let blind = try Self.topics(blind: true).calibration
    #expect(reading.sentences > 60)
    #expect(reading.agreement > 0.4)
    #expect(blind.agreement < 0.1)
    #expect(reading.cosineSpread > 0)
  }

  @Test func calibrationIsTheSameOnEveryRunAndSurvivesJSON() throws {
    let one = try Self.topics().calibration
    #expect(try one == Self.topics().calibration)
    let data = try JSONEncoder().encode(one)
    #expect(try JSONDecoder().decode(RetrievalCalibration.self, from: data) == one)
  }

  @Test func assumesSomethingWhenThereIsNothingToMeasure() throws {
    let embedder = GroupEmbedder(groups: [:])
    let none = try RetrievalCalibration.measure([], embedder: embedder)
    #expect(none == .assumed(for: "groups"))
    let one = CalibrationPassage(
      document: 1, text: "one two three four five six.", vector: [Float](repeating: 0, count: 32))
    #expect(try RetrievalCalibration.measure([one], embedder: embedder) == none)
  }

  /// The regression that this fusion exists for: a retriever that cannot read ruins plain rank fusion.
  @Test func blindEmbedderDoesNotRuinWords() throws {
    let collection = try Self.topics(blind: true)
    var random = TestRandom(seed: 9)
    var worse = 0
    for id in 0..<60 {
      let words = collection.texts[id].split(separator: " ").map(String.init)
      let query = (0..<4).map { _ in words[random.below(words.count)] }.joined(separator: " ")
      let search = collection.search
      let lexical = try search.rank(query, mode: .lexical, k: 10).0.map(\.id)
      let hybrid = try search.rank(query, mode: .hybrid, k: 10).0.map(\.id)
      let position = { (list: [Int64]) in list.firstIndex(of: Int64(id)) ?? 10 }
      if position(hybrid) > position(lexical) + 1 { worse += 1 }
    }
    #expect(worse <= 6)
  }

  @Test func findsSynonymsThatWordsCannot() throws {
    let collection = try Self.topics()
    let query = collection.texts[7].replacingOccurrences(of: "w", with: "v")
    #expect(try collection.search.search(query, mode: .lexical).results.isEmpty)
    let outcome = try collection.search.search(query, k: 3)
    #expect(outcome.results.first?.chunk == 7)
    #expect(outcome.explanation.missingTerms.count == outcome.explanation.terms.count)
    #expect(outcome.results.first?.stages.bm25 == nil)
    #expect(outcome.results.first?.stages.cosineRank == 1)
  }

  /// Nothing is better than passages in the order of their ids.
  @Test func findsNothingForAQuestionNobodyCanRead() throws {
    let search = try Self.topics().search
    let outcome = try search.search("unheard unread", k: 5)
    #expect(outcome.results.isEmpty)
    #expect(outcome.explanation.weights?.readable == 0)
  }

  @Test func explainsItsScore() throws {
    let collection = try Self.topics()
    let outcome = try collection.search.search("w1 w2 unheard", k: 5)
    let weights = try #require(outcome.explanation.weights)
    #expect(weights.agreement == collection.calibration.agreement)
    #expect(abs(weights.readable - 4.0 / 11) < 1e-12)
    #expect(outcome.explanation.missingTerms == ["unheard"])
    for result in outcome.results {
      let cosine = try #require(result.stages.cosine)
      let lexical = (result.stages.bm25 ?? 0) / weights.idealBM25
      let dense = (cosine - weights.cosineMean) / (9 * weights.cosineSpread)
      #expect(abs(result.score - (1 - weights.dense) * lexical - weights.dense * dense) < 1e-9)
      #expect(lexical <= 1)
      #expect(result.heading == "A › B")
    }
    #expect(outcome.results.map(\.score) == outcome.results.map(\.score).sorted(by: >))
  }

  @Test func saysWhyItSearchesByWordsOnly() throws {
    let collection = try Self.topics()
    let without = try collection.search(embedder: nil, calibration: nil).search("w1 w2")
    #expect(without.explanation.mode == .lexical)
    #expect(without.explanation.notes == [.noEmbedder])
    var other = collection.embedder
    other.identity = "other"
    let mixed = try collection.search(embedder: other, calibration: collection.calibration)
      .search("w1 w2", mode: .dense)
    #expect(mixed.explanation.notes == [.otherEmbedder(indexed: "groups", loaded: "other")])
    #expect(mixed.results.map(\.chunk) == without.results.map(\.chunk))
    let raw = try collection.search(embedder: collection.embedder, calibration: nil).search("w1")
    #expect(raw.explanation.notes == [.notCalibrated])
  }

  @Test(arguments: SearchMode.allCases)
  func copesWithEmptyAndHugeQuestions(_ mode: SearchMode) throws {
    let search = try Self.topics().search
    for query in ["", "  ", "?!"] {
      let outcome = try search.search(query, mode: mode)
      #expect(outcome.results.isEmpty)
      #expect(outcome.explanation.notes == [.noTerms])
    }
    #expect(try search.search("w1", mode: mode, k: 0).results.isEmpty)
    #expect(try search.search("w1", mode: mode, k: -3).results.isEmpty)
    #expect(try search.search("w1", mode: mode, k: .max).results.count > 1)
    let long = (0..<2000).map { "w\($0)" }.joined(separator: " ")
    let notes = try search.search(long, mode: mode).explanation.notes
    let terms = SearchExplanation.Note.cut(what: "terms", length: 2000, limit: 256)
    let tokens = SearchExplanation.Note.cut(what: "tokens", length: 2000, limit: 10)
    #expect(notes.contains(terms) == (mode != .dense))
    #expect(notes.contains(tokens) == (mode != .lexical))
  }

  @Test func breaksTiesById() throws {
    let texts = Array(repeating: "w1 w2", count: 9) + ["w3 w4", "w5 w6", "w7 w8"]
    let collection = try TestCollection(texts, GroupEmbedder(groups: ["w1": 1, "w2": 2, "w3": 3]))
    for mode in SearchMode.allCases {
      let ids = try collection.search.rank("w1", mode: mode, k: 9).0.map(\.id)
      #expect(ids == Array(0..<9))
    }
  }

  @Test func readableShareCountsLettersOfKnownTokens() {
    let tokens = [
      EmbedderToken(bytes: 0..<3, isUnknown: true), EmbedderToken(bytes: 3..<6, isUnknown: false),
      EmbedderToken(bytes: 6..<8, isUnknown: false), EmbedderToken(bytes: 8..<99, isUnknown: true),
    ]
    #expect(FusionWeights.readableShare(of: "微调ab?", tokens) == 0.75)
    #expect(FusionWeights.readableShare(of: "", []) == 1)
  }
}
