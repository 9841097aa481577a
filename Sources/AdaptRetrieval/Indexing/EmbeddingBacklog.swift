// Chunks that have no vector yet: those just written, those of an interrupted run, and those from
// before there was an embedder are all the same to it.
import Foundation
import GRDB

/// Embeds the chunks of one collection that lack a vector, one batch and one transaction at a time.
struct EmbeddingBacklog {
  let database: RetrievalDatabase
  let collection: Int64
  let embedder: any TextEmbedder
  /// Chunks a batch.
  let batch: Int

  /// How many chunks lack a vector, of all or of those with a higher id than `after`.
  func count(after id: Int64 = 0) throws -> Int {
    try database.read { db in
      try Int.fetchOne(
        db,
        sql: """
          SELECT count(*) FROM chunks c LEFT JOIN vectors v ON v.chunk = c.id
          WHERE c.collection = ? AND c.id > ? AND v.chunk IS NULL
          """, arguments: [collection, id]) ?? 0
    }
  }

  /// Embeds the next batch of chunks with higher ids than `after`.
  ///
  /// - Returns: how many were embedded and the highest id; nil when none was left.
  func embedNext(after id: Int64) throws -> (count: Int, last: Int64)? {
    let waiting = try next(after: id)
    guard let last = waiting.last else { return nil }
    let vectors = try embedder.embed(waiting.map(\.text))
    try check(vectors, count: waiting.count)
    let rows = zip(waiting, vectors).map {
      VectorRow(id: $0.id, collection: collection, vector: $1)
    }
    try database.write { db in try SQLiteVectorStore.write(rows, db) }
    return (waiting.count, last.id)
  }

  private func next(after id: Int64) throws -> [(id: Int64, text: String)] {
    try database.read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT c.id, d.title, c.headings, c.text FROM chunks c
          JOIN documents d ON d.id = c.document LEFT JOIN vectors v ON v.chunk = c.id
          WHERE +c.collection = ? AND c.id > ? AND v.chunk IS NULL ORDER BY c.id LIMIT ?
          """, arguments: [collection, id, batch])
      return try rows.map { row in
        let headings = try JSONDecoder().decode(
          [String].self, from: Data(try row.decode(String.self, atIndex: 2).utf8))
        return (
          try row.value(at: 0),
          Chunk.inContext(
            title: try row.value(at: 1), headings: headings, text: try row.value(at: 3))
        )
      }
    }
  }

  private func check(_ vectors: [[Float]], count: Int) throws {
    guard vectors.count == count else {
      throw IndexFault.embedderOutput(
        embedder: embedder.identity, wanted: "\(count) vectors", got: "\(vectors.count)")
    }
    if let wrong = vectors.first(where: { $0.count != embedder.dimensions }) {
      throw IndexFault.embedderOutput(
        embedder: embedder.identity, wanted: "vectors of \(embedder.dimensions) numbers",
        got: "one of \(wrong.count)")
    }
  }
}
