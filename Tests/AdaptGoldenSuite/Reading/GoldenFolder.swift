// The root of a folder of references.
package import Foundation

/// A folder as the generator lays it out: parts, and cases below them.
package struct GoldenFolder: Sendable {
  package let root: URL
  /// Files below the root that the manifest lists; empty without a manifest.
  let listed: [String]

  /// - Throws: `GoldenFault.layout` where it is no folder or holds no part of the generator.
  package init(_ root: URL) throws(GoldenFault) {
    self.root = root.standardizedFileURL
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: root.path, isDirectory: &isFolder) else {
      throw .layout(path: root.path, got: "no such folder")
    }
    guard isFolder.boolValue else { throw .layout(path: root.path, got: "a file") }
    listed = try Self.manifest(root.appendingPathComponent("MANIFEST.json"))
    let found = folders()
    guard found.contains(where: GoldenSuite.folders.contains) else {
      throw .layout(
        path: root.path,
        got: found.isEmpty ? "no folders" : found.prefix(5).joined(separator: ", "))
    }
  }

  /// Sorted names of the folders at `path` below the root, those that only the manifest knows included.
  func folders(_ path: String = "") -> [String] {
    let place = path.isEmpty ? root : root.appendingPathComponent(path)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
    let found = names.filter { name in
      var isFolder: ObjCBool = false
      let path = place.appendingPathComponent(name).path
      return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        && isFolder.boolValue && !name.hasPrefix(".")
    }
    let start = path.isEmpty ? "" : path + "/"
    let known = listed.filter { $0.hasPrefix(start) }.compactMap { file -> String? in
      let parts = file.dropFirst(start.count).split(separator: "/")
      return parts.count > 1 ? String(parts[0]) : nil
    }
    return Set(found + known).sorted()
  }

  func url(_ path: String) -> URL { root.appendingPathComponent(path) }

  func has(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: url(path).path)
  }

  func tensors(_ path: String) throws -> GoldenTensors { try GoldenTensors(url(path)) }

  func json(_ path: String) throws(GoldenFault) -> GoldenJSON { try GoldenJSON(url(path)) }

  /// Listed files that are not there.
  var missing: [String] { listed.filter { !has($0) } }

  private static func manifest(_ url: URL) throws(GoldenFault) -> [String] {
    guard FileManager.default.fileExists(atPath: url.path) else { return [] }
    let files = try GoldenJSON(url).object("files").object.keys
    return files.filter { !$0.hasPrefix("/") && !$0.contains("..") }.sorted()
  }
}
