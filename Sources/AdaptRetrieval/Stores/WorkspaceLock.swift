// Two indexing runs at once would undo each other's removals, so a run holds this lock to its end.
import AdaptSystem
import Foundation

/// An advisory lock on a file that ends with its holder, even when the process is killed.
package final class WorkspaceLock: Sendable {
  private let descriptor: Int32

  private init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }

  /// The lock of the runs that index into `database`: a file beside it.
  package static func indexing(
    _ database: RetrievalDatabase, waiting seconds: Double = 0
  ) throws -> WorkspaceLock {
    let folder = (database.path as NSString).deletingLastPathComponent
    return try acquire(at: folder + "/index.lock", waiting: seconds)
  }

  /// Takes the lock at `path`, trying again for `seconds`.
  ///
  /// - Throws: `StoreFault.indexing` with the holder's process id when it stays taken, `.inaccessible`
  ///   when the file cannot be made, `CancellationError`.
  package static func acquire(at path: String, waiting seconds: Double = 0) throws -> WorkspaceLock
  {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw StoreFault.inaccessible(path: path, reason: "\(POSIXFailure.current())")
    }
    let lock = WorkspaceLock(descriptor: descriptor)
    let deadline = Date().addingTimeInterval(seconds)
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else {
        throw StoreFault.inaccessible(path: path, reason: "\(POSIXFailure.current())")
      }
      guard Date() < deadline else {
        throw StoreFault.indexing(path: path, process: lock.holder())
      }
      try Task.checkCancellation()
      usleep(50_000)
    }
    lock.sign()
    return lock
  }

  /// Writes our process id for those who find the lock taken; only a courtesy, so failing is no fault.
  private func sign() {
    let text = Array("\(getpid())\n".utf8)
    guard ftruncate(descriptor, 0) == 0 else { return }
    _ = pwrite(descriptor, text, text.count, 0)
  }

  private func holder() -> Int32? {
    var bytes = [UInt8](repeating: 0, count: 32)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    guard count > 0 else { return nil }
    let text = String(decoding: bytes[..<count], as: UTF8.self)
    return Int32(text.trimmingCharacters(in: .whitespacesAndNewlines))
  }
}
