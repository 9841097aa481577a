// The state of one indexing run.
import AdaptSystem
import Foundation
import GRDB

/// One pass over the files; used by one task from start to end.
final class IndexRun {
  private let database: RetrievalDatabase
  private let writer: DocumentWriter
  private let backlog: EmbeddingBacklog?
  private let files: [DiscoveredFile]
  private let started = ContinuousClock.now
  private var summary = IndexSummary()
  private var filesDone = 0
  private var bytesDone = 0
  private let bytesTotal: Int
  /// Chunks of this run that lack a vector, and the highest id whose turn is over.
  private var pending = 0
  private var embeddedUpTo: Int64 = 0

  init(
    database: RetrievalDatabase, writer: DocumentWriter, backlog: EmbeddingBacklog?,
    files: [DiscoveredFile]
  ) {
    self.database = database
    self.writer = writer
    self.backlog = backlog
    self.files = files
    bytesTotal = files.reduce(0) { Self.sum($0, $1.bytes) }
  }

  /// Reads, writes and embeds what changed.
  func takeFiles(_ prepare: FilePreparer, _ progress: (IndexProgress) -> Void) async throws {
    let known = try database.read { db in try writer.known(db) }
    embeddedUpTo = try database.read { db in
      try Int64.fetchOne(db, sql: "SELECT max(id) FROM chunks") ?? 0
    }
    for file in files {
      try Task.checkCancellation()
      try await take(file, known[PathKey(file.path)], prepare)
      filesDone += 1
      bytesDone = Self.sum(bytesDone, file.bytes)
      progress(state())
      while let backlog, pending >= backlog.batch { try embedBatch(backlog, progress) }
    }
  }

  private func take(_ file: DiscoveredFile, _ known: KnownDocument?, _ prepare: FilePreparer)
    async throws
  {
    let isCurrent = known?.preparation == writer.preparation
    if let known, isCurrent, known.looksUnchanged(file) {
      summary.unchanged += 1
      return
    }
    let time = Date().timeIntervalSince1970
    let prepared: PreparedFile
    do {
      prepared = try await prepare(file, isCurrent ? known?.hash : nil)
    } catch let error as CancellationError {
      throw error
    } catch let fault as StoreFault {
      throw fault
    } catch {
      let reason = (error as? any DiagnosableError)?.diagnosis.what ?? "\(error)"
      summary.skipped.append(SkippedDocument(path: file.path, reason: reason, error: error))
      return
    }
    try store(prepared, of: file, known, isCurrent: isCurrent, at: time)
  }

  private func store(
    _ prepared: PreparedFile, of file: DiscoveredFile, _ known: KnownDocument?, isCurrent: Bool,
    at time: Double
  ) throws {
    switch prepared {
    case .skipped(let reason):
      summary.skipped.append(SkippedDocument(path: file.path, reason: reason, error: nil))
      if let known { try remove([known.id]) }
    case .unchanged:
      summary.unchanged += 1
      if let known { try refresh(known, file, at: time) }
    case .document(let input):
      if let known, isCurrent, known.hash == input.contentHash {
        summary.unchanged += 1
        return try refresh(known, file, at: time)
      }
      var stored = input.withoutNulls
      stored.path = file.path
      stored.modified = file.modified
      let keywords = writer.keywordRows(stored)
      let outcome = try database.write { db in
        try writer.write(stored, keywords: keywords, at: time, db)
      }
      if known == nil { summary.new += 1 } else { summary.updated += 1 }
      summary.chunks += outcome.chunks
      summary.reused += outcome.reused
      pending += outcome.chunks - outcome.reused
    }
  }

  /// Remembers a new time of a file whose content is the same, so that it need not be read again.
  private func refresh(_ known: KnownDocument, _ file: DiscoveredFile, at time: Double) throws {
    guard file.modified != nil else { return }
    try database.write { db in
      try db.execute(
        sql: "UPDATE documents SET modified = ?, bytes = ?, indexed_at = ? WHERE id = ?",
        arguments: [file.modified, file.bytes, time, known.id])
    }
  }

  /// Removes documents below `roots` whose files are gone.
  func removeVanished(roots: [String], unseen: [String]) throws {
    let present = Set(files.map { PathKey($0.path) })
    let known = try database.read { db in try writer.known(db) }
    let gone = known.filter { key, document in
      !present.contains(key) && PathRoot.holds(document.path, in: roots)
        && !PathRoot.holds(document.path, in: unseen)
    }
    try remove(gone.values.map(\.id).sorted())
  }

  private func remove(_ documents: [Int64]) throws {
    guard !documents.isEmpty else { return }
    try database.write { db in
      for id in documents {
        try db.execute(sql: "DELETE FROM documents WHERE id = ?", arguments: [id])
      }
    }
    summary.removed += documents.count
  }

  /// Embeds all that still lacks a vector, from this run or an earlier one.
  func embedBacklog(_ progress: (IndexProgress) -> Void) throws {
    guard let backlog else { return }
    embeddedUpTo = 0
    pending = try backlog.count()
    while pending > 0 { try embedBatch(backlog, progress) }
  }

  private func embedBatch(_ backlog: EmbeddingBacklog, _ progress: (IndexProgress) -> Void) throws {
    try Task.checkCancellation()
    guard let done = try backlog.embedNext(after: embeddedUpTo) else {
      pending = 0
      return
    }
    embeddedUpTo = done.last
    pending = max(0, pending - done.count)
    summary.embedded += done.count
    progress(state())
  }

  func finished() throws -> IndexSummary {
    let collection = try database.collections().first { $0.id == writer.collection }
    let held = try database.statistics(collection: writer.collection)
    summary.embedder = collection?.embedder
    summary.withoutVector = held.chunks - held.vectors
    summary.seconds = seconds
    return summary
  }

  private func state() -> IndexProgress {
    IndexProgress(
      filesDone: filesDone, filesTotal: files.count, bytesDone: bytesDone,
      bytesTotal: bytesTotal, chunks: summary.chunks, embedded: summary.embedded,
      waiting: filesDone < files.count ? 0 : pending, seconds: seconds)
  }

  private var seconds: Double { (ContinuousClock.now - started) / .seconds(1) }

  /// Sizes come from outside: their sum stays at the largest number instead of trapping.
  private static func sum(_ one: Int, _ other: Int) -> Int {
    let (total, overflow) = one.addingReportingOverflow(max(0, other))
    return overflow ? .max : total
  }
}
