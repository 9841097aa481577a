// The weights of a model folder, in one file or in shards.
import AdaptSystem
package import Foundation

/// Every tensor of a model folder by name, wherever it lies.
package struct WeightFiles: Sendable {
  /// The files in the order of their names.
  package let files: [SafetensorsFile]
  /// Names the file, or the list of shards, in messages.
  package let path: String
  private let home: [String: Int]
  /// The form that a matrix is brought into as it is read; nil leaves it as it rests in its file.
  package var form: @Sendable (_ name: String) -> WeightFormat? = { _ in nil }

  /// Opens `model.safetensors`, else the shards of `model.safetensors.index.json`.
  ///
  /// - Throws: `.noWeights` when neither is there; the fault of the first file that is not sound.
  package init(folder: URL) throws(SafetensorsFault) {
    let single = folder.appendingPathComponent("model.safetensors")
    let index = folder.appendingPathComponent("model.safetensors.index.json")
    let manager = FileManager.default
    if manager.fileExists(atPath: single.path) {
      try self.init(file: single)
    } else if manager.fileExists(atPath: index.path) {
      try self.init(index: index)
    } else {
      let others = (try? manager.contentsOfDirectory(atPath: folder.path)) ?? []
      let weights = others.filter { $0.hasSuffix(".bin") || $0.hasSuffix(".safetensors") }
      throw .noWeights(folder: folder.path, found: weights.sorted())
    }
  }

  /// One file.
  package init(file: URL) throws(SafetensorsFault) {
    let file = try SafetensorsFile(file)
    files = [file]
    path = file.path
    home = file.tensors.mapValues { _ in 0 }
  }

  /// Shards as an index lists them; the index and the shards must name the same tensors.
  package init(index: URL) throws(SafetensorsFault) {
    let map = try Self.weightMap(index)
    let names = Set(map.values).sorted()
    var files: [SafetensorsFile] = []
    var home: [String: Int] = [:]
    for (position, name) in names.enumerated() {
      guard !name.contains("/"), !name.utf8.contains(0), name.hasSuffix(".safetensors"),
        name.utf8.count <= 255
      else {
        throw .index(
          path: index.path, reason: "`\(name.excerpt)` is no plain .safetensors file name")
      }
      let file = try SafetensorsFile(
        index.deletingLastPathComponent().appendingPathComponent(name))
      for tensor in file.tensors.keys {
        guard map[tensor] == name else {
          throw .index(
            path: index.path, reason: "`\(tensor.excerpt)` in \(name) is not listed there")
        }
        home[tensor] = position
      }
      files.append(file)
    }
    for (tensor, name) in map where home[tensor] == nil {
      throw .index(
        path: index.path,
        reason: "`\(tensor.excerpt)` is listed in \(name) but not in the file")
    }
    self.files = files
    self.path = index.path
    self.home = home
  }

  /// All names, sorted.
  package var names: [String] { home.keys.sorted() }

  package func contains(_ name: String) -> Bool { home[name] != nil }

  /// The file that holds the tensor.
  ///
  /// - Throws: `.missingTensor` naming the nearest one.
  package func file(holding name: String) throws(SafetensorsFault) -> SafetensorsFile {
    guard let position = home[name] else {
      throw .missing(name, among: home.keys, path: path)
    }
    return files[position]
  }

  /// The tensor as f32, a view where the file allows; `shape` is checked when given.
  package func tensor(_ name: String, shape: [Int]? = nil) throws(SafetensorsFault) -> Tensor {
    try file(holding: name).tensor(name, shape: shape)
  }

  private static func weightMap(_ index: URL) throws(SafetensorsFault) -> [String: String] {
    let mapped: MappedFile
    do throws(FileFault) {
      mapped = try MappedFile(index, limit: SafetensorsFile.headerLimit)
    } catch {
      throw .file(error)
    }
    let object: Any
    do {
      object = try JSONSerialization.jsonObject(with: Data(mapped.bytes))
    } catch {
      throw .index(path: index.path, reason: "it is not JSON")
    }
    guard (object as? [String: Any])?["weight_map"] is [String: String] else {
      throw .index(path: index.path, reason: "no `weight_map` from tensors to files")
    }
    // Read once more by a parser that sees a name that is listed twice.
    var parser = HeaderParser(path: index.path, bytes: mapped.bytes, start: 0)
    guard let map = try parser.strings(of: "weight_map"), !map.isEmpty else {
      throw .index(path: index.path, reason: "no `weight_map` from tensors to files")
    }
    return map
  }
}
