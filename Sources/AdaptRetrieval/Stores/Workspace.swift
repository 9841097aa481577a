// Where a project keeps what adapt makes: one folder, found like git finds its own.
package import AdaptSystem
import Foundation

/// The folder `.adapt` of a project, with the database, history, runs and reports.
package struct Workspace: Sendable, Equatable {
  /// Absolute path of the folder; it may not exist yet.
  package let folder: String

  package static let folderName = ".adapt"
  package static let variable = "ADAPT_WORKSPACE"

  package init(folder: String) {
    self.folder = Self.absolute(folder)
  }

  package var database: String { folder + "/adapt.sqlite" }
  package var history: String { folder + "/history" }
  package var runs: String { folder + "/runs" }
  package var reports: String { folder + "/reports" }

  /// The workspace that `explicit`, else `ADAPT_WORKSPACE`, names, else the nearest `.adapt` from `start`
  /// upwards, else `.adapt` in `start`.
  ///
  /// Nothing is created; an empty name counts as none.
  package static func locate(
    explicit: String? = nil, environment: [String: String] = ProcessInfo.processInfo.environment,
    start: String = FileManager.default.currentDirectoryPath
  ) -> Workspace {
    for named in [explicit, environment[variable]] {
      if let named, !named.isEmpty { return Workspace(folder: absolute(named, from: start)) }
    }
    var parts = absolute(start).split(separator: "/")
    while true {
      let candidate = "/" + (parts + [Substring(folderName)]).joined(separator: "/")
      if isFolder(candidate) { return Workspace(folder: candidate) }
      if parts.popLast() == nil { break }
    }
    return Workspace(folder: absolute(start) + "/" + folderName)
  }

  /// Creates the folder and its subfolders where they are missing.
  ///
  /// A `.gitignore` inside keeps the workspace out of the user's commits.
  package func create() throws(FileFault) {
    for path in [folder, runs, reports] {
      do {
        try FileManager.default.createDirectory(
          atPath: path, withIntermediateDirectories: true)
      } catch {
        throw FileFault.unwritable(path: path, reason: Self.reason(of: error))
      }
    }
    let ignore = folder + "/.gitignore"
    if !FileManager.default.fileExists(atPath: ignore) {
      try AtomicFile.write(Data("*\n".utf8), to: ignore)
    }
  }

  private static func reason(of error: any Error) -> String {
    let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
    guard let underlying, underlying.domain == NSPOSIXErrorDomain else {
      return error.localizedDescription
    }
    return String(cString: strerror(Int32(truncatingIfNeeded: underlying.code)))
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  /// `path` from the root, without `.` and `..`, links kept.
  private static func absolute(
    _ path: String, from base: String = FileManager.default.currentDirectoryPath
  ) -> String {
    var parts: [Substring] = []
    let full = path.hasPrefix("/") ? path : base + "/" + path
    for part in full.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }
}
