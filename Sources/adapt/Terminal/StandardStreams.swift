// Standard output and error: whole writes, broken pipes, and what is known of the terminal behind.
import AdaptAssistant
import AdaptSystem
import CReadline
import Foundation

/// The reader of our output went away; not an error.
struct BrokenPipe: Error {}

/// What the process writes to, and how wide and colourful that is.
struct StandardStreams: Sendable {
  /// Results go to standard output, everything else to standard error.
  enum Stream: Int32, Sendable {
    case output = 1
    case error = 2
  }

  let environment: [String: String]

  init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    self.environment = environment
  }

  func isTerminal(_ stream: Stream) -> Bool { isatty(stream.rawValue) == 1 }

  static var inputIsTerminal: Bool { isatty(0) == 1 }

  /// Columns of the terminal behind a stream; 80 where there is none.
  func width(_ stream: Stream) -> Int {
    let columns = Int(adapt_terminal_columns(stream.rawValue))
    return columns > 0 ? max(columns, 20) : 80
  }

  /// Colours only on a terminal that has them, and never against `NO_COLOR`.
  func painter(_ stream: Stream) -> Painter {
    let isForbidden = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    let isDumb = environment["TERM"].map { $0 == "dumb" || $0.isEmpty } ?? true
    return Painter(hasColours: isTerminal(stream) && !isForbidden && !isDumb)
  }

  /// Writes all of `text`.
  ///
  /// - Throws: `BrokenPipe` when nobody reads any more, `FileFault` when the disk is full.
  func write(_ text: String, to stream: Stream = .output) throws {
    var text = text
    try text.withUTF8 { bytes in
      var offset = 0
      while offset < bytes.count {
        let count = Foundation.write(
          stream.rawValue, bytes.baseAddress?.advanced(by: offset), bytes.count - offset)
        if count > 0 {
          offset += count
        } else if errno == EPIPE {
          throw BrokenPipe()
        } else if errno != EINTR && errno != EAGAIN {
          let name = stream == .output ? "standard output" : "standard error"
          throw FileFault.unwritable(path: name, reason: String(cString: strerror(errno)))
        }
      }
    }
  }

  /// Writes to standard error and forgets about failures: there is nowhere left to report them.
  func note(_ text: String) {
    try? write(text, to: .error)
  }
}
