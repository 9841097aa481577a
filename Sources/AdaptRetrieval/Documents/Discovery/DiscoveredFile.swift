// What the walk over the user's paths found.

/// A regular file to be read.
package struct DiscoveredFile: Sendable, Equatable {
  /// Absolute, without `.` and `..`; symbolic links in it are kept as they are.
  package var path: String
  package var bytes: Int
  /// Seconds since 1970; nil makes the indexer ask for the content's hash every time.
  package var modified: Double?

  package init(path: String, bytes: Int, modified: Double? = nil) {
    self.path = path
    self.bytes = bytes
    self.modified = modified
  }
}

/// All files below the user's paths, and all that was left out.
package struct Discovery: Sendable, Equatable {
  /// In the order of the paths given, inside a folder by the bytes of the names; no path twice.
  package var files: [DiscoveredFile] = []
  package var skipped: [SkippedFile] = []
  /// The user's paths made absolute: what lies below them and was not found has vanished.
  package var roots: [String] = []
}
