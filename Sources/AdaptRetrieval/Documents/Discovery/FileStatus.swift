// The file system as the walk sees it: one `stat` and one listing at a time.
import AdaptSystem
import Foundation

/// What kind of thing lies at a path.
struct FileStatus {
  enum Kind {
    case file
    case folder
    case link
    case other
  }

  var kind: Kind
  var bytes: Int
  /// Seconds since 1970.
  var modified: Double

  /// The status of `path`, of a link's target when `following`.
  static func of(_ path: String, following: Bool) throws(POSIXFailure) -> FileStatus {
    var status = stat()
    guard (following ? stat(path, &status) : lstat(path, &status)) == 0 else {
      throw POSIXFailure.current()
    }
    let kind: Kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      case S_IFLNK: .link
      default: .other
      }
    let time = status.st_mtim
    return FileStatus(
      kind: kind, bytes: Int(status.st_size),
      modified: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
  }

  /// The names in a folder, without `.` and `..`, by their bytes.
  static func names(in folder: String) throws(POSIXFailure) -> [String] {
    guard let stream = opendir(folder) else { throw POSIXFailure.current() }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
