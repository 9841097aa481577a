// The whole evaluation on a small collection whose figures are known.
import AdaptRetrieval
import Foundation
import Testing

@Suite struct EvaluationRunTests {
  private let corpus = ["a", "b", "c"].map { EvaluationText(id: $0, text: "text \($0)") }
  private let queries = ["1", "2", "3"].map { EvaluationText(id: $0, text: $0) }
  private let judgements = RelevanceJudgements([
    "1": ["a": 1], "2": ["b": 2, "gone": 1], "3": ["c": 0], "9": ["a": 1],
  ])

  @Test func measuresJudgedQuestionsAndCountsTheRest() throws {
    var calls = 0
    let evaluation = try RetrievalEvaluation.run(
      corpus: corpus, queries: queries, judgements: judgements, modes: [.lexical, .hybrid],
      searcher: { query, mode, k in
        #expect(k == RetrievalEvaluation.depth)
        let right = query == "1" ? ["a", "b", "c"] : ["b", "a"]
        return mode == .hybrid ? right : right.reversed()
      },
      progress: { done, all in
        calls += 1
        #expect(done == calls && all == 4)
      })
    #expect(evaluation.documents == 3)
    #expect(evaluation.queries == 2)
    #expect(evaluation.unjudgedQueries == 1)
    #expect(evaluation.missingQueries == 1)
    #expect(evaluation.missingDocuments == 1)
    #expect(calls == 4)
    #expect(abs(evaluation.rows[0].metrics.mrr10 - (1.0 / 3 + 1.0 / 2) / 2) < 1e-12)
    #expect(evaluation.rows[1].metrics.mrr10 == 1)
    #expect(evaluation.rows[1].metrics.recall10 == 0.75)
    #expect(evaluation.rows[0].mrr10AgainstFirst == nil)
    let gain = try #require(evaluation.rows[1].mrr10AgainstFirst)
    #expect(abs(gain.difference - 7.0 / 12) < 1e-12)
    let data = try JSONEncoder().encode(evaluation)
    #expect(try JSONDecoder().decode(RetrievalEvaluation.self, from: data) == evaluation)
    #expect(evaluation.text.contains("hybrid"))
    #expect(evaluation.text.contains("1 relevant documents are not in the collection"))
  }

  @Test func refusesACollectionWithoutJudgements() {
    #expect(throws: EvaluationFault.nothingJudged(queries: 3, judged: 1)) {
      try RetrievalEvaluation.run(
        corpus: corpus, queries: queries, judgements: RelevanceJudgements(["8": ["a": 1]]),
        searcher: { _, _, _ in [] })
    }
  }

  /// A document counts once, at the rank of its best passage.
  @Test func ranksDocumentsByTheirBestPassage() throws {
    let embedder = GroupEmbedder(groups: ["red": 1, "blue": 2, "green": 3])
    let collection = try TestCollection(
      ["red red", "green blue", "blue", "green", "grey", "grey"], embedder)
    let documents: [Int64: String] = [0: "x", 1: "y", 2: "x", 3: "z", 4: "z", 5: "z"]
    let searcher = collection.search.evaluationSearcher(documents: documents)
    #expect(try searcher("blue", .lexical, 10) == ["x", "y"])
    #expect(try searcher("blue", .lexical, 1) == ["x"])
    #expect(try searcher("blue", .hybrid, 10).sorted() == ["x", "y", "z"])
  }
}
