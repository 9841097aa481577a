// Filling a library: discovery, reading, cutting, storing, embedding, calibrating.
import AdaptSystem
import Foundation
import GRDB
import Synchronization

extension Library {
  /// What an indexing run did, discovery included.
  package struct IndexingReport: Sendable {
    package var summary: IndexSummary
    /// Files that discovery or reading left out, with the reason.
    package var skipped: [SkippedFile]
    /// What in the files read was taken otherwise than their format says.
    package var warnings: [FileWarning]
    package var documents: Int
    package var chunks: Int
    /// The embedder's folder; nil when search is lexical.
    package var embedderFolder: String?
  }

  /// A file that was read, but not entirely as its format says.
  package struct FileWarning: Sendable, Equatable {
    package var path: String
    package var text: String
  }

  /// How cutting works; documents that were cut in another way are cut again.
  private static let preparation = "2"

  /// Adds or refreshes files and folders; without `paths`, those indexed before.
  ///
  /// - Throws: `LibraryFault.noRoots`, `FileFault` for a path that is not there, `IndexFault`,
  ///   `StoreFault`, `ModelFault`, `CancellationError`. Whatever was finished stays.
  package func index(
    _ paths: [String], reembed: Bool = false,
    progress: @escaping (IndexProgress) -> Void = { _ in }
  ) async throws -> IndexingReport {
    let discovery = DocumentDiscovery(workspace: workspace.folder)
    // Look before anything is created: a mistyped path must leave no workspace behind.
    var found = try paths.isEmpty ? nil : discovery.discover(paths)
    if found == nil, !FileManager.default.fileExists(atPath: workspace.database) {
      throw LibraryFault.noRoots
    }
    // The same holds for the folder of a model.
    var embedder = embedderChoice.isNamed ? try embedderChoice.load(remembered: nil) : nil
    try workspace.create()
    let database = try RetrievalDatabase(at: workspace.database)
    let before = try database.collection(named: collectionName)
    if found == nil {
      let roots = try before.map { try database.roots(collection: $0.id) } ?? []
      guard !roots.isEmpty else { throw LibraryFault.noRoots }
      found = try discovery.discover(roots.filter { FileManager.default.fileExists(atPath: $0) })
      found?.roots = roots
    }
    let files = found ?? Discovery()
    let remembered = before.map { CollectionSettings(json: $0.settings) }
    if !embedderChoice.isNamed {
      embedder = try embedderChoice.load(remembered: remembered?.embedderFolder)
    }
    // Without its tokenizer documents would be cut in another way and lose their vectors.
    if embedder == nil, embedderChoice == .automatic, before?.embedder != nil {
      throw LibraryFault.embedderGone(
        collection: collectionName, folder: remembered?.embedderFolder)
    }
    let run = IndexingRun(library: self, database: database, embedder: embedder, reembed: reembed)
    return try await run.run(files, preparation: Self.preparation, progress: progress)
  }
}

/// The parts of one run that need the database and the embedder.
private struct IndexingRun {
  let library: Library
  let database: RetrievalDatabase
  let embedder: LoadedEmbedder?
  let reembed: Bool

  func run(
    _ found: Discovery, preparation: String, progress: (IndexProgress) -> Void
  ) async throws -> Library.IndexingReport {
    let analyzer = TextAnalyzer()
    let model = embedder?.model
    // The cut depends on who counts the tokens.
    var options = Indexer.Options(
      collection: library.collectionName,
      preparation: "\(preparation).\(TextAnalyzer.version).\(model?.maximumTokens ?? 0)",
      reembed: reembed)
    if let folder = embedder?.folder {
      options.settings = { old in
        var settings = CollectionSettings(json: old)
        settings.embedderFolder = folder
        return try settings.json()
      }
    }
    let indexer = Indexer(
      database, keywords: FTS5KeywordIndex(database) { analyzer.terms($0) }, embedder: model,
      options: options)
    let reader = DocumentPreparer(chunker: Chunker(embedder: model))
    let summary = try await indexer.run(
      found.files, roots: found.roots, unseen: unseen(found),
      prepare: { try await reader.prepare($0, knownHash: $1) }, progress: progress)
    return try finish(found, summary, reader.notes.withLock { $0 })
  }

  /// Folders that could not be looked into: what is stored of them stays.
  private func unseen(_ found: Discovery) -> [String] {
    found.skipped.compactMap { file in
      if case .unreadable = file.reason { file.path } else { nil }
    }
  }

