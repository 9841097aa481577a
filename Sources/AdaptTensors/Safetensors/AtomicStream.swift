// The streaming form of an atomic file: for files larger than what should be in memory at once.
import AdaptSystem
import Foundation

/// A new file that takes the place of an old one only when it is complete and on the disk.
final class AtomicStream {
  private let descriptor: Int32
  private let path: String

  /// Calls `body` with an empty file and renames it to `path` once `body` has returned.
  ///
  /// - Throws: what `body` throws, or `FileFault.unwritable`; then `path` is as it was and nothing is left.
  static func write(to path: String, _ body: (AtomicStream) throws -> Void) throws {
    let temporary = "\(path).\(ProcessInfo.processInfo.processIdentifier).partial"
    let stream = try AtomicStream(temporary, for: path)
    do {
      defer { close(stream.descriptor) }
      try body(stream)
      guard fsync(stream.descriptor) == 0 else { throw stream.fault() }
    } catch {
      unlink(temporary)
      throw error
    }
    guard rename(temporary, path) == 0 else {
      let fault = stream.fault()
      unlink(temporary)
      throw fault
    }
    stream.syncFolder()
  }

  private init(_ temporary: String, for path: String) throws(FileFault) {
    self.path = path
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw fault() }
  }

  func append(_ bytes: [UInt8]) throws(FileFault) {
    var result: FileFault?
    bytes.withUnsafeBytes { bytes in
      do throws(FileFault) { try append(bytes) } catch { result = error }
    }
    if let result { throw result }
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(FileFault) {
    var offset = 0
    while offset < bytes.count {
      let written = Foundation.write(
        descriptor, bytes.baseAddress?.advanced(by: offset), bytes.count - offset)
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { throw fault() }
      offset += written
    }
  }

  private func fault() -> FileFault {
    .unwritable(path: path, reason: POSIXFailure.current().description)
  }

  /// Makes the rename durable; a file system that cannot sync folders loses nothing but that.
  private func syncFolder() {
    let folder = (path as NSString).deletingLastPathComponent
    let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
