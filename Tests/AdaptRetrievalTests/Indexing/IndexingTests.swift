// A run does what changed and nothing else.
import AdaptRetrieval
import AdaptTestSupport
import Foundation
import Synchronization
import Testing

@Suite struct IndexingTests {
  @Test func unchangedFilesAreNeitherCutNorEmbeddedAgain() async throws {
    let fixture = try IndexingFixture()
    fixture["/docs/a"] = "one\ntwo\nthree"
    fixture["/docs/b"] = "four"
    let embedder = CountingEmbedder()
    let first = try await fixture.index(embedder)
    #expect(first.new == 2 && first.chunks == 4 && first.embedded == 4 && first.withoutVector == 0)
    #expect(embedder.texts == ["one", "two", "three", "four"].map { "title\npart\n\($0)" })
    let second = try await fixture.index(embedder)
    #expect(second.unchanged == 2 && second.new == 0 && second.updated == 0)
    #expect(embedder.texts.count == 4 && fixture.cuts == 2)
    #expect(try fixture.database.roots(collection: 1) == ["/docs"])
    #expect(try fixture.database.chunks([1]).first?.chunk.lines == 1...1)
    try fixture.database.checkIntegrity()
  }

  @Test func changedFilesAreReplacedAndEqualPassagesKeepTheirVectors() async throws {
    let fixture = try IndexingFixture()
    fixture["/docs/a"] = "alpha one\nalpha two"
    let embedder = CountingEmbedder()
    _ = try await fixture.index(embedder)
    fixture["/docs/a"] = "alpha two\nbeta three"
    let summary = try await fixture.index(embedder)
    #expect(summary.updated == 1 && summary.reused == 1 && summary.embedded == 1)
    #expect(try fixture.found("alpha") == ["/docs/a: alpha two"])
    #expect(try fixture.found("one").isEmpty)
    #expect(try fixture.database.statistics().vectors == 2)
    try fixture.database.checkIntegrity()
  }

  @Test func vanishedFilesAreRemovedBelowTheRootsOnly() async throws {
    let fixture = try IndexingFixture()
    for path in ["/docs/a", "/docs/locked/b", "/docs2/c", "/docs/d"] { fixture[path] = "word" }
    _ = try await fixture.index(roots: ["/docs", "/docs2"])
    for path in ["/docs/a", "/docs/locked/b", "/docs2/c"] { fixture[path] = nil }
    let summary = try await fixture.index(roots: ["/docs"], unseen: ["/docs/locked"])
    #expect(summary.removed == 1 && summary.unchanged == 1)
    let kept = ["/docs/d: word", "/docs/locked/b: word", "/docs2/c: word"]
    #expect(try fixture.found("word") == kept)
    #expect(try fixture.database.removeRoots(["/docs2"], collection: 1) == 1)
    #expect(try fixture.database.roots(collection: 1) == ["/docs"])
    try fixture.database.checkIntegrity()
  }

  @Test func aRenamedFileIsNotEmbeddedAgain() async throws {
    let fixture = try IndexingFixture()
    fixture["/docs/old"] = "one\ntwo"
    let embedder = CountingEmbedder()
    _ = try await fixture.index(embedder)
    fixture["/docs/old"] = nil
    fixture["/docs/new"] = "one\ntwo"
    let summary = try await fixture.index(embedder)
    #expect(summary.new == 1 && summary.removed == 1 && summary.reused == 2)
    #expect(embedder.texts.count == 2)
    #expect(try fixture.found("two") == ["/docs/new: two"])
  }

  @Test func namesThatUnicodeHoldsForEqualAreTwoFiles() async throws {
    let fixture = try IndexingFixture()
    let (composed, decomposed) = ("/docs/\u{e9}", "/docs/e\u{301}")
    let indexer = Indexer(fixture.database, keywords: fixture.keywords, embedder: nil)
    let files = [composed, decomposed].map { DiscoveredFile(path: $0, bytes: 1) }
    let prepare: FilePreparer = { file, _ in
      let chunk = Chunk(ordinal: 0, text: "word", headings: [], tokens: 1)
      return .document(
        IndexInput(
          path: file.path, title: "t", format: "text", contentHash: "\(file.path.utf8.count)",
          bytes: 1, chunks: [chunk]))
    }
    let first = try await indexer.run(files, roots: ["/docs"], prepare: prepare)
    #expect(first.new == 2)
    let second = try await indexer.run(files, roots: ["/docs"], prepare: prepare)
    #expect(second.unchanged == 2)
    let third = try await indexer.run([files[0]], roots: ["/docs"], prepare: prepare)
    #expect(third.removed == 1)
    #expect(try fixture.database.documents().map { $0.path.utf8.count } == [composed.utf8.count])
  }

