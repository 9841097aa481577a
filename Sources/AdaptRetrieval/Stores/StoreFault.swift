// Every way the store can refuse or fail, in words a user can act on; no raw SQLite message stands alone.
package import AdaptSystem
import GRDB

/// A fault of the workspace's database or of what a caller asked of a store.
package enum StoreFault: DiagnosableError, Equatable {
  /// There is no database yet, and the caller only wanted to read.
  case missing(path: String)
  /// The file is a database, but not one of ours.
  case foreign(path: String)
  /// The file is no database, or its pages contradict each other.
  case damaged(path: String, reason: String)
  /// A later release wrote it.
  case newer(path: String, found: Int, known: Int)
  /// An earlier release wrote it and it is open for reading only.
  case older(path: String, found: Int, known: Int)
  /// The disk, or the size allowed, is used up.
  case full(path: String)
  /// Another process holds the lock for longer than we wait.
  case busy(path: String)
  /// Another process is indexing into this workspace.
  case indexing(path: String, process: Int32?)
  case readOnly(path: String)
  case inaccessible(path: String, reason: String)
  /// Any other complaint of SQLite.
  case database(path: String, reason: String)
  case dimensions(collection: Int64?, wanted: [Int], got: Int)
  case unknownCollection(Int64)
  case notFinite(id: Int64)

  package var diagnosis: Diagnosis {
    switch self {
    case .missing(let path):
      Diagnosis(
        "nothing is indexed yet", place: path, hint: "run `adapt index PATH` with your documents")
    case .foreign(let path):
      Diagnosis(
        "not a database of adapt", place: path,
        hint: "name another workspace with `--workspace DIR`; the file was not changed")
    case .damaged(let path, let reason): Self.damaged(path, reason)
    case .newer(let path, let found, let known):
      Diagnosis(
        "the database was written by a newer adapt", wanted: "version \(known) or older",
        got: "version \(found)", place: path,
        hint: "install the newer adapt, or name another workspace; the file was not changed")
    case .older(let path, let found, let known):
      Diagnosis(
        "the database was written by an older adapt", wanted: "version \(known)",
        got: "version \(found)", place: path, hint: "run `adapt index` once to bring it up to date")
    case .full, .busy, .indexing, .readOnly, .inaccessible, .database: access
    case .dimensions(let collection, let wanted, let got):
      Diagnosis(
        "vector length differs from the collection's",
        wanted: wanted.map(String.init).joined(separator: " or ") + " numbers",
        got: "\(got) numbers", place: collection.map { "collection \($0)" },
        hint: "use the embedder the collection was indexed with, or index again with `--reembed`")
    case .unknownCollection(let id): Diagnosis("no collection with the id \(id)")
    case .notFinite(let id):
      Diagnosis("the vector of chunk \(id) holds a number that is not finite")
    }
  }

  private var access: Diagnosis {
    switch self {
    case .full(let path):
      Diagnosis(
        "no space left for the database", place: path,
        hint: "free some space and run the command again; what was stored before is unchanged")
    case .busy(let path):
      Diagnosis(
        "the database is locked by another process", place: path,
        hint: "wait until the other command has finished and run this one again")
    case .indexing(let path, let process):
      Diagnosis(
        "the workspace is busy, \(process.map { "process \($0)" } ?? "another process") is indexing",
        place: path, hint: "wait until it has finished; searching works meanwhile")
    case .readOnly(let path):
      Diagnosis(
        "the database can only be read", place: path,
        hint: "check the permissions of the file and its folder")
    case .inaccessible(let path, let reason):
      Diagnosis(
        "cannot open the database: \(reason)", place: path,
        hint: "check that the folder exists and its permissions")
    case .database(let path, let reason): Diagnosis("the database refused: \(reason)", place: path)
    default: Diagnosis("the store failed")
    }
  }

  private static func damaged(_ path: String, _ reason: String) -> Diagnosis {
    Diagnosis(
      "the database is damaged: \(reason)", place: path,
      hint: """
        move it away (`mv '\(path)' '\(path).damaged'`) and run `adapt index` with your documents \
        again; the file was not changed
        """)
  }
}

extension StoreFault {
  /// The fault that an error of the database engine amounts to.
  init(_ error: any Error, path: String) {
    if let fault = error as? StoreFault {
      self = fault
      return
    }
    if error is RowDecodingError || error is DecodingError {
      self = .damaged(path: path, reason: "a value is of another type than its column's")
      return
    }
    guard let failure = error as? DatabaseError else {
      self = .database(path: path, reason: "\(error)")
      return
    }
    let reason = failure.message ?? "code \(failure.extendedResultCode.rawValue)"
    switch failure.resultCode {
    case .SQLITE_NOTADB, .SQLITE_CORRUPT: self = .damaged(path: path, reason: reason)
    case .SQLITE_FULL: self = .full(path: path)
    case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy(path: path)
    case .SQLITE_READONLY: self = .readOnly(path: path)
    case .SQLITE_CANTOPEN, .SQLITE_PERM: self = .inaccessible(path: path, reason: reason)
    case .SQLITE_IOERR:
      let isFull = failure.extendedResultCode == .SQLITE_IOERR_SHMSIZE
      self = isFull ? .full(path: path) : .inaccessible(path: path, reason: reason)
    default: self = .database(path: path, reason: reason)
    }
  }
}
