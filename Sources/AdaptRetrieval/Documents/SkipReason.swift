// Why a file was left out, as data: every file that is not indexed is counted and named.

/// Why a file or folder gave no document.
package enum SkipReason: Error, Sendable, Equatable {
  /// Its content is no text and no format that can be read.
  case binary
  /// It holds no text.
  case empty
  /// Its name starts with a dot and it was not named by the user.
  case hidden
  /// A pattern of a git ignore file matches; `rule` is `path:line: pattern`.
  case ignored(rule: String)
  /// It is the product's own folder.
  case workspace
  /// A link inside a folder; links are followed only when the user names them.
  case symbolicLink
  /// A socket, pipe or device.
  case notAFile
  /// Folders nested beyond `limit` levels.
  case tooDeep(limit: Int)
  case tooLarge(bytes: Int, limit: Int)
  /// A compressed file that would grow beyond `limit` bytes when unpacked.
  case unpacksTooLarge(bytes: Int, limit: Int)
  /// The system refused to read it.
  case unreadable(reason: String)
  /// Text in an encoding that is none of those known.
  case encoding
  /// The format needs a program that is missing; `package` is the Debian package to install.
  case unsupported(program: String, package: String)
  /// The content breaks its format's rules so badly that nothing can be taken from it.
  case malformed(reason: String)

  /// A stable short name, for counting and for JSON.
  package var label: String {
    switch self {
    case .binary: "binary"
    case .empty: "empty"
    case .hidden: "hidden"
    case .ignored: "ignored"
    case .workspace: "workspace"
    case .symbolicLink: "symbolic link"
    case .notAFile: "not a file"
    case .tooDeep: "too deep"
    case .tooLarge: "too large"
    case .unpacksTooLarge: "unpacks too large"
    case .unreadable: "unreadable"
    case .encoding: "unknown encoding"
    case .unsupported: "unsupported"
    case .malformed: "malformed"
    }
  }

  /// What the reader of a summary needs beyond the label, and what to do about it; nil when nothing.
  package var detail: String? {
    switch self {
    case .binary, .empty, .hidden, .workspace, .notAFile: nil
    case .ignored(let rule): rule
    case .symbolicLink: "name it on the command line to follow it"
    case .tooDeep(let limit): "more than \(limit) folders deep"
    case .tooLarge(let bytes, let limit): "\(bytes) bytes, limit \(limit)"
    case .unpacksTooLarge(let bytes, let limit): "\(bytes) bytes unpacked, limit \(limit)"
    case .unreadable(let reason), .malformed(let reason): reason
    case .encoding: "convert it to UTF-8"
    case .unsupported(let program, let package): "needs \(program): apt-get install \(package)"
    }
  }
}

/// A file or folder that was left out.
package struct SkippedFile: Sendable, Equatable {
  package var path: String
  package var reason: SkipReason

  package init(path: String, reason: SkipReason) {
    self.path = path
    self.reason = reason
  }
}
