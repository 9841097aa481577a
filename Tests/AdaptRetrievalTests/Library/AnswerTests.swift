import AdaptRetrieval
import AdaptTestSupport
import Foundation
import Testing

/// The gate, the weights of a question's terms, and answers made of the documents' sentences.
@Suite struct AnswerTests {
  private func passage(
    _ text: String, chunk: Int64 = 1, title: String = "", cosine: Double? = nil
  ) -> SearchResult {
    SearchResult(
      chunk: chunk, document: chunk, path: "\(chunk).md", title: title, heading: "", text: text,
      lines: 3...9, page: nil, score: 1, stages: .init(cosine: cosine))
  }

  private static func words(_ text: String) -> [String] {
    text.lowercased().split(whereSeparator: { !$0.isLetter }).map(String.init)
  }

  private func answer(
    _ question: String, _ results: [SearchResult], embedder: (any TextEmbedder)? = nil,
    readability: Double = 0
  ) throws -> Answer {
    let terms = QuestionTerms.terms(of: question, analyze: Self.words)
    return try ExtractiveAnswerer(analyze: Self.words, embedder: embedder).answer(
      question, results: results, weights: TermWeights(terms: terms, frequencies: [:], total: 10),
      readability: readability)
  }

  @Test func supportRisesWithEveryEvidence() {
    let gate = EvidenceGate()
    let steps = stride(from: 0.0, through: 1, by: 0.1).map { $0 }
    func rises(_ make: (Double) -> AnswerEvidence, _ what: String) {
      let values = steps.map { gate.support(make($0)) }
      #expect(zip(values, values.dropFirst()).allSatisfy { $0 < $1 }, "\(what): \(values)")
      #expect(values.allSatisfy { (0...1).contains($0) }, "\(what)")
    }
    for readability in [0.1, 0.5, 1] {
      rises(
        {
          AnswerEvidence(
            coverage: $0, cosine: 0.4, sentenceCosine: 0.4, readability: readability)
        }, "coverage")
      rises(
        {
          AnswerEvidence(
            coverage: 0.5, cosine: $0, sentenceCosine: 0.4, readability: readability)
        }, "cosine")
      rises(
        {
          AnswerEvidence(
            coverage: 0.5, cosine: 0.4, sentenceCosine: $0, readability: readability)
        }, "sentence cosine")
    }
    rises({ AnswerEvidence(coverage: $0) }, "words alone")
  }

  @Test func whatTheEmbedderCannotReadChangesNothing() {
    let gate = EvidenceGate()
    for coverage in [0, 0.3, 0.7, 1] {
      let words = gate.support(AnswerEvidence(coverage: coverage))
      for cosine in [-1, 0, 0.5, 1] {
        let both = AnswerEvidence(
          coverage: coverage, cosine: cosine, sentenceCosine: cosine, readability: 0)
        #expect(gate.support(both) == words)
      }
    }
  }

  @Test func rareTermsWeighMoreAndUnknownOnesMost() {
    let weights = TermWeights(
      terms: ["common", "rare", "never"], frequencies: ["common": 90, "rare": 1], total: 100)
    let common = weights.share(of: ["common"])
    let rare = weights.share(of: ["rare"])
    let never = weights.share(of: ["never"])
    #expect(common < rare && rare < never)
    #expect(abs(common + rare + never - 1) < 1e-12)
    #expect(weights.share(of: []) == 0)
    #expect(weights.share(of: ["other"]) == 0)
    #expect(weights.share(of: ["common", "rare", "never", "other"]) == 1)
    #expect(TermWeights(terms: [], frequencies: [:], total: 0).share(of: ["x"]) == 0)
    let all = TermWeights(terms: ["x"], frequencies: ["x": 100], total: 100)
    #expect(all.share(of: ["x"]) == 1)
  }

  @Test(arguments: [
    ("How long is the notice period?", ["long", "notice", "period"]),
    ("What's the fee?", ["fee"]), ("Who is it?", ["who", "is", "it"]),
    ("fee, fee and FEE", ["fee"]), ("", []), ("?!", []),
  ])
  func aQuestionIsCutToItsContent(question: String, wanted: [String]) {
    #expect(QuestionTerms.terms(of: question, analyze: Self.words) == wanted)
  }

