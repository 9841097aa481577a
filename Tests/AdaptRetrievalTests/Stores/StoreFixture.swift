// A database with chunks of given ids, collections and paths, which stores hang their rows on.
import AdaptRetrieval
import AdaptTestSupport
import GRDB

final class StoreFixture: Sendable {
  let folder: TemporaryFolder
  let database: RetrievalDatabase

  /// One collection per entry, with that many dimensions, ids from 1.
  init(dimensions: [Int] = [4], options: RetrievalDatabase.Options = .init()) throws {
    folder = try TemporaryFolder()
    database = try RetrievalDatabase(at: folder.path("adapt.sqlite"), options: options)
    for (index, length) in dimensions.enumerated() {
      let made = try database.makeCollection(named: "c\(index + 1)")
      guard length > 0 else { continue }
      try database.bind(collection: made.id, embedder: "e\(length)", dimensions: length)
    }
  }

  /// A document with one chunk for each id.
  func add(_ ids: some Sequence<Int64>, collection: Int64 = 1, path: String = "/a.md") throws {
    try database.write { db in
      try db.execute(
        sql: """
          INSERT INTO documents
            (collection, path, title, format, hash, preparation, bytes, indexed_at)
          VALUES (?, ?, 'title', 'text', 'hash', '1', 1, 0)
          """, arguments: [collection, path])
      let document = db.lastInsertedRowID
      for (ordinal, id) in ids.enumerated() {
        try db.execute(
          sql: """
            INSERT INTO chunks
              (id, document, collection, ordinal, tokens, text_hash, headings, text)
            VALUES (?, ?, ?, ?, 1, 0, '["one","two"]', ?)
            """, arguments: [id, document, collection, ordinal, "text \(id)"])
      }
    }
  }
}

/// Numbers that are the same on every run.
struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

func unitVector(_ count: Int, _ random: inout Seeded) -> [Float] {
  let raw = (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
  let length = raw.reduce(0) { $0 + $1 * $1 }.squareRoot()
  return raw.map { $0 / max(length, 1e-12) }
}
