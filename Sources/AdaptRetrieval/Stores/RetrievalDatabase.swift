// The one SQLite file of a workspace: opened, checked and migrated here, and every error made readable.
import Foundation
package import GRDB

/// The database of documents, chunks, vectors and keywords.
///
/// One writer and any number of readers, in this and other processes (WAL). Each `write` is one
/// transaction: it happens entirely or not at all.
package final class RetrievalDatabase: Sendable {
  package let path: String
  /// For reading only: nothing is created, migrated or changed.
  package let isReadOnly: Bool
  private let connections: any DatabaseWriter

  /// Bytes a page: five vectors of 384 numbers fill one, where 4096 would leave a quarter empty.
  package static let pageSize = 8192

  package enum Mode: Sendable {
    case readWrite
    /// A single connection; faster to open than `readWrite`, and enough to search.
    case readOnly
  }

  package struct Options: Sendable {
    /// How long to wait for another process's lock.
    package var busySeconds: Double
    /// The most pages of `pageSize` bytes the file may grow to; nil means as far as the disk reaches.
    package var maximumPages: Int?

    package init(busySeconds: Double = 5, maximumPages: Int? = nil) {
      self.busySeconds = busySeconds
      self.maximumPages = maximumPages
    }
  }

  /// Opens the database at `path`; in `readWrite` it is created or brought to the current version.
  ///
  /// - Throws: `missing` (read only), `foreign`, `damaged`, `newer`, `older` (read only), `busy`, `full`,
  ///   `inaccessible`; the file is unchanged whenever it throws one of the first five.
  package init(
    at path: String, mode: Mode = .readWrite, options: Options = Options()
  ) throws(StoreFault) {
    self.path = path
    isReadOnly = mode == .readOnly
    do {
      let version = try DatabaseProbe.version(
        of: path, busySeconds: options.busySeconds, checkingTables: mode == .readWrite)
      let configuration = Self.configuration(options, readOnly: mode == .readOnly)
      switch mode {
      case .readOnly:
        guard let version, version > 0 else { throw StoreFault.missing(path: path) }
        guard version == Self.version else {
          throw StoreFault.older(path: path, found: version, known: Self.version)
        }
        connections = try DatabaseQueue(
          path: DatabaseProbe.readablePath(of: path), configuration: configuration)
      case .readWrite:
        connections = try DatabasePool(path: path, configuration: configuration)
        if version != Self.version { try Self.migrator.migrate(connections) }
      }
    } catch {
      throw StoreFault(error, path: path)
    }
  }

  private static func configuration(_ options: Options, readOnly: Bool) -> Configuration {
    var configuration = Configuration()
    configuration.readonly = readOnly
    configuration.foreignKeysEnabled = true
    configuration.busyMode = .timeout(options.busySeconds)
    configuration.maximumReaderCount = 4
    configuration.prepareDatabase { db in
      // Pages may come from a damaged disk: their cells are checked before they are followed.
      try db.execute(sql: "PRAGMA cell_size_check = ON")
      // Holds only for a file that is made now.
      if !readOnly { try db.execute(sql: "PRAGMA page_size = \(pageSize)") }
      if let pages = options.maximumPages {
        try db.execute(sql: "PRAGMA max_page_count = \(pages)")
      }
    }
    return configuration
  }

  /// The value of `body`, computed on one consistent state of the database.
  ///
  /// `body` uses the connection it is given and never calls this object again, here and in `write`.
  package func read<Value>(_ body: (Database) throws -> Value) throws(StoreFault) -> Value {
    do {
      return try connections.read(body)
    } catch {
      throw StoreFault(error, path: path)
    }
  }

  /// The value of `body`, whose changes are kept all or, when it throws, none.
  package func write<Value>(_ body: (Database) throws -> Value) throws(StoreFault) -> Value {
    do {
      return try connections.write { db in
        let value = try body(db)
        try db.execute(sql: "UPDATE store_state SET version = version + 1")
        return value
      }
    } catch {
      throw StoreFault(error, path: path)
    }
  }

  /// A number that differs after every change by any process; caches compare it.
  static func contentVersion(_ db: Database) throws -> Int64 {
    try Int64.fetchOne(db, sql: "SELECT version FROM store_state") ?? 0
  }

  /// Checks pages, references and the keyword index against each other; slow on large files.
  ///
  /// - Throws: `StoreFault.damaged` with the first contradiction found.
  package func checkIntegrity() throws(StoreFault) {
    try read { db in
      let verdict = try String.fetchOne(db, sql: "PRAGMA integrity_check(1)") ?? "no answer"
      guard verdict == "ok" else { throw StoreFault.damaged(path: path, reason: verdict) }
      if let row = try Row.fetchOne(db, sql: "PRAGMA foreign_key_check") {
        let table: String = try row.value(at: 0)
        throw StoreFault.damaged(path: path, reason: "a row of \(table) refers to nothing")
      }
    }
    guard !isReadOnly else { return }
    do {
      try connections.write { db in
        try db.execute(
          sql: "INSERT INTO keyword_index(keyword_index, rank) VALUES ('integrity-check', 1)")
      }
    } catch {
      throw StoreFault(error, path: path)
    }
  }

  /// Moves what waits in the log into the file, so that the next process opens it faster.
  ///
  /// Everything is safe in the log already: when others are reading or the disk is full it stays there.
  package func settle() {
    guard !isReadOnly else { return }
    try? connections.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
  }

  /// Closes all connections; any later use fails.
  ///
  /// Without it they close with the last reference.
  package func close() throws(StoreFault) {
    settle()
    do {
      try connections.close()
    } catch {
      throw StoreFault(error, path: path)
    }
  }
}
