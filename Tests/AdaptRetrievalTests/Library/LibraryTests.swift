import AdaptRetrieval
import AdaptSystem
import AdaptTestSupport
import Foundation
import Testing

/// What a library remembers from one run to the next.
@Suite struct LibraryTests {
  @Test func theCalibrationIsStoredAndOnlyMeasuredAnewWhenVectorsChange() async throws {
    let fixture = try LibraryFixture()
    try await fixture.index()
    let first = try fixture.settings()
    let calibration = try #require(first["calibration"] as? [String: Any])
    #expect((calibration["embedder"] as? String)?.hasPrefix("bert-") == true)
    // A mark that only a new measurement removes.
    try fixture.change(
      "UPDATE collections SET settings = json_set(settings, '$.calibration.sentences', 4711)")
    try await fixture.index()
    let kept = try fixture.settings()["calibration"] as? [String: Any]
    #expect(kept?["sentences"] as? Int == 4711)
    try fixture.folder.write("Birds sing. Fish swim.\n", to: "docs/c.txt")
    try await fixture.index()
    let anew = try fixture.settings()["calibration"] as? [String: Any]
    #expect(anew?["sentences"] as? Int != 4711)
    try fixture.change(
      "UPDATE collections SET settings = json_set(settings, '$.calibration.sentences', 4711)")
    try FileManager.default.removeItem(atPath: fixture.folder.path("docs/c.txt"))
    try await fixture.index()
    let removed = try fixture.settings()["calibration"] as? [String: Any]
    #expect(removed?["sentences"] as? Int != 4711)
  }

  @Test func aSearchUsesTheStoredCalibration() async throws {
    let fixture = try LibraryFixture()
    try await fixture.index()
    try fixture.change(
      "UPDATE collections SET settings = json_set(settings, '$.calibration.agreement', 0.125)")
    let found = try fixture.library(.automatic).open().search("notice period")
    #expect(found.explanation.weights?.agreement == 0.125)
    #expect(!found.explanation.notes.contains(.notCalibrated))
  }

  @Test func settingsThatCannotBeReadAreMadeAgain() async throws {
    let fixture = try LibraryFixture()
    try await fixture.index()
    try fixture.change("UPDATE collections SET settings = 'no json'")
    let found = try fixture.library().open().search("notice period")
    #expect(found.explanation.notes.contains(.notCalibrated))
    try await fixture.index()
    #expect(try fixture.settings()["calibration"] != nil)
    #expect(try fixture.settings()["embedderFolder"] as? String == LibraryFixture.model.path)
  }

  @Test func theFolderOfTheEmbedderIsRemembered() async throws {
    let fixture = try LibraryFixture()
    let report = try await fixture.index()
    #expect(report.embedderFolder == LibraryFixture.model.path)
    let again = try await fixture.library(.automatic).index([])
    #expect(again.embedderFolder == LibraryFixture.model.path)
    #expect(again.summary.unchanged == 2 && again.summary.embedded == 0)
    let found = try fixture.library(.automatic).open().search("notice period")
    #expect(found.explanation.mode == .hybrid)
  }

  /// Regression: the folder was kept at the end of a run only, so a killed one forgot it.
  @Test func aRunThatIsStoppedIsRemembered() async throws {
    let fixture = try LibraryFixture()
    let task = Task {
      try await fixture.library().index([fixture.folder.path("docs")]) { _ in
        withUnsafeCurrentTask { $0?.cancel() }
      }
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    let report = try await fixture.library(.automatic).index([])
    #expect(report.embedderFolder == LibraryFixture.model.path)
    #expect(report.documents == 2 && report.summary.withoutVector == 0)
  }

  /// Regression: documents were cut anew without the tokenizer and lost their vectors.
  @Test func aVanishedEmbedderIsNamed() async throws {
    let fixture = try LibraryFixture()
    let copy = try fixture.copyOfModel("model")
    try await fixture.index(.folder(copy.path))
    try FileManager.default.removeItem(at: copy)
    let wanted = LibraryFault.embedderGone(collection: "default", folder: copy.path)
    guard !EmbedderChoice.isDefaultInstalled else { return }
    await #expect(throws: wanted) { try await fixture.index(.automatic) }
    #expect(try fixture.library(.automatic).open().search("notice").results.isEmpty == false)
  }

  /// Regression: a mistyped `--embedder` left an empty workspace behind.
  @Test func aModelThatIsNoneLeavesNoWorkspace() async throws {
    let fixture = try LibraryFixture()
    await #expect(throws: (any Error).self) { try await fixture.index(.folder("/nowhere")) }
    #expect(!FileManager.default.fileExists(atPath: fixture.workspace.folder))
    await #expect(throws: FileFault.missing(path: "")) {
      try await fixture.library(.none).index([""])
    }
    #expect(!FileManager.default.fileExists(atPath: fixture.workspace.folder))
  }

