// Reading documents and passages back, for results, citations and neighbouring context.
import Foundation
import GRDB

extension RetrievalDatabase {
  /// The passages with these ids, in the order asked for; ids that are gone are left out.
  package func chunks(_ ids: [Int64]) throws(StoreFault) -> [StoredChunk] {
    try read { db in
      let statement = try db.cachedStatement(sql: Self.select + "WHERE c.id = ?")
      return try ids.compactMap { id in
        try Row.fetchOne(statement, arguments: [id]).map { try stored($0) }
      }
    }
  }

  /// All passages of a document, in its order.
  package func chunks(ofDocument document: Int64) throws(StoreFault) -> [StoredChunk] {
    try fetch("WHERE c.document = ? ORDER BY c.ordinal", [document])
  }

  /// The passages around `chunk` in its document, itself included, in the document's order.
  package func neighbours(
    of chunk: Int64, before: Int = 1, after: Int = 1
  ) throws(StoreFault) -> [StoredChunk] {
    let condition = """
      JOIN chunks m ON m.id = ? AND m.document = c.document
      WHERE c.ordinal BETWEEN m.ordinal - ? AND m.ordinal + ? ORDER BY c.ordinal
      """
    return try fetch(condition, [chunk, max(0, before), max(0, after)])
  }

  /// All documents, of one collection or of all, by path.
  package func documents(collection: Int64? = nil) throws(StoreFault) -> [StoredDocument] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT d.*, (SELECT count(*) FROM chunks WHERE document = d.id) AS chunk_count
          FROM documents d WHERE ?1 IS NULL OR collection = ?1 ORDER BY path, id
          """, arguments: [collection]
      ).map { row in
        try StoredDocument(
          id: row.value("id"), collection: row.value("collection"), path: row.value("path"),
          title: row.value("title"),
          format: row.value("format"), contentHash: row.value("hash"), bytes: row.value("bytes"),
          modified: row.value("modified"), chunks: row.value("chunk_count"))
      }
    }
  }

  /// How much one collection, or the whole database, holds.
  package func statistics(collection: Int64? = nil) throws(StoreFault) -> DatabaseStatistics {
    try read { db in
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT
            (SELECT count(*) FROM documents WHERE ?1 IS NULL OR collection = ?1) AS documents,
            (SELECT total(bytes) FROM documents WHERE ?1 IS NULL OR collection = ?1) AS bytes,
            (SELECT count(*) FROM chunks WHERE ?1 IS NULL OR collection = ?1) AS chunks,
            (SELECT total(tokens) FROM chunks WHERE ?1 IS NULL OR collection = ?1) AS tokens,
            (SELECT count(*) FROM vectors WHERE ?1 IS NULL OR collection = ?1) AS vectors,
            (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size) AS size
          """, arguments: [collection])
      guard let row else { throw StoreFault.damaged(path: path, reason: "no statistics") }
      return try DatabaseStatistics(
        documents: row.value("documents"), chunks: row.value("chunks"),
        vectors: row.value("vectors"),
        tokens: Self.integer(row.value("tokens")), sourceBytes: Self.integer(row.value("bytes")),
        databaseBytes: row.value("size"))
    }
  }

  /// `total()` answers in floating point; a sum that no integer holds is shown as the largest.
  private static func integer(_ value: Double) -> Int {
    Int(exactly: value.rounded()) ?? .max
  }

  private static let select = """
    SELECT c.*, d.path AS document_path, d.title AS document_title
    FROM chunks c JOIN documents d ON d.id = c.document

    """

  private func fetch(
    _ condition: String, _ arguments: StatementArguments
  ) throws(StoreFault) -> [StoredChunk] {
    try read { db in
      try Row.fetchAll(db, sql: Self.select + condition, arguments: arguments).map {
        try stored($0)
      }
    }
  }

  private func stored(_ row: Row) throws -> StoredChunk {
    let headings: String = try row.value("headings")
    guard let path = try? JSONDecoder().decode([String].self, from: Data(headings.utf8)) else {
      throw StoreFault.damaged(path: self.path, reason: "a heading path is no list")
    }
    let chunk = try Chunk(
      ordinal: row.value("ordinal"), text: row.value("text"), headings: path,
      lines: Self.lines(row.value("line_start"), row.value("line_end")), page: row.value("page"),
      tokens: row.value("tokens"))
    return try StoredChunk(
      id: row.value("id"), document: row.value("document"), collection: row.value("collection"),
      path: row.value("document_path"), title: row.value("document_title"), chunk: chunk)
  }

  private static func lines(_ first: Int?, _ last: Int?) -> ClosedRange<Int>? {
    guard let first, let last, first <= last else { return nil }
    return first...last
  }
}
