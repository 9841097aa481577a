// Test collections are read line by line, so that every fault has a line number.
import AdaptSystem
import Foundation

/// The lines of a text file, counted from 1; a final line break opens no line.
package struct EvaluationLines {
  /// Larger files are refused: collections of this kind are megabytes.
  static let limit = 1 << 30

  let path: String
  private let data: Data

  /// - Throws: `FileFault`.
  package init(path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else { throw FileFault.missing(path: path) }
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    let bytes = (attributes?[.size] as? NSNumber)?.intValue ?? 0
    guard bytes <= Self.limit else {
      throw FileFault.tooLarge(path: path, bytes: bytes, limit: Self.limit)
    }
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    } catch {
      let isFolder = attributes?[.type] as? FileAttributeType == .typeDirectory
      throw FileFault.unreadable(
        path: path, reason: isFolder ? "it is a folder" : error.localizedDescription)
    }
    self.path = path
  }

  /// Calls `body` with every line without its line break; UTF-8 is required.
  package func visit(_ body: (_ number: Int, _ line: String) throws -> Void) throws {
    var number = 0
    var start = data.startIndex
    while start < data.endIndex {
      let end = data[start...].firstIndex(of: 0x0A) ?? data.endIndex
      number += 1
      var bytes = data[start..<end]
      if bytes.last == 0x0D { bytes = bytes.dropLast() }
      guard let line = String(data: bytes, encoding: .utf8) else {
        throw EvaluationFault.malformed(
          path: path, line: number, what: "not text", wanted: "UTF-8", got: "other bytes")
      }
      let marked = number == 1 && line.hasPrefix("\u{FEFF}")
      try body(number, marked ? String(line.dropFirst()) : line)
      start = end < data.endIndex ? data.index(after: end) : end
    }
  }

  func fault(_ line: Int, _ what: String, wanted: String, got: String) -> EvaluationFault {
    let shown = got.count > 60 ? got.prefix(60) + "…" : got[...]
    return .malformed(path: path, line: line, what: what, wanted: wanted, got: "`\(shown)`")
  }
}
