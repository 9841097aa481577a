// Holds a child's standard input in memory without a name: no pipe that can break or block, and
// nothing (a key, a question) that touches the disk.
import Foundation
import Synchronization

enum AnonymousFile {
  private static let counter = Atomic<Int>(0)

  /// A descriptor of a nameless file in memory that holds `bytes`, to be read from its start.
  ///
  /// - Throws: `ChildProcessFault.notStarted` when there is no room or no descriptor.
  static func open(holding bytes: [UInt8], for program: String) throws(ChildProcessFault) -> Int32 {
    guard !bytes.isEmpty else { return try openNull(for: program) }
    let number = counter.add(1, ordering: .relaxed).newValue
    let name = "/adapt-\(ProcessInfo.processInfo.processIdentifier)-\(number)"
    let descriptor = shm_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure(program) }
    shm_unlink(name)
    guard writeAll(bytes, to: descriptor), lseek(descriptor, 0, SEEK_SET) == 0 else {
      let fault = failure(program)
      close(descriptor)
      throw fault
    }
    return descriptor
  }

  private static func openNull(for program: String) throws(ChildProcessFault) -> Int32 {
    let descriptor = Foundation.open("/dev/null", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(program) }
    return descriptor
  }

  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    bytes.withUnsafeBytes { buffer in
      var offset = 0
      while offset < buffer.count {
        let count = write(
          descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return false }
        offset += count
      }
      return true
    }
  }

  private static func failure(_ program: String) -> ChildProcessFault {
    .notStarted(program: program, reason: "its input: \(POSIXFailure.current())")
  }
}
