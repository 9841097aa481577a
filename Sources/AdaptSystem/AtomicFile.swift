// Writes whole files so that a reader, or a machine that loses power, sees the old or the new one.
package import Foundation

/// Atomic writing: a temporary file in the same folder, `fsync`, `rename`, `fsync` of the folder.
package enum AtomicFile {
  /// Replaces the file at `path` with `bytes`, or leaves it as it was.
  ///
  /// - Throws: `FileFault.unwritable` with the system's reason; the temporary file is removed.
  package static func write(_ bytes: some DataProtocol, to path: String) throws(FileFault) {
    let temporary = "\(path).\(ProcessInfo.processInfo.processIdentifier).partial"
    do {
      try writeSynced(Data(bytes), to: temporary)
      guard rename(temporary, path) == 0 else { throw POSIXFailure.current() }
      syncFolder(of: path)
    } catch {
      unlink(temporary)
      throw FileFault.unwritable(path: path, reason: "\(error)")
    }
  }

  private static func writeSynced(_ data: Data, to path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw POSIXFailure.current() }
    defer { close(descriptor) }
    try data.withUnsafeBytes { buffer in
      var offset = 0
      while offset < buffer.count {
        let written = Foundation.write(
          descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
        if written < 0 && errno == EINTR { continue }
        guard written > 0 else { throw POSIXFailure.current() }
        offset += written
      }
    }
    guard fsync(descriptor) == 0 else { throw POSIXFailure.current() }
  }

  /// Makes the rename durable; a file system that cannot sync folders loses nothing but that.
  private static func syncFolder(of path: String) {
    let folder = (path as NSString).deletingLastPathComponent
    let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}

/// The reason of the last failed system call, in the system's words.
package struct POSIXFailure: Error, CustomStringConvertible, Sendable {
  package let code: Int32
  package var description: String { String(cString: strerror(code)) }

  package static func current() -> POSIXFailure { POSIXFailure(code: errno) }
}
