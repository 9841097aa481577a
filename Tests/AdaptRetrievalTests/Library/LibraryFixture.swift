// A workspace over real files, for tests of the whole library.
import AdaptRetrieval
import AdaptTestSupport
import Foundation
import GRDB

/// Documents in a folder, a workspace beside them, and the tiny model.
final class LibraryFixture: Sendable {
  let folder: TemporaryFolder
  static let model = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("AdaptModelsTests/Fixtures/bert")

  init() throws {
    folder = try TemporaryFolder()
    try folder.write("The notice period is three months.\n\nThe fee is high.\n", to: "docs/a.txt")
    try folder.write("Cats drink milk. Dogs bark at night.\n", to: "docs/b.txt")
  }

  var workspace: Workspace { Workspace(folder: folder.path("ws")) }

  func library(
    _ embedder: EmbedderChoice = .folder(LibraryFixture.model.path), collection: String = "default"
  ) -> Library {
    Library(workspace: workspace, collection: collection, embedder: embedder)
  }

  @discardableResult
  func index(
    _ embedder: EmbedderChoice = .folder(LibraryFixture.model.path), reembed: Bool = false
  ) async throws -> Library.IndexingReport {
    try await library(embedder).index([folder.path("docs")], reembed: reembed)
  }

  /// What the collection remembers.
  func settings() throws -> [String: Any] {
    let database = try RetrievalDatabase(at: workspace.database, mode: .readOnly)
    let text = try database.collection()?.settings ?? "{}"
    return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
  }

  /// Changes the database behind the library's back.
  func change(_ sql: String) throws {
    let queue = try DatabaseQueue(path: workspace.database)
    try queue.write { db in try db.execute(sql: sql) }
    try queue.close()
  }

  /// A copy of the model, to move or change.
  func copyOfModel(_ name: String) throws -> URL {
    let copy = URL(fileURLWithPath: folder.path(name), isDirectory: true)
    try FileManager.default.copyItem(at: Self.model, to: copy)
    return copy
  }
}
