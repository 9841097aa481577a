// Models larger than one file should be: shards of bounded size and the index that finds a tensor.
import AdaptSystem
package import Foundation

/// Writes `model.safetensors`, or shards `model-00001-of-0000N.safetensors` with `model.safetensors.index.json`.
package enum ShardedWriter {
  /// Bytes of tensors in a shard, as the transformers library splits by default.
  package static let usualLimit = 5_000_000_000

  /// Writes all tensors to `folder`, at most `limit` bytes of data a file; a larger tensor gets a file of its own.
  ///
  /// Each file is replaced as a whole; several are not replaced at once, so write a new model to a new folder.
  /// Tensors keep their order. The index is written last, so a reader never finds one whose shards are missing.
  /// What an earlier writing left under these names and this one does not replace is removed at the end.
  /// - Returns: The names of the files written, the index last.
  /// - Throws: As `SafetensorsWriter.write`; `.output` for a name twice also across shards.
  @discardableResult
  package static func write(
    _ tensors: [TensorOutput], metadata: [String: String] = SafetensorsWriter.usualMetadata,
    to folder: URL, limit: Int = usualLimit
  ) throws(SafetensorsFault) -> [String] {
    let shards = try split(tensors, limit: limit, path: folder.path)
    guard shards.count > 1 else {
      let name = "model.safetensors"
      try SafetensorsWriter.write(
        tensors, metadata: metadata, to: folder.appendingPathComponent(name))
      removeStale(in: folder, keeping: [name])
      return [name]
    }
    let names = shards.indices.map { shardName($0 + 1, of: shards.count) }
    for (shard, name) in zip(shards, names) {
      try SafetensorsWriter.write(
        shard, metadata: metadata, to: folder.appendingPathComponent(name))
    }
    let index = try writeIndex(shards, names, folder)
    removeStale(in: folder, keeping: Set(names + [index]))
    return names + [index]
  }

  private static func split(
    _ tensors: [TensorOutput], limit: Int, path: String
  ) throws(SafetensorsFault) -> [[TensorOutput]] {
    var shards: [[TensorOutput]] = [[]]
    var filled = 0
    var seen = Set<String>()
    for tensor in tensors {
      guard seen.insert(tensor.name).inserted else {
        throw .output(path: path, name: tensor.name, wanted: "a name of its own", got: "it twice")
      }
      let size = try tensor.byteCount(path: path)
      if filled > 0, size > limit - filled {
        shards.append([])
        filled = 0
      }
      shards[shards.count - 1].append(tensor)
      filled = min(filled, Int.max - size) + size
    }
    return shards
  }

  private static func writeIndex(
    _ shards: [[TensorOutput]], _ names: [String], _ folder: URL
  ) throws(SafetensorsFault) -> String {
    let name = "model.safetensors.index.json"
    let path = folder.appendingPathComponent(name).path
    var map: [String: String] = [:]
    var total = 0
    for (shard, file) in zip(shards, names) {
      for tensor in shard {
        map[tensor.name] = file
        total += try tensor.byteCount(path: path)
      }
    }
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      let index = Index(metadata: .init(totalSize: total), weightMap: map)
      try AtomicFile.write(try encoder.encode(index), to: path)
    } catch let fault as FileFault {
      throw .file(fault)
    } catch {
      throw .file(.unwritable(path: path, reason: "\(error)"))
    }
    return name
  }

  /// Removes weight files of an earlier writing: a reader would take `model.safetensors` before the index.
  private static func removeStale(in folder: URL, keeping names: Set<String>) {
    let manager = FileManager.default
    for name in (try? manager.contentsOfDirectory(atPath: folder.path)) ?? [] {
      let isOurs =
        name == "model.safetensors" || name == "model.safetensors.index.json"
        || name.wholeMatch(of: /model-\d{5,}-of-\d{5,}\.safetensors/) != nil
      if isOurs, !names.contains(name) {
        try? manager.removeItem(at: folder.appendingPathComponent(name))
      }
    }
  }

  private static func shardName(_ number: Int, of count: Int) -> String {
    func padded(_ value: Int) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }
    return "model-\(padded(number))-of-\(padded(count)).safetensors"
  }

  private struct Index: Encodable {
    struct Metadata: Encodable {
      let totalSize: Int
      enum CodingKeys: String, CodingKey {
        case totalSize = "total_size"
      }
    }
    let metadata: Metadata
    let weightMap: [String: String]
    enum CodingKeys: String, CodingKey {
      case metadata
      case weightMap = "weight_map"
    }
  }
}
