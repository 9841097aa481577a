// Where the program's words go.
import AdaptSystem
import Foundation

enum Console {
  /// Writes a result.
  ///
  /// - Throws: `FileFault.unwritable` when the disk behind standard output is full.
  static func write(_ text: String) throws(FileFault) {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    } catch {
      throw .unwritable(path: "standard output", reason: "\(error)")
    }
  }

  /// Writes what may get lost: when it does there is nowhere left to say so.
  static func note(_ text: String, to handle: FileHandle = .standardError) {
    try? handle.write(contentsOf: Data(text.utf8))
  }
}
