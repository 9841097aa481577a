// Copies of the committed references that a test may damage.
import AdaptGoldenSuite
import AdaptTensors
import AdaptTestSupport
import Foundation

/// The committed references.
enum GoldenSubset {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Golden")
}

/// Some folders of the committed references in a folder of their own.
struct GoldenCopy {
  let folder: TemporaryFolder
  var root: URL { URL(fileURLWithPath: folder.path) }

  /// Copies `parts`, folders or files below the root; the manifest only when it is among them.
  init(_ parts: [String]) throws {
    folder = try TemporaryFolder()
    for part in parts {
      let target = root.appendingPathComponent(part)
      try FileManager.default.createDirectory(
        at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        at: GoldenSubset.root.appendingPathComponent(part), to: target)
    }
  }

  /// All results of a run over the copy.
  func run() throws -> [GoldenResult] { GoldenSuite.run(try GoldenFolder(root)) }

  func url(_ path: String) -> URL { root.appendingPathComponent(path) }

  func remove(_ path: String) throws { try FileManager.default.removeItem(at: url(path)) }

  func copy(_ path: String, to other: String) throws {
    try FileManager.default.copyItem(at: url(path), to: url(other))
  }

  /// Replaces text in a file; it must be there.
  func replace(_ old: String, with new: String, in path: String) throws {
    let text = try String(contentsOf: url(path), encoding: .utf8)
    guard text.contains(old) else { throw EditFault.absent(old) }
    try Data(text.replacingOccurrences(of: old, with: new).utf8).write(to: url(path))
  }

  /// Leaves the first `share` of a file.
  func cut(_ path: String, to share: Double) throws {
    let data = try Data(contentsOf: url(path))
    try data.prefix(Int(Double(data.count) * share)).write(to: url(path))
  }

  /// Changes one f32 of a tensor.
  func edit(
    _ path: String, _ tensor: String, at index: Int, _ change: (Float) -> Float
  ) throws {
    try edit(path, tensor, at: index, as: Float.self, change)
  }

  /// Changes one element of a tensor, which has the type of `Element` in the file.
  func edit<Element: BitwiseCopyable>(
    _ path: String, _ tensor: String, at index: Int, as type: Element.Type,
    _ change: (Element) -> Element
  ) throws {
    var data = try Data(contentsOf: url(path))
    let file = try SafetensorsFile(url(path))
    let info = try file.info(tensor)
    let size = MemoryLayout<Element>.size
    guard (index + 1) * size <= info.bytes.count else { throw EditFault.absent(tensor) }
    let place = file.headerBytes.count + info.bytes.lowerBound + index * size
    data.withUnsafeMutableBytes { bytes in
      let old = bytes.loadUnaligned(fromByteOffset: place, as: Element.self)
      bytes.storeBytes(of: change(old), toByteOffset: place, as: Element.self)
    }
    try data.write(to: url(path))
  }
}

enum EditFault: Error {
  case absent(String)
}

extension [GoldenResult] {
  /// The subjects that fail, by case.
  var misses: [String] {
    filter(\.isMiss).map { $0.subject.isEmpty ? $0.name : "\($0.name): \($0.subject)" }
  }

  var lines: String { filter(\.isMiss).map(\.line).joined(separator: "\n") }
}