  @Test func skippedFilesAreNamedAndUnreadableOnesStay() async throws {
    let fixture = try IndexingFixture()
    fixture["/docs/a"] = "word"
    fixture["/docs/b"] = "word"
    _ = try await fixture.index()
    fixture["/docs/a"] = "unreadable"
    fixture["/docs/b"] = "binary"
    let summary = try await fixture.index()
    #expect(summary.skipped.map(\.path) == ["/docs/a", "/docs/b"])
    #expect(summary.skipped.map(\.reason) == ["permission denied", "binary"])
    #expect(summary.skipped[0].error is StubFailure)
    #expect(summary.removed == 1)
    #expect(try fixture.found("word") == ["/docs/a: word"])
  }

  @Test func sizeAndTimeSpareTheReadingExceptRightAfterAWrite() async throws {
    let fixture = try IndexingFixture()
    fixture["/docs/a"] = "aaa"
    let longAgo = Date().timeIntervalSince1970 - 60
    _ = try await fixture.index(modified: longAgo)
    // Same size and time: not looked at, so the new content goes unseen.
    fixture["/docs/a"] = "bbb"
    #expect(try await fixture.index(modified: longAgo).unchanged == 1)
    #expect(try await fixture.index(modified: longAgo + 1).updated == 1)
    let now = Date().timeIntervalSince1970
    fixture["/docs/a"] = "ccc"
    #expect(try await fixture.index(modified: now).updated == 1)
    fixture["/docs/a"] = "ddd"
    #expect(try await fixture.index(modified: now).updated == 1)
    #expect(try fixture.found("ddd").count == 1)
  }

  @Test func anotherWayOfCuttingCutsAgain() async throws {
    let fixture = try IndexingFixture()
    fixture["/docs/a"] = "one"
    let embedder = CountingEmbedder()
    _ = try await fixture.index(embedder)
    let other = Indexer.Options(preparation: "2")
    let summary = try await fixture.index(embedder, options: other)
    #expect(summary.updated == 1 && summary.reused == 1 && fixture.cuts == 2)
    #expect(try await fixture.index(embedder, options: other).unchanged == 1)
  }

  @Test func aZeroCharacterEndsNoText() async throws {
    let fixture = try IndexingFixture()
    fixture["/docs/a"] = "before \u{0} after"
    let embedder = CountingEmbedder()
    _ = try await fixture.index(embedder)
    #expect(try fixture.found("after") == ["/docs/a: before \u{FFFD} after"])
    #expect(try await fixture.index(embedder).unchanged == 1)
  }

  @Test func progressReachesTheEnd() async throws {
    let fixture = try IndexingFixture()
    for index in 0..<5 { fixture["/docs/\(index)"] = "one \(index)\ntwo \(index)\nthree \(index)" }
    let seen = Mutex<[IndexProgress]>([])
    _ = try await fixture.index(CountingEmbedder()) { state in seen.withLock { $0.append(state) } }
    let states = seen.withLock { $0 }
    let last = try #require(states.last)
    #expect(last.filesDone == 5 && last.filesTotal == 5 && last.bytesDone == last.bytesTotal)
    #expect(last.chunks == 15 && last.embedded == 15 && last.secondsLeft == 0)
    #expect(zip(states, states.dropFirst()).allSatisfy { $0.embedded <= $1.embedded })
  }

  @Test func aSecondRunAtTheSameTimeIsRefused() async throws {
    let fixture = try IndexingFixture()
    fixture["/docs/a"] = "one"
    let lock = try WorkspaceLock.indexing(fixture.database)
    await #expect(throws: StoreFault.self) { try await fixture.index() }
    withExtendedLifetime(lock) {}
    #expect(try fixture.database.documents().isEmpty)
  }
}
