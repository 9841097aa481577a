// Runs that end early, and embedders that come and go.
import AdaptRetrieval
import AdaptTestSupport
import Testing

@Suite struct IndexingInterruptionTests {
  @Test func aKilledRunGoesOnWhereItStopped() async throws {
    let fixture = try IndexingFixture()
    for index in 0..<6 { fixture["/docs/\(index)"] = "first \(index)\nsecond \(index)" }
    let failing = CountingEmbedder(failingAt: "second 3")
    await #expect(throws: Killed.self) { try await fixture.index(failing) }
    #expect(failing.texts.count == 6)
    #expect(try fixture.database.statistics().vectors == 6)
    try fixture.database.checkIntegrity()
    let embedder = CountingEmbedder()
    let summary = try await fixture.index(embedder)
    #expect(summary.unchanged == 4 && summary.new == 2 && summary.withoutVector == 0)
    #expect(Set(embedder.texts).isDisjoint(with: failing.texts) && embedder.texts.count == 6)
    #expect(try await fixture.index(embedder).embedded == 0)
  }

  @Test func aCancelledRunKeepsWhatItFinished() async throws {
    let fixture = try IndexingFixture()
    for index in 0..<6 { fixture["/docs/\(index)"] = "first \(index)" }
    let task = Task {
      try await fixture.index { state in
        if state.filesDone == 2 { withUnsafeCurrentTask { $0?.cancel() } }
      }
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try fixture.database.documents().count == 2)
    #expect(try await fixture.index().new == 4)
  }

  @Test func aFullDiskKeepsTheStepsBefore() async throws {
    let fixture = try IndexingFixture(options: .init(maximumPages: 50))
    for index in 100..<400 {
      fixture["/docs/\(index)"] = (0..<20).map { "word\(index) \($0)" }.joined(separator: "\n")
    }
    await #expect(throws: StoreFault.full(path: fixture.database.path)) {
      try await fixture.index(CountingEmbedder())
    }
    let held = try fixture.database.statistics()
    #expect(held.documents > 0 && held.documents < 300 && held.chunks == held.documents * 20)
    try fixture.database.checkIntegrity()
    #expect(try fixture.found("word100").count == 20)
  }

  @Test func withoutAnEmbedderItIsLexicalAndOneMayComeLater() async throws {
    let fixture = try IndexingFixture()
    fixture["/docs/a"] = "one\ntwo\nthree"
    let lexical = try await fixture.index()
    #expect(lexical.embedder == nil && lexical.withoutVector == 3 && lexical.embedded == 0)
    #expect(try fixture.database.collection()?.dimensions == 0)
    let embedder = CountingEmbedder()
    let dense = try await fixture.index(embedder)
    #expect(dense.unchanged == 1 && dense.embedded == 3 && dense.withoutVector == 0)
    #expect(dense.embedder == "counting" && fixture.cuts == 1)
    fixture["/docs/b"] = "four"
    let again = try await fixture.index()
    #expect(again.new == 1 && again.withoutVector == 1 && again.embedder == "counting")
    #expect(try await fixture.index(embedder).embedded == 1)
  }

  @Test func vectorsOfTwoEmbeddersNeverMix() async throws {
    let fixture = try IndexingFixture()
    fixture["/docs/a"] = "one\ntwo"
    _ = try await fixture.index(CountingEmbedder())
    let other = CountingEmbedder(identity: "other", dimensions: 6)
    let wanted = IndexFault.otherEmbedder(
      collection: "default", bound: "counting", given: "other")
    await #expect(throws: wanted) { try await fixture.index(other) }
    #expect(try fixture.database.statistics().vectors == 2 && other.texts.isEmpty)
    let summary = try await fixture.index(other, options: .init(reembed: true))
    #expect(summary.embedded == 2 && summary.unchanged == 1 && summary.embedder == "other")
    #expect(try SQLiteVectorStore(fixture.database).statistics().dimensions == 6)
  }

  @Test func aFaultyEmbedderIsNamed() async throws {
    struct Short: TextEmbedder {
      let identity = "short"
      let dimensions = 4
      let maximumTokens = 8
      var vectors: [[Float]]
      func tokens(of text: String) -> [EmbedderToken] { [] }
      func embed(_ texts: [String]) -> [[Float]] { vectors }
    }
    for vectors in [[], [[1, 2, 3]], [[.nan, 0, 0, 0]]] as [[[Float]]] {
      let fixture = try IndexingFixture()
      fixture["/docs/a"] = "one"
      await #expect(throws: (any Error).self) { try await fixture.index(Short(vectors: vectors)) }
      #expect(try fixture.database.statistics().vectors == 0)
    }
  }

  @Test func collectionsAreApart() async throws {
    let fixture = try IndexingFixture()
    fixture["/docs/a"] = "word"
    _ = try await fixture.index()
    let summary = try await fixture.index(options: .init(collection: "second"))
    #expect(summary.new == 1)
    #expect(try fixture.database.collections().map(\.name) == ["default", "second"])
    fixture["/docs/a"] = nil
    #expect(try await fixture.index(options: .init(collection: "second")).removed == 1)
    #expect(try fixture.database.documents().map(\.collection) == [1])
  }

  @Test func indexedTextLeavesNoEmptyLines() {
    let deep = Chunk(ordinal: 0, text: "x", headings: ["a", "b"], tokens: 1)
    #expect(deep.textInContext(title: "T") == "T\na › b\nx")
    let bare = Chunk(ordinal: 0, text: "x", headings: [], tokens: 1)
    #expect(bare.textInContext(title: "") == "x")
  }
}
