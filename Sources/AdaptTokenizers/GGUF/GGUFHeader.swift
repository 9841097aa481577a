// The front part of GGUF files: metadata and the places of the tensors. Sizes come from the file, so each
// is compared with the bytes there are before anything is made of it.
import AdaptSystem
package import Foundation

/// Metadata and tensor places of a GGUF file (versions 2 and 3).
///
/// Layout (github.com/ggml-org/ggml, docs/gguf.md): `GGUF`, version, number of tensors, number of values;
/// values as key, type, value; tensors as name, dimensions, type, offset; then the data, aligned.
package struct GGUFHeader: Sendable, Equatable {
  package struct Tensor: Sendable, Equatable {
    package var name: String
    /// The fastest-running dimension first.
    package var dimensions: [UInt64]
    /// The number of ggml's type.
    package var type: UInt32
    /// From the start of the data.
    package var offset: UInt64

    package init(name: String, dimensions: [UInt64], type: UInt32, offset: UInt64) {
      self.name = name
      self.dimensions = dimensions
      self.type = type
      self.offset = offset
    }
  }

  package struct Entry: Sendable, Equatable {
    package var key: String
    package var value: GGUFValue

    package init(_ key: String, _ value: GGUFValue) {
      self.key = key
      self.value = value
    }
  }

  package var version: UInt32 = 3
  /// In the order of the file; no key twice.
  package var entries: [Entry] = []
  package var tensors: [Tensor] = []

  package init() {}

  package subscript(key: String) -> GGUFValue? {
    entries.first { $0.key == key }?.value
  }

  /// Bytes between which tensors begin.
  package var alignment: Int {
    let value = self["general.alignment"]?.integer ?? 32
    return value > 0 && value <= 1 << 20 && value & (value - 1) == 0 ? value : 32
  }
}

extension GGUFHeader {
  /// Bytes of the front part that are read at most.
  private static let sizeLimit = 1 << 29
  /// Bytes read at first; vocabularies take some million.
  private static let firstPart = 1 << 24

  /// Reads the front part of a file; the tensors themselves are not touched.
  package init(contentsOf url: URL) throws(GGUFFault) {
    let path = url.path
    let handle: FileHandle
    let size: Int
    do {
      handle = try FileHandle(forReadingFrom: url)
      size = Int(clamping: try handle.seekToEnd())
    } catch {
      throw .file(.unreadable(path: path, reason: error.localizedDescription))
    }
    defer { try? handle.close() }
    var part = min(size, Self.firstPart)
    while true {
      let bytes: [UInt8]
      do {
        try handle.seek(toOffset: 0)
        bytes = Array(try handle.read(upToCount: part) ?? Data())
      } catch {
        throw .file(.unreadable(path: path, reason: error.localizedDescription))
      }
      var reader = GGUFReader(bytes: bytes, fileSize: max(size, bytes.count), path: path)
      do {
        self = try reader.header()
        return
      } catch GGUFFault.truncated where part < min(size, Self.sizeLimit) {
        part = min(part * 4, size, Self.sizeLimit)
      }
    }
  }

  /// Reads the front part of a file that is in memory.
  package init(_ bytes: [UInt8], path: String = "memory") throws(GGUFFault) {
    var reader = GGUFReader(bytes: bytes, fileSize: bytes.count, path: path)
    self = try reader.header()
  }

  /// The front part as a file has it, filled up to where the data starts.
  package func encoded() -> [UInt8] {
    var bytes = Array("GGUF".utf8)
    bytes.appendLittle(version)
    bytes.appendLittle(UInt64(tensors.count))
    bytes.appendLittle(UInt64(entries.count))
    for entry in entries {
      GGUFValue.text(entry.key).write(to: &bytes)
      bytes.appendLittle(entry.value.type.rawValue)
      entry.value.write(to: &bytes)
    }
    for tensor in tensors {
      GGUFValue.text(tensor.name).write(to: &bytes)
      bytes.appendLittle(UInt32(truncatingIfNeeded: tensor.dimensions.count))
      for dimension in tensor.dimensions { bytes.appendLittle(dimension) }
      bytes.appendLittle(tensor.type)
      bytes.appendLittle(tensor.offset)
    }
    let rest = bytes.count % alignment
    if rest > 0 { bytes += [UInt8](repeating: 0, count: alignment - rest) }
    return bytes
  }
}