  @Test func whatIsNotThereIsSaid() async throws {
    let fixture = try LibraryFixture()
    let library = fixture.library(.none)
    #expect(try library.isEmpty)
    #expect(throws: LibraryFault.nothingIndexed(workspace: fixture.workspace.folder)) {
      try library.open()
    }
    await #expect(throws: LibraryFault.noRoots) { try await library.index([]) }
    try await fixture.index(.none)
    #expect(try !library.isEmpty)
    #expect(throws: LibraryFault.unknownCollection("other", known: ["default"])) {
      try fixture.library(.none, collection: "other").open()
    }
    #expect(try fixture.library(.none, collection: "other").isEmpty)
  }

  /// Regression: what a file had held before it was emptied was still found.
  @Test func aFileThatIsNoDocumentAnyMoreIsForgotten() async throws {
    let fixture = try LibraryFixture()
    try await fixture.index(.none)
    try fixture.folder.write("", to: "docs/b.txt")
    try fixture.folder.write("PK\u{3}\u{4} broken", to: "docs/c.docx")
    let report = try await fixture.index(.none)
    #expect(report.summary.removed == 1 && report.documents == 1)
    let reasons = report.skipped.map(\.reason)
    #expect(reasons.first == .empty && reasons.count == 2)
    let open = try fixture.library(.none).open(mode: .lexical)
    #expect(try open.search("cats", mode: .lexical).results.isEmpty)
  }

  /// A root that has vanished takes its documents with it, and only its own.
  @Test func aVanishedRootIsEmptied() async throws {
    let fixture = try LibraryFixture()
    try fixture.folder.write("Elsewhere it rains.", to: "more/d.txt")
    _ = try await fixture.library(.none).index([
      fixture.folder.path("docs"), fixture.folder.path("more"),
    ])
    try FileManager.default.removeItem(atPath: fixture.folder.path("more"))
    let report = try await fixture.library(.none).index([])
    #expect(report.summary.removed == 1 && report.documents == 2)
  }

  @Test func pathsAreShownFromTheCurrentFolder() async throws {
    let fixture = try LibraryFixture()
    try await fixture.index(.none)
    let found = try fixture.library(.none).open(mode: .lexical).search("cats", mode: .lexical)
    let path = try #require(found.results.first?.path)
    let here = FileManager.default.currentDirectoryPath + "/"
    let whole = fixture.folder.path("docs/b.txt")
    #expect(path == (whole.hasPrefix(here) ? String(whole.dropFirst(here.count)) : whole))
    #expect(DisplayPath.relative("/a/b/c.txt", to: "/a/b") == "c.txt")
    #expect(DisplayPath.relative("/a/b/c.txt", to: "/a/b/") == "c.txt")
    #expect(DisplayPath.relative("/a/bc.txt", to: "/a/b") == "/a/bc.txt")
    #expect(DisplayPath.relative("/a/b.txt", to: "/") == "a/b.txt")
  }

  @Test func theChoiceOfTheEmbedderFollowsItsOrder() throws {
    let folder = try TemporaryFolder()
    let models = URL(fileURLWithPath: folder.path("models"), isDirectory: true)
    #expect(EmbedderChoice.none.folder(remembered: "/x", models: models) == nil)
    #expect(EmbedderChoice.automatic.folder(remembered: nil, models: models) == nil)
    #expect(EmbedderChoice.folder("/x").folder(remembered: nil, models: models)?.path == "/x")
    try folder.write("{}", to: "models/\(EmbedderChoice.defaultModel)/config.json")
    try folder.write("{}", to: "own/config.json")
    let standard = models.appendingPathComponent(EmbedderChoice.defaultModel).path
    let choice = EmbedderChoice.automatic
    #expect(choice.folder(remembered: nil, models: models)?.path == standard)
    #expect(choice.folder(remembered: folder.path("gone"), models: models)?.path == standard)
    #expect(
      choice.folder(remembered: folder.path("own"), models: models)?.path == folder.path("own"))
  }
}

extension EmbedderChoice {
  /// Whether the machine that runs the tests has the default model.
  static var isDefaultInstalled: Bool { EmbedderChoice.automatic.folder(remembered: nil) != nil }
}
