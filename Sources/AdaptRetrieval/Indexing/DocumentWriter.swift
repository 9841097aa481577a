// Puts one document in the place of what is stored of it, within one transaction.
import Foundation
import GRDB

struct DocumentWriter {
  let collection: Int64
  let preparation: String
  let keywords: FTS5KeywordIndex

  /// What writing one document did.
  struct Outcome: Equatable {
    var chunks = 0
    var reused = 0
  }

  /// Documents of the collection by path.
  func known(_ db: Database) throws -> [PathKey: KnownDocument] {
    let rows = try Row.fetchAll(
      db, sql: "SELECT * FROM documents WHERE collection = ?", arguments: [collection])
    var known: [PathKey: KnownDocument] = [:]
    for row in rows {
      let path: String = try row.value("path")
      known[PathKey(path)] = try KnownDocument(
        id: row.value("id"), path: path, hash: row.value("hash"),
        preparation: row.value("preparation"),
        bytes: row.value("bytes"), modified: row.value("modified"),
        indexedAt: row.value("indexed_at"))
    }
    return known
  }

  /// Replaces what is stored at the input's path; vectors of equal passages are taken over.
  func write(_ input: IndexInput, keywords rows: [KeywordRow], at time: Double, _ db: Database)
    throws -> Outcome
  {
    let vectors = try input.chunks.map { try knownVector(of: $0, title: input.title, db) }
    try db.execute(
      sql: "DELETE FROM documents WHERE collection = ? AND path = ?",
      arguments: [collection, input.path])
    let document = try insert(input, at: time, db)
    for (index, chunk) in input.chunks.enumerated() {
      let id = try insert(chunk, title: input.title, document: document, db)
      var row = rows[index]
      row.id = id
      try FTS5KeywordIndex.write(row, db)
      guard let vector = vectors[index] else { continue }
      try db.cachedStatement(sql: "INSERT INTO vectors VALUES (?, ?, ?)")
        .execute(arguments: [id, collection, vector])
    }
    return Outcome(chunks: input.chunks.count, reused: vectors.count { $0 != nil })
  }

  /// The analysed keyword rows of an input, ids left at 0; made outside the transaction, as it takes time.
  func keywordRows(_ input: IndexInput) -> [KeywordRow] {
    input.chunks.map { chunk in
      keywords.columns(
        KeywordRow(
          id: 0, collection: collection, title: input.title,
          headings: Chunk.headingPath(chunk.headings), body: chunk.text))
    }
  }

  private func insert(_ input: IndexInput, at time: Double, _ db: Database) throws -> Int64 {
    try db.cachedStatement(
      sql: """
        INSERT INTO documents
          (collection, path, title, format, hash, preparation, bytes, modified, indexed_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      collection, input.path, input.title, input.format, input.contentHash, preparation,
      input.bytes, input.modified, time,
    ])
    return db.lastInsertedRowID
  }

  private func insert(_ chunk: Chunk, title: String, document: Int64, _ db: Database) throws
    -> Int64
  {
    try db.cachedStatement(
      sql: """
        INSERT INTO chunks
          (document, collection, ordinal, line_start, line_end, page, tokens, text_hash, headings,
           text)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      document, collection, chunk.ordinal, chunk.lines?.lowerBound, chunk.lines?.upperBound,
      chunk.page, chunk.tokens, hash(chunk, title), Self.json(chunk.headings), chunk.text,
    ])
    return db.lastInsertedRowID
  }

  private func knownVector(of chunk: Chunk, title: String, _ db: Database) throws -> Data? {
    try Data.fetchOne(
      db.cachedStatement(
        sql: """
          SELECT v.vector FROM chunks c
          JOIN documents d ON d.id = c.document JOIN vectors v ON v.chunk = c.id
          WHERE c.collection = ? AND c.text_hash = ? AND c.text = ? AND c.headings = ?
            AND d.title = ? LIMIT 1
          """),
      arguments: [
        collection, hash(chunk, title), chunk.text, Self.json(chunk.headings), title,
      ])
  }

  /// FNV-1a over the UTF-8 bytes of what is embedded: finds equal texts quickly; equality is compared.
  private func hash(_ chunk: Chunk, _ title: String) -> Int64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in chunk.textInContext(title: title).utf8 {
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
    }
    return Int64(bitPattern: hash)
  }

  private static func json(_ headings: [String]) throws -> String {
    String(decoding: try JSONEncoder().encode(headings), as: UTF8.self)
  }
}
