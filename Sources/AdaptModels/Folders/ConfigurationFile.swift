// Small JSON files of a model folder, read with a check at every key.
import AdaptTensors
package import Foundation

/// One JSON object file.
package struct ConfigurationFile {
  package let path: String
  private let object: [String: Any]
  /// Longest file read: real ones have a few kilobytes.
  static let limit = 16 << 20

  /// - Throws: `ModelFault.file` or `.configuration` when it cannot be read or is no JSON object.
  package init(_ url: URL) throws(ModelFault) {
    path = url.path
    guard let object = try Self.json(url) as? [String: Any] else {
      throw .configuration(path: url.path, reason: "it is no JSON object")
    }
    self.object = object
  }

  /// The file when it is there.
  static func optional(_ url: URL) throws(ModelFault) -> ConfigurationFile? {
    FileManager.default.fileExists(atPath: url.path) ? try ConfigurationFile(url) : nil
  }

  /// The JSON value of a whole file.
  static func json(_ url: URL) throws(ModelFault) -> Any {
    let file: MappedFile
    do {
      file = try MappedFile(url, limit: limit)
    } catch {
      throw .file(error)
    }
    do {
      return try JSONSerialization.jsonObject(with: Data(file.bytes))
    } catch {
      throw .configuration(path: url.path, reason: "it is not JSON")
    }
  }

  func has(_ key: String) -> Bool { object[key].map { !($0 is NSNull) } ?? false }

  func string(_ key: String) -> String? { object[key] as? String }

  func bool(_ key: String) -> Bool? { object[key] as? Bool }

  /// A whole number within `range`; `fallback` where the key is absent or null.
  func integer(
    _ key: String, in range: ClosedRange<Int>, fallback: Int? = nil
  ) throws(ModelFault) -> Int {
    guard has(key) else {
      if let fallback { return fallback }
      throw .configuration(path: path, reason: "no `\(key)`")
    }
    guard let number = object[key] as? Double, let value = Int(exactly: number),
      range.contains(value)
    else {
      throw .contradiction(
        path: path, what: "`\(key)` is out of range",
        wanted: "\(range.lowerBound) to \(range.upperBound)", got: "\(object[key] ?? "nothing")")
    }
    return value
  }

  func double(_ key: String, fallback: Double) throws(ModelFault) -> Double {
    guard has(key) else { return fallback }
    guard let value = object[key] as? Double, value.isFinite else {
      throw .configuration(path: path, reason: "`\(key)` is no number")
    }
    return value
  }
}
