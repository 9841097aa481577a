import AdaptRetrieval
import AdaptTestSupport
import Foundation
import Testing

/// A judged collection measured the way the product searches.
@Suite struct TestCollectionTests {
  private let collection = AdaptRetrieval.TestCollection(
    corpus: [
      EvaluationText(id: "d1", title: "Notice", text: "The notice period is three months."),
      EvaluationText(id: "d2", text: "The monthly fee is 200 euros."),
      EvaluationText(id: "d3", text: "知识库更新快时用检索增强。"),
    ],
    queries: [
      EvaluationText(id: "q1", text: "how long is the notice period"),
      EvaluationText(id: "q2", text: "知识库"),
    ],
    judgements: RelevanceJudgements(["q1": ["d1": 1], "q2": ["d3": 1]]))

  @Test func wordsAloneNeedNoModel() throws {
    var steps: [(Int, Int)] = []
    let evaluation = try collection.evaluate(embedder: .none) { steps.append(($0, $1)) }
    #expect(evaluation.rows.map(\.mode) == [.lexical])
    #expect(evaluation.rows[0].metrics.mrr10 == 1)
    #expect(evaluation.rows[0].metrics.nDCG10 == 1)
    #expect(steps.map { $0.0 } == [1, 2])
    #expect(steps.allSatisfy { $0.1 == 2 })
  }

  @Test func withAModelEveryModeIsMeasured() throws {
    let evaluation = try collection.evaluate(embedder: .folder(LibraryFixture.model.path))
    #expect(evaluation.rows.map(\.mode) == [.lexical, .dense, .hybrid])
    for row in evaluation.rows {
      #expect(row.metrics.recall100 == (row.mode == .lexical ? 1 : row.metrics.recall100))
      #expect((0...1).contains(row.metrics.mrr10))
    }
    #expect(evaluation.rows[1].metrics.recall10 == 1, "three documents are all found")
    #expect(evaluation.rows[0].nDCG10AgainstFirst == nil)
    #expect(evaluation.rows[1].nDCG10AgainstFirst != nil)
  }

  /// Regression: the figures of keyword search were given for the mode that could not run.
  @Test(arguments: [SearchMode.dense, .hybrid]) func aModeWithoutItsModel(mode: SearchMode) {
    #expect(throws: EvaluationFault.noEmbedder(mode: mode.rawValue)) {
      try collection.evaluate(embedder: .none, modes: [.lexical, mode])
    }
  }

  @Test func anEmptyCorpusFindsNothing() throws {
    var empty = collection
    empty.corpus = [EvaluationText(id: "x", text: "")]
    let evaluation = try empty.evaluate(embedder: .none)
    #expect(evaluation.rows[0].metrics.recall100 == 0)
    #expect(evaluation.missingDocuments == 2)
  }
}
