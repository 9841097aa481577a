// Collections and the folders they were made from.
import Foundation
import GRDB

extension RetrievalDatabase {
  /// The name of the collection that is used when the user names none.
  package static let defaultCollection = "default"

  /// All collections, by name.
  package func collections() throws(StoreFault) -> [StoredCollection] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM collections ORDER BY name").map(Self.collection)
    }
  }

  /// The collection called `name`, nil when there is none.
  package func collection(
    named name: String = defaultCollection
  ) throws(StoreFault) -> StoredCollection? {
    try read { db in try Self.collection(named: name, db) }
  }

  /// The collection called `name`, made lexical only when there was none.
  package func makeCollection(
    named name: String = defaultCollection
  ) throws(StoreFault) -> StoredCollection {
    if let found = try collection(named: name) { return found }
    return try write { db in
      try db.execute(
        sql: "INSERT INTO collections (name) VALUES (?) ON CONFLICT DO NOTHING", arguments: [name])
      guard let made = try Self.collection(named: name, db) else {
        throw StoreFault.database(path: path, reason: "a collection vanished as it was made")
      }
      return made
    }
  }

  /// Binds a collection to an embedder; vectors of another one are removed in the same step.
  package func bind(
    collection: Int64, embedder: String, dimensions: Int
  ) throws(StoreFault) {
    try write { db in
      try db.execute(
        sql: """
          DELETE FROM vectors WHERE collection = :id AND EXISTS (
            SELECT 1 FROM collections WHERE id = :id
            AND (embedder IS NOT :embedder OR dimensions <> :dimensions))
          """, arguments: ["id": collection, "embedder": embedder, "dimensions": dimensions])
      try db.execute(
        sql: "UPDATE collections SET embedder = ?, dimensions = ? WHERE id = ?",
        arguments: [embedder, dimensions, collection])
      guard db.changesCount == 1 else { throw StoreFault.unknownCollection(collection) }
    }
  }

  /// Keeps a collection's own retrieval settings, a JSON object.
  package func save(settings: String, collection: Int64) throws(StoreFault) {
    try write { db in
      try db.execute(
        sql: "UPDATE collections SET settings = ? WHERE id = ?", arguments: [settings, collection])
      guard db.changesCount == 1 else { throw StoreFault.unknownCollection(collection) }
    }
  }

  /// The files and folders that were indexed into a collection, by path.
  package func roots(collection: Int64) throws(StoreFault) -> [String] {
    try read { db in
      try String.fetchAll(
        db, sql: "SELECT path FROM roots WHERE collection = ? ORDER BY path",
        arguments: [collection])
    }
  }

  /// Remembers folders, so that a later run can refresh them.
  package func addRoots(_ paths: [String], collection: Int64) throws(StoreFault) {
    try write { db in
      for path in paths {
        try db.execute(
          sql: "INSERT INTO roots VALUES (?, ?) ON CONFLICT DO NOTHING",
          arguments: [collection, path])
      }
    }
  }

  /// Forgets folders and removes every document below them that no other root holds.
  ///
  /// - Returns: the number of documents removed.
  package func removeRoots(_ paths: [String], collection: Int64) throws(StoreFault) -> Int {
    try write { db in
      for path in paths {
        try db.execute(
          sql: "DELETE FROM roots WHERE collection = ? AND path = ?", arguments: [collection, path])
      }
      let kept = try String.fetchAll(
        db, sql: "SELECT path FROM roots WHERE collection = ?", arguments: [collection])
      let documents = try Row.fetchAll(
        db, sql: "SELECT id, path FROM documents WHERE collection = ?", arguments: [collection])
      var removed = 0
      for row in documents {
        let path: String = try row.value(at: 1)
        guard PathRoot.holds(path, in: paths), !PathRoot.holds(path, in: kept) else { continue }
        try db.execute(
          sql: "DELETE FROM documents WHERE id = ?",
          arguments: [try row.decode(Int64.self, atIndex: 0)])
        removed += 1
      }
      return removed
    }
  }

  private static func collection(named name: String, _ db: Database) throws -> StoredCollection? {
    try Row.fetchOne(db, sql: "SELECT * FROM collections WHERE name = ?", arguments: [name])
      .map(collection)
  }

  private static func collection(_ row: Row) throws -> StoredCollection {
    try StoredCollection(
      id: row.value("id"), name: row.value("name"), embedder: row.value("embedder"),
      dimensions: row.value("dimensions"),
      settings: row.value("settings"))
  }
}

/// Whether files lie below folders, by their paths alone.
enum PathRoot {
  /// Whether `path` is one of `roots` or lies below one; `/a/bc` does not lie below `/a/b`.
  static func holds(_ path: String, in roots: [String]) -> Bool {
    roots.contains { root in
      let folder = root.hasSuffix("/") ? root : root + "/"
      return path.utf8.elementsEqual(root.utf8) || path.utf8.starts(with: folder.utf8)
    }
  }
}
