// Brings a collection in line with the user's folders, doing only what changed.
import Foundation

/// Indexes files into one collection of a workspace.
///
/// Every document and every batch of vectors is a transaction of its own: a run that is killed loses the step
/// in flight, and the next run goes on from there.
package struct Indexer: Sendable {
  package struct Options: Sendable {
    package var collection: String
    /// Names how files are read and cut; documents stored under another name are cut again.
    package var preparation: String
    /// Replace the vectors of another embedder instead of refusing.
    package var reembed: Bool
    /// Chunks embedded at once.
    package var batch: Int
    /// How long to wait for another run to finish.
    package var waitSeconds: Double
    /// Makes the collection's settings from those it has, at the beginning of the run, so that a run
    /// that is killed is remembered too.
    package var settings: (@Sendable (_ old: String) throws -> String)?

    package init(
      collection: String = RetrievalDatabase.defaultCollection, preparation: String = "1",
      reembed: Bool = false, batch: Int = 32, waitSeconds: Double = 0
    ) {
      self.collection = collection
      self.preparation = preparation
      self.reembed = reembed
      self.batch = max(1, batch)
      self.waitSeconds = waitSeconds
    }
  }

  private let database: RetrievalDatabase
  private let keywords: FTS5KeywordIndex
  private let embedder: (any TextEmbedder)?
  private let options: Options

  /// Without an embedder the run is lexical: vectors that exist stay, new chunks get none.
  package init(
    _ database: RetrievalDatabase, keywords: FTS5KeywordIndex, embedder: (any TextEmbedder)?,
    options: Options = Options()
  ) {
    self.database = database
    self.keywords = keywords
    self.embedder = embedder
    self.options = options
  }

  /// Indexes `files`, removes documents below `roots` that are not among them, embeds what lacks a vector.
  ///
  /// - Parameters:
  ///   - files: all files found below `roots`.
  ///   - roots: remembered, so that a later run can refresh them.
  ///   - unseen: folders that could not be looked into; what is stored of them stays.
  ///   - prepare: reads one file.
  ///   - progress: called after every file and every batch.
  /// - Returns: what was done.
  /// - Throws: `IndexFault`, `StoreFault`, `CancellationError`, or what the embedder throws; what was
  ///   finished before stays.
  package func run(
    _ files: [DiscoveredFile], roots: [String], unseen: [String] = [], prepare: FilePreparer,
    progress: (IndexProgress) -> Void = { _ in }
  ) async throws -> IndexSummary {
    let lock = try WorkspaceLock.indexing(database, waiting: options.waitSeconds)
    defer { withExtendedLifetime(lock) {} }
    let collection = try boundCollection()
    if let settings = try options.settings?(collection.settings), settings != collection.settings {
      try database.save(settings: settings, collection: collection.id)
    }
    try database.addRoots(roots, collection: collection.id)
    let run = IndexRun(
      database: database,
      writer: DocumentWriter(
        collection: collection.id, preparation: options.preparation, keywords: keywords),
      backlog: embedder.map {
        EmbeddingBacklog(
          database: database, collection: collection.id, embedder: $0, batch: options.batch)
      }, files: files)
    try await run.takeFiles(prepare, progress)
    try run.removeVanished(roots: roots, unseen: unseen)
    try run.embedBacklog(progress)
    database.settle()
    return try run.finished()
  }

  /// The collection, bound to the embedder of this run if there is one.
  private func boundCollection() throws -> StoredCollection {
    let collection = try database.makeCollection(named: options.collection)
    guard let embedder else { return collection }
    let isSame =
      collection.embedder == embedder.identity && collection.dimensions == embedder.dimensions
    if isSame { return collection }
    if let bound = collection.embedder, !options.reembed {
      throw IndexFault.otherEmbedder(
        collection: collection.name, bound: bound, given: embedder.identity)
    }
    try database.bind(
      collection: collection.id, embedder: embedder.identity, dimensions: embedder.dimensions)
    return try database.makeCollection(named: options.collection)
  }
}