  @Test func chineseQuestionWordsAreDropped() {
    #expect(QuestionTerms.content(of: "什么是灾难性遗忘？") == "灾难性遗忘")
    #expect(QuestionTerms.content(of: "请问LoRA什么时候不该用吗").contains("LoRA"))
    #expect(!QuestionTerms.content(of: "请问LoRA什么时候不该用吗").contains("什么"))
  }

  @Test func theBestSentenceIsCitedWithItsPlace() throws {
    let answer = try answer(
      "How long is the notice period?",
      [
        passage("It rains. The notice period is very long. Cats sleep."),
        passage("The fee is high.", chunk: 2),
      ])
    #expect(answer.isAnswered)
    #expect(answer.statements.first?.text == "The notice period is very long.")
    #expect(answer.statements.first?.citations == [1])
    #expect(answer.citations.map(\.path) == ["1.md"])
    #expect(answer.citations.first?.lines == [3, 9])
    #expect(answer.citations.first?.place == "1.md, lines 3–9")
    #expect(answer.evidence.coverage == 1)
    #expect(answer.evidence.cosine == nil)
  }

  @Test func withoutEvidenceItDeclines() throws {
    let none = try answer("How long is the notice period?", [])
    #expect(!none.isAnswered && none.statements.isEmpty && none.citations.isEmpty)
    #expect(none.evidence.support == 0)
    let other = try answer(
      "How long is the notice period?", (1...5).map { passage("Cats sleep.", chunk: $0) })
    #expect(!other.isAnswered && other.statements.isEmpty)
    #expect(other.citations.map(\.n) == [1, 2, 3])
    #expect(other.evidence.support < EvidenceGate().threshold)
  }

  @Test func everyStatementIsCitedAndNoneSaidTwice() throws {
    let texts = [
      "The notice period is long. The notice period is long.", "The notice period is long.",
      "Nobody knows the notice period of cats.",
    ]
    let results = texts.enumerated().map { passage($1, chunk: Int64($0) + 1) }
    let answer = try answer("How long is the notice period?", results)
    #expect(answer.isAnswered && answer.statements.count <= 3)
    let numbers = Set(answer.citations.map(\.n))
    #expect(answer.statements.allSatisfy { !$0.citations.isEmpty })
    #expect(answer.statements.allSatisfy { numbers.isSuperset(of: $0.citations) })
    #expect(Set(answer.statements.flatMap(\.citations)) == numbers)
  }

  /// The words are nowhere, the meaning is: an embedder that can read it answers.
  @Test func meaningCountsAsFarAsItCanBeRead() throws {
    let embedder = GroupEmbedder(groups: ["dog": 1, "hound": 1, "barks": 2, "yelps": 2])
    let results = [passage("hound yelps", cosine: 1)]
    let read = try answer("dog barks", results, embedder: embedder, readability: 1)
    #expect(read.isAnswered)
    #expect(abs((read.evidence.sentenceCosine ?? 0) - 1) < 1e-5)
    let unread = try answer("dog barks", results, embedder: embedder, readability: 0)
    #expect(!unread.isAnswered)
    #expect(unread.evidence.sentenceCosine == nil)
  }

  @Test func passagesWithoutASentenceAreNoAnswer() throws {
    let answer = try answer("notice period", [passage("12 - 34 … 56", title: "notice period")])
    #expect(!answer.isAnswered || !answer.statements.isEmpty)
  }

  @Test func everyKeyOfACitationIsWritten() throws {
    let citation = Citation(n: 1, path: "a.md", heading: "", chunk: 7)
    let data = try JSONEncoder().encode(citation)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(Set(object.keys) == ["n", "path", "title", "heading", "lines", "page", "chunk"])
    #expect(try JSONDecoder().decode(Citation.self, from: data) == citation)
    let evidence = AnswerEvidence(coverage: 0.5)
    let encoded = try JSONEncoder().encode(evidence)
    #expect(String(decoding: encoded, as: UTF8.self).contains("\"cosine\":null"))
    #expect(try JSONDecoder().decode(AnswerEvidence.self, from: encoded) == evidence)
  }
}
