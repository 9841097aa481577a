// The default vector store: blobs in the workspace's database, scanned in memory.
import Foundation
import GRDB
import Synchronization

/// Vectors in the database's own table, loaded once per process and collection for an exact scan.
///
/// A load reads 4·D bytes per chunk; it is repeated only after the database changed.
package final class SQLiteVectorStore: VectorStore {
  private let database: RetrievalDatabase
  private let kernel: ScoreKernel
  private let cache = Mutex(Cache())

  private struct Cache {
    var version: Int64?
    var matrices: [Int64: VectorMatrix] = [:]
  }

  package init(_ database: RetrievalDatabase, kernel: @escaping ScoreKernel = ScoreKernels.plain) {
    self.database = database
    self.kernel = kernel
  }

  package func upsert(_ rows: [VectorRow]) throws {
    try database.write { db in try Self.write(rows, db) }
  }

  package func delete(_ ids: [Int64]) throws {
    try database.write { db in
      let statement = try db.cachedStatement(sql: "DELETE FROM vectors WHERE chunk = ?")
      for id in ids { try statement.execute(arguments: [id]) }
    }
  }

  /// The nearest rows; without a collection, those of all collections with vectors of this length.
  ///
  /// - Throws: `StoreFault.dimensions` when the collection, or every one, has another length.
  package func search(
    _ query: [Float], k: Int, filter: SearchFilter, exact: Bool
  ) throws -> [Hit] {
    let (matrices, allowed) = try database.read { db in
      let wanted = try Self.collections(filter.collection, length: query.count, db)
      return (
        try wanted.map { try matrix(of: $0, dimensions: query.count, db) },
        try filter.pathPrefix.map { try ChunkPaths.ids(withPrefix: $0, db) }
      )
    }
    var top = TopHits(k)
    for matrix in matrices {
      let scores = matrix.scores(query, kernel: kernel)
      for (row, id) in matrix.ids.enumerated() where allowed?.contains(id) ?? true {
        top.offer(id, scores[row])
      }
    }
    return top.sorted
  }

  package func statistics() throws -> StoreStatistics {
    try database.read { db in
      let sizes = try Row.fetchAll(
        db,
        sql: """
          SELECT c.dimensions, (SELECT count(*) FROM vectors v WHERE v.collection = c.id)
          FROM collections c
          """
      ).map { row in
        (
          dimensions: try row.decode(Int.self, atIndex: 0),
          rows: try row.decode(Int.self, atIndex: 1)
        )
      }
      return StoreStatistics(
        rows: sizes.reduce(0) { $0 + $1.rows }, dimensions: sizes.map(\.dimensions).max() ?? 0,
        bytes: sizes.reduce(0) { $0 + $1.rows * min($1.dimensions, 65_536) * 4 })
    }
  }

  /// Writes rows as part of a larger step.
  static func write(_ rows: [VectorRow], _ db: Database) throws {
    guard !rows.isEmpty else { return }
    var lengths: [Int64: Int] = [:]
    let statement = try db.cachedStatement(
      sql: "INSERT OR REPLACE INTO vectors (chunk, collection, vector) VALUES (?, ?, ?)")
    for row in rows {
      let length = try lengths[row.collection] ?? dimensions(of: row.collection, db)
      lengths[row.collection] = length
      try VectorChecks.check(row, wanted: length)
      try statement.execute(arguments: [row.id, row.collection, VectorBlob.encode(row.vector)])
    }
  }

  private static func dimensions(of collection: Int64, _ db: Database) throws -> Int {
    let found = try Int.fetchOne(
      db, sql: "SELECT dimensions FROM collections WHERE id = ?", arguments: [collection])
    guard let found else { throw StoreFault.unknownCollection(collection) }
    return found
  }

  /// The collections a query of `length` numbers can be compared with.
  private static func collections(
    _ one: Int64?, length: Int, _ db: Database
  ) throws -> [Int64] {
    if let one {
      let wanted = try dimensions(of: one, db)
      guard wanted == length || wanted == 0 else {
        throw StoreFault.dimensions(collection: one, wanted: [wanted], got: length)
      }
      return wanted == 0 ? [] : [one]
    }
    let all = try Row.fetchAll(
      db, sql: "SELECT id, dimensions FROM collections WHERE dimensions > 0 ORDER BY id")
    let fitting = try all.filter { try $0.decode(Int.self, atIndex: 1) == length }.map {
      try $0.decode(Int64.self, atIndex: 0)
    }
    guard all.isEmpty || !fitting.isEmpty else {
      let lengths = try Set(all.map { try $0.decode(Int.self, atIndex: 1) }).sorted()
      throw StoreFault.dimensions(collection: nil, wanted: lengths, got: length)
    }
    return fitting
  }

  private func matrix(
    of collection: Int64, dimensions: Int, _ db: Database
  ) throws -> VectorMatrix {
    let version = try RetrievalDatabase.contentVersion(db)
    let known = cache.withLock { cache in
      if cache.version != version { cache = Cache(version: version) }
      return cache.matrices[collection]
    }
    if let known, known.dimensions == dimensions { return known }
    let loaded = try load(collection, dimensions: dimensions, db)
    cache.withLock { cache in
      if cache.version == version { cache.matrices[collection] = loaded }
    }
    return loaded
  }

  private func load(
    _ collection: Int64, dimensions: Int, _ db: Database
  ) throws -> VectorMatrix {
    let count =
      try Int.fetchOne(
        db, sql: "SELECT count(*) FROM vectors WHERE collection = ?", arguments: [collection]) ?? 0
    let (size, overflow) = count.multipliedReportingOverflow(by: dimensions)
    guard !overflow, size <= Int.max / 4 else { throw damaged("too many vectors") }
    var ids: [Int64] = []
    ids.reserveCapacity(count)
    let values = try [Float](unsafeUninitializedCapacity: size) { buffer, filled in
      // `+` keeps SQLite from the index: one pass over the table in the order of its rows.
      let cursor = try Row.fetchCursor(
        db, sql: "SELECT chunk, vector FROM vectors WHERE +collection = ? ORDER BY chunk",
        arguments: [collection])
      while let row = try cursor.next() {
        let start = ids.count * dimensions
        guard start + dimensions <= size else { throw damaged("vectors changed while read") }
        let target = UnsafeMutableBufferPointer(rebasing: buffer[start..<start + dimensions])
        let fits = try row.withUnsafeData(atIndex: 1) { blob in
          blob?.withUnsafeBytes { VectorBlob.decode($0, into: target) } ?? false
        }
        guard fits else { throw damaged("a vector has not \(dimensions) numbers") }
        ids.append(try row.value(at: 0))
        filled = ids.count * dimensions
      }
    }
    return VectorMatrix(ids: ids, dimensions: dimensions, values: values)
  }

  private func damaged(_ reason: String) -> StoreFault {
    .damaged(path: database.path, reason: reason)
  }
}

/// What every store asks of a row before it keeps it.
enum VectorChecks {
  /// - Throws: `StoreFault.dimensions` or `.notFinite`.
  static func check(_ row: VectorRow, wanted: Int) throws(StoreFault) {
    guard row.vector.count == wanted, wanted > 0 else {
      throw .dimensions(collection: row.collection, wanted: [wanted], got: row.vector.count)
    }
    guard row.vector.allSatisfy(\.isFinite) else { throw .notFinite(id: row.id) }
  }
}

/// Chunks by the paths of their documents.
enum ChunkPaths {
  /// The ids of all chunks of documents whose path starts with the bytes of `prefix`.
  static func ids(withPrefix prefix: String, _ db: Database) throws -> Set<Int64> {
    try Int64.fetchSet(
      db,
      sql: """
        SELECT c.id FROM documents d JOIN chunks c ON c.document = d.id
        WHERE substr(d.path, 1, length(?1)) = ?1
        """, arguments: [prefix])
  }
}
