// Looks at a database file before anything may be written to it, so that a foreign, damaged or newer
// one stays exactly as it was.
import Foundation
import GRDB

enum DatabaseProbe {
  /// The version of our schema in the file: nil where there is no file, 0 where it is still empty.
  ///
  /// - Throws: `StoreFault.foreign`, `.damaged`, `.newer`, or the engine's error; with `checkingTables` also
  ///   when the beginning of a table cannot be read.
  static func version(
    of path: String, busySeconds: Double, checkingTables: Bool
  ) throws -> Int? {
    guard try hasHeader(path) else { return nil }
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(busySeconds)
    let queue = try DatabaseQueue(path: readablePath(of: path), configuration: configuration)
    defer { try? queue.close() }
    return try queue.read { db in
      let application = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
      let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
      guard application == RetrievalDatabase.applicationID else {
        guard application == 0, version == 0, try isEmpty(db) else {
          throw StoreFault.foreign(path: path)
        }
        return 0
      }
      guard version <= RetrievalDatabase.version else {
        throw StoreFault.newer(path: path, found: version, known: RetrievalDatabase.version)
      }
      if checkingTables { try touchTables(db) }
      return version
    }
  }

  /// Reads the first row of every table, so that most damage shows before anything is written.
  private static func touchTables(_ db: Database) throws {
    let tables = try String.fetchAll(
      db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0")
    for table in tables {
      _ = try Row.fetchOne(db, sql: "SELECT * FROM \(table.quotedDatabaseIdentifier) LIMIT 1")
    }
  }

  /// A first run that was killed leaves at most the engine's own table of migrations.
  private static func isEmpty(_ db: Database) throws -> Bool {
    try Int.fetchOne(
      db, sql: "SELECT count(*) FROM sqlite_schema WHERE tbl_name <> 'grdb_migrations'") == 0
  }

  /// Whether the file exists and is not empty.
  ///
  /// - Throws: `StoreFault.damaged` when it starts unlike any SQLite file, `.inaccessible`.
  private static func hasHeader(_ path: String) throws -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT { return false }
      throw StoreFault.inaccessible(path: path, reason: String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = read(descriptor, &bytes, bytes.count)
    guard count >= 0 else {
      throw StoreFault.inaccessible(path: path, reason: String(cString: strerror(errno)))
    }
    if count == 0 { return false }
    guard bytes == Array("SQLite format 3\0".utf8) else {
      throw StoreFault.damaged(path: path, reason: "the file is not a database")
    }
    return true
  }

  /// The name to open the file by for reading.
  ///
  /// WAL needs its two side files; where the folder cannot be written and nothing waits in the log,
  /// the file is opened as one that never changes.
  static func readablePath(of path: String) -> String {
    let folder = (path as NSString).deletingLastPathComponent
    guard access(folder.isEmpty ? "." : folder, W_OK) != 0 else { return path }
    let log = (try? FileManager.default.attributesOfItem(atPath: path + "-wal"))?[.size] as? Int
    guard (log ?? 0) == 0 else { return path }
    var allowed = CharacterSet.urlPathAllowed
    allowed.remove(charactersIn: "?#%")
    let encoded = path.addingPercentEncoding(withAllowedCharacters: allowed) ?? path
    return "file:\(encoded)?immutable=1"
  }
}
