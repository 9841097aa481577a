// Files read in place: pages come from the page cache when they are touched, and only those.
package import AdaptSystem
package import Foundation

/// The bytes of a regular file, mapped read-only for as long as this object lives.
///
/// A file that another process shortens while it is mapped ends this process with SIGBUS on the next touch,
/// as with every mapped file; writers must replace files by renaming.
package final class MappedFile: @unchecked Sendable {
  package let path: String
  /// The whole file; empty for an empty one.
  package let bytes: UnsafeRawBufferPointer

  /// - Throws: `FileFault.missing`, `.unreadable` (also for folders and devices), `.tooLarge`.
  package init(_ url: URL, limit: Int = .max) throws(FileFault) {
    path = url.path
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { throw .missing(path: path) }
      throw .unreadable(path: path, reason: POSIXFailure.current().description)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .unreadable(path: path, reason: POSIXFailure.current().description)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(path: path, reason: "not a regular file")
    }
    let size = Int(status.st_size)
    guard size <= limit else { throw .tooLarge(path: path, bytes: size, limit: limit) }
    guard size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    guard let base = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED
    else { throw .unreadable(path: path, reason: POSIXFailure.current().description) }
    bytes = UnsafeRawBufferPointer(start: base, count: size)
  }

  deinit {
    if let base = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: base), bytes.count)
    }
  }
}
