// Faults of the file system, with the system's own reason.

/// A file or folder that could not be read or written.
package enum FileFault: DiagnosableError, Equatable {
  case missing(path: String)
  case unreadable(path: String, reason: String)
  case unwritable(path: String, reason: String)
  case tooLarge(path: String, bytes: Int, limit: Int)

  package var diagnosis: Diagnosis {
    switch self {
    case .missing(let path):
      Diagnosis("no such file or folder: `\(path)`", hint: "check the spelling and the folder")
    case .unreadable(let path, let reason):
      Diagnosis("cannot read `\(path)`: \(reason)")
    case .unwritable(let path, let reason):
      Diagnosis(
        "cannot write `\(path)`: \(reason)",
        hint: "check the free space and the permissions of its folder; nothing was changed")
    case .tooLarge(let path, let bytes, let limit):
      Diagnosis(
        "file too large", wanted: "at most \(limit) bytes", got: "\(bytes) bytes", place: path)
    }
  }
}
