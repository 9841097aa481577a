// Reads whole files, never more than allowed, whatever their size says.
import AdaptSystem
import Foundation

enum BoundedFile {
  /// All bytes of a regular file of at most `limit` bytes.
  ///
  /// - Throws: `SkipReason.notAFile`, `.tooLarge` (before anything is read) or `.unreadable`.
  static func read(_ path: String, limit: Int) throws(SkipReason) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .unreadable(reason: "\(POSIXFailure.current())") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .unreadable(reason: "\(POSIXFailure.current())")
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile }
    let size = Int(status.st_size)
    guard size <= limit else { throw .tooLarge(bytes: size, limit: limit) }
    return try readAll(descriptor, expecting: size, limit: limit)
  }

  private static func readAll(
    _ descriptor: Int32, expecting size: Int, limit: Int
  ) throws(SkipReason) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size)
    var piece = [UInt8](repeating: 0, count: min(1 << 20, max(size, 4096)))
    while true {
      let count = piece.withUnsafeMutableBytes {
        Foundation.read(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .unreadable(reason: "\(POSIXFailure.current())") }
      guard count > 0 else { return bytes }
      bytes.append(contentsOf: piece[..<count])
      guard bytes.count <= limit else { throw .tooLarge(bytes: bytes.count, limit: limit) }
    }
  }
}
