// Small JSON files of a model folder, read with a check at every key.
import AdaptSystem
import AdaptTensors
package import Foundation

/// One JSON object file, or an object inside it.
///
/// JSON null counts as absent. Numbers are numbers: `true` is no 1, and 1.5 no whole number.
package struct ConfigurationFile {
  package let path: String
  /// The keys that lead to this object, each with a point behind it; empty for the file itself.
  private let place: String
  let object: [String: Any]
  /// Longest file read: real ones have a few kilobytes.
  static let limit = 16 << 20

  /// - Throws: `ModelFault.file` or `.configuration` when it cannot be read or is no JSON object.
  package init(_ url: URL) throws(ModelFault) {
    path = url.path
    place = ""
    guard let object = try Self.json(url) as? [String: Any] else {
      throw .configuration(path: url.path, reason: "it is no JSON object")
    }
    self.object = object
  }

  private init(_ object: [String: Any], path: String, place: String) {
    self.path = path
    self.place = place
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
      let detail = (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String
      throw .configuration(
        path: url.path, reason: "it is not JSON" + (detail.map { ": \($0.prefix(200))" } ?? ""))
    }
  }

  /// Whether the key is there with a value that is not null.
  func has(_ key: String) -> Bool { object[key].map { !($0 is NSNull) } ?? false }

  /// Whether the key is there as null.
  func isNull(_ key: String) -> Bool { object[key] is NSNull }

  /// The key as messages name it, with what it stands in.
  func name(_ key: String) -> String { "`\(place)\(key.excerpt)`" }

  func string(_ key: String) -> String? { object[key] as? String }

  func bool(_ key: String) -> Bool? { object[key] as? Bool }

  /// The object under `key`; nil where it is absent.
  ///
  /// - Throws: `ModelFault.contradiction` when something else stands there.
  func inner(_ key: String) throws(ModelFault) -> ConfigurationFile? {
    guard has(key) else { return nil }
    guard let inner = object[key] as? [String: Any] else {
      throw wrong(key, wanted: "an object")
    }
    return ConfigurationFile(inner, path: path, place: place + key.excerpt + ".")
  }

  /// A fault of the value under `key`, which is named with what was found.
  func wrong(_ key: String, _ what: String = "cannot be used", wanted: String) -> ModelFault {
    .contradiction(
      path: path, what: "\(name(key)) \(what)", wanted: wanted,
      got: Self.described(object[key]))
  }

  /// A value in few words, whatever its length in the file.
  private static func described(_ value: Any?) -> String {
    switch value {
    case nil: "nothing"
    case is NSNull: "null"
    case let text as String: "`\(text.excerpt)`"
    case let list as [Any]: "a list of \(list.count)"
    case is [String: Any]: "an object"
    case let number as NSNumber where isBoolean(number): number.boolValue ? "true" : "false"
    case let other?: "\(other)".excerpt
    }
  }

  /// JSON's true and false are numbers to Foundation, of a type that no JSON number has.
  static func isBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