  private func finish(
    _ found: Discovery, _ summary: IndexSummary, _ notes: DocumentPreparer.Notes
  ) throws -> Library.IndexingReport {
    let collection = try database.makeCollection(named: library.collectionName)
    try calibrate(collection)
    let statistics = try database.statistics(collection: collection.id)
    let unread = summary.skipped.map { skipped in
      SkippedFile(
        path: skipped.path, reason: notes.reasons[skipped.path] ?? SkipReason(of: skipped))
    }
    return Library.IndexingReport(
      summary: summary, skipped: found.skipped + unread, warnings: notes.warnings,
      documents: statistics.documents, chunks: statistics.chunks, embedderFolder: embedder?.folder)
  }

  private func calibrate(_ collection: StoredCollection) throws {
    guard let embedder else { return }
    var settings = CollectionSettings(json: collection.settings)
    let state = try database.vectorState(collection: collection.id)
    let isCurrent =
      settings.calibration?.embedder == embedder.model.identity && settings.calibratedOn == state
    guard !isCurrent else { return }
    settings.calibration = try RetrievalCalibration.measure(
      try database.calibrationSample(collection: collection.id), embedder: embedder.model)
    settings.calibratedOn = state
    try database.save(settings: try settings.json(), collection: collection.id)
  }
}

/// Reads and cuts one file, as the indexer asks for it.
private final class DocumentPreparer: Sendable {
  let reader = DocumentReader()
  let chunker: Chunker
  let notes = Mutex(Notes())

  /// What is to be said about the files of a run.
  struct Notes {
    var warnings: [Library.FileWarning] = []
    /// Why files that were read gave no document.
    var reasons: [String: SkipReason] = [:]
  }

  init(chunker: Chunker) {
    self.chunker = chunker
  }

  func prepare(_ file: DiscoveredFile, knownHash: String?) async throws -> PreparedFile {
    switch try await reader.read(file, unlessHash: knownHash.map(ContentHash.init(stored:))) {
    case .unchanged: return .unchanged
    case .skipped(let reason): return try skip(file, reason)
    case .document(let read):
      let chunks = try chunker.chunks(of: read.document)
      guard !chunks.isEmpty else { return try skip(file, .empty) }
      notes.withLock { notes in
        notes.warnings += read.warnings.map { Library.FileWarning(path: file.path, text: $0) }
      }
      return .document(
        IndexInput(
          path: file.path, title: read.document.title, format: read.format,
          contentHash: read.hash.description, bytes: read.bytes, modified: file.modified,
          chunks: chunks))
    }
  }

  /// What cannot be read now may be read again, so that what is stored of it stays; a file that was
  /// read and holds no document any more takes it along.
  private func skip(_ file: DiscoveredFile, _ reason: SkipReason) throws -> PreparedFile {
    switch reason {
    case .unreadable, .unsupported: throw reason
    default:
      notes.withLock { $0.reasons[file.path] = reason }
      return .skipped(reason: reason.label)
    }
  }
}

extension SkipReason {
  init(of skipped: SkippedDocument) {
    self = skipped.error as? SkipReason ?? .malformed(reason: skipped.reason)
  }
}

/// Tells one state of a collection's vectors from another: ids are never given twice.
struct VectorState: Codable, Equatable {
  var count: Int
  var last: Int64
}

extension RetrievalDatabase {
  func vectorState(collection: Int64) throws(StoreFault) -> VectorState {
    try read { db in
      let row = try Row.fetchOne(
        db, sql: "SELECT count(*), max(chunk) FROM vectors WHERE collection = ?",
        arguments: [collection])
      return VectorState(count: row?[0] ?? 0, last: row?[1] ?? 0)
    }
  }

  /// Passages spread evenly over a collection, with their vectors.
  func calibrationSample(collection: Int64) throws(StoreFault) -> [CalibrationPassage] {
    try read { db in
      let ids = try Int64.fetchAll(
        db, sql: "SELECT chunk FROM vectors WHERE collection = ? ORDER BY chunk",
        arguments: [collection])
      let wanted = min(ids.count, RetrievalCalibration.sampleSize)
      return try (0..<wanted).compactMap { index in
        let row = try Row.fetchOne(
          db,
          sql: """
            SELECT c.document, c.text, v.vector FROM vectors v JOIN chunks c ON c.id = v.chunk
            WHERE v.chunk = ?
            """, arguments: [ids[index * ids.count / wanted]])
        return row.map {
          CalibrationPassage(
            document: $0[0], text: $0[1], vector: VectorBlob.vector(from: $0[2] as Data))
        }
      }
    }
  }
}
