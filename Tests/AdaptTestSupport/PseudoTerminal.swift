// A real terminal for tests: the binary runs on a pseudo-terminal, the test types and looks.
package import Foundation
import Glibc

/// A process on a pseudo-terminal of its own.
package final class PseudoTerminal: @unchecked Sendable {
  /// What was waited for did not come.
  package struct Missing: Error, CustomStringConvertible {
    package let wanted: String
    package let seen: String
    package var description: String { "wanted `\(wanted)` on the terminal, got:\n\(seen)" }
  }

  private let controller: Int32
  private var process: pid_t = 0
  private var received: [UInt8] = []
  /// Bytes of the transcript that were expected already.
  private var consumed = 0
  private var exitStatus: Int32?

  /// Linux's requests to unlock a pseudo-terminal and to tell its number; Swift does not import them.
  private static let unlock: UInt = 0x4004_5431
  private static let number: UInt = 0x8004_5430
  /// glibc's flag for a session of its own, not imported either.
  private static let newSession: Int16 = 0x80

  /// Starts `binary` in `folder` on a terminal of `columns` × `rows`.
  package init(
    _ binary: Binary, _ arguments: [String], in folder: URL,
    environment: [String: String] = [:], columns: UInt16 = 80, rows: UInt16 = 40
  ) throws {
    controller = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var unlocked: Int32 = 0
    var number: Int32 = -1
    guard controller >= 0, ioctl(controller, Self.unlock, &unlocked) == 0,
      ioctl(controller, Self.number, &number) == 0
    else { throw POSIXError(.EIO) }
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(controller, UInt(TIOCSWINSZ), &size)
    try spawn(
      binary.path, arguments, terminal: "/dev/pts/\(number)", folder: folder.path,
      Binary.environment(home: folder, adding: environment))
  }

  deinit {
    if exitStatus == nil, process > 0 {
      kill(process, SIGKILL)
      waitpid(process, nil, 0)
    }
    close(controller)
  }

  /// A new session whose first opened terminal becomes its controlling one; a shell changes the folder.
  private func spawn(
    _ path: String, _ arguments: [String], terminal: String, folder: String,
    _ environment: [String: String]
  ) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, terminal, O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, 0, 1)
    posix_spawn_file_actions_adddup2(&actions, 0, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Self.newSession)
    let script = ["sh", "-c", "cd \"$0\" && exec \"$@\"", folder, path]
    let words = (script + arguments).map { strdup($0) } + [nil]
    let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in words + variables { free(pointer) } }
    let code = posix_spawn(&process, "/bin/sh", &actions, &attributes, words, variables)
    guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO) }
  }

  /// Types keys.
  package func send(_ keys: String) {
    var bytes = Array(keys.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { write(controller, $0.baseAddress, $0.count) }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }

  /// Types a line and Enter.
  package func sendLine(_ line: String) {
    send(line + "\r")
  }

  /// Waits until `text` appears behind what was expected before, escape sequences left out.
  ///
  /// - Returns: what was seen up to and with it.
  @discardableResult
  package func expect(_ text: String, within seconds: Double = 120) throws -> String {
    let deadline = Date().addingTimeInterval(seconds)
    while true {
      let seen = String(transcript.utf8.dropFirst(consumed)) ?? ""
      if let range = seen.range(of: text) {
        consumed += seen[..<range.upperBound].utf8.count
        return String(seen[..<range.upperBound])
      }
      guard Date() < deadline, receive(until: deadline) else {
        throw Missing(wanted: text, seen: seen)
      }
    }
  }

  /// Everything the terminal was sent so far, as it came.
  package var raw: String { String(decoding: received, as: UTF8.self) }

  /// Everything the terminal was sent so far, escape sequences left out.
  package var transcript: String { Self.visible(received[...]) }

  /// Waits for the end of the process and gives its exit status.
  package func wait(within seconds: Double = 120) throws -> Int32 {
    let deadline = Date().addingTimeInterval(seconds)
    while Date() < deadline {
      var status: Int32 = 0
      if waitpid(process, &status, WNOHANG) == process {
        let code = status & 0x7F == 0 ? (status >> 8) & 0xFF : -1
        exitStatus = code
        _ = receive(until: Date())
        return code
      }
      _ = receive(until: Date().addingTimeInterval(0.05))
    }
    throw Missing(wanted: "the end of the process", seen: transcript)
  }

  /// Reads what has come; false at the end of the terminal.
  private func receive(until deadline: Date) -> Bool {
    var descriptor = pollfd(fd: controller, events: Int16(POLLIN), revents: 0)
    let milliseconds = Int32(max(0, min(200, deadline.timeIntervalSinceNow * 1000)))
    guard poll(&descriptor, 1, milliseconds) > 0 else { return true }
    var bytes = [UInt8](repeating: 0, count: 65536)
    let count = read(controller, &bytes, bytes.count)
    guard count > 0 else { return false }
    received += bytes[..<count]
    return true
  }

  /// The text without escape sequences and carriage returns.
  static func visible(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self)
      .replacing(/\u{1B}\[[0-9;?]*[ -\/]*[@-~]/, with: "")
      .replacing("\r", with: "")
  }
}
