// The lines of a script from standard input, one at a time and never more than one is kept.
import AdaptSystem
import Foundation

/// Reads lines from a descriptor; bytes that are no UTF-8 become replacement characters.
struct ScriptLines {
  /// A longer line is no line of a script.
  static let limit = 1 << 20

  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var isAtEnd = false

  init(descriptor: Int32 = 0) {
    self.descriptor = descriptor
  }

  /// The next line without its line feed; nil at the end.
  ///
  /// - Throws: `FileFault` when the input cannot be read or a line is longer than the limit.
  mutating func next() throws(FileFault) -> String? {
    var searched = 0
    while true {
      if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: buffer[..<end], as: UTF8.self)
        buffer.removeFirst(end + 1)
        return line
      }
      searched = buffer.count
      if isAtEnd {
        defer { buffer = [] }
        return buffer.isEmpty ? nil : String(decoding: buffer, as: UTF8.self)
      }
      guard buffer.count <= Self.limit else {
        throw .tooLarge(path: "a line of the script", bytes: buffer.count, limit: Self.limit)
      }
      try fill()
    }
  }

  private mutating func fill() throws(FileFault) {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(descriptor, &chunk, chunk.count)
    if count < 0 {
      if errno == EINTR { return }
      throw .unreadable(path: "standard input", reason: String(cString: strerror(errno)))
    }
    isAtEnd = count == 0
    buffer += chunk[..<count]
  }
}
