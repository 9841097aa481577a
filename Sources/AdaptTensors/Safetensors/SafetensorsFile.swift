import AdaptSystem
// One mapped safetensors file. Format: 8 bytes header length (little-endian), the JSON header, the data;
// tensors follow each other without holes. Ours is as strict as the reference reader, and says where it fails.
package import Foundation

/// Where one tensor lies and what it is made of.
package struct TensorInfo: Sendable, Equatable {
  package let type: ElementType
  package let shape: [Int]
  /// Bytes relative to the start of the data.
  package let bytes: Range<Int>
}

/// The tensors of one file, read in place.
package final class SafetensorsFile: Sendable {
  /// Longest header accepted, as in the reference reader.
  package static let headerLimit = 100_000_000

  package let path: String
  package let metadata: [String: String]
  /// All tensors by name.
  package let tensors: [String: TensorInfo]
  private let file: MappedFile
  private let dataStart: Int

  /// Maps the file and checks its header; the data itself is not touched.
  ///
  /// - Throws: `SafetensorsFault` with the offset or the name, and the reason.
  package init(_ url: URL) throws(SafetensorsFault) {
    do throws(FileFault) {
      file = try MappedFile(url)
    } catch {
      throw .file(error)
    }
    path = file.path
    let bytes = file.bytes
    guard bytes.count >= 8 else { throw .tooShort(path: path, bytes: bytes.count) }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(Self.headerLimit) else {
      throw .headerTooLong(path: path, bytes: length, limit: Self.headerLimit)
    }
    guard Int(length) <= bytes.count - 8 else {
      throw .headerBeyondFile(path: path, bytes: Int(length), available: bytes.count - 8)
    }
    dataStart = 8 + Int(length)
    var parser = HeaderParser(
      path: path, bytes: UnsafeRawBufferPointer(rebasing: bytes[8..<dataStart]), start: 8)
    let (entries, metadata) = try parser.parse()
    self.metadata = metadata
    tensors = try HeaderCheck(path: path, dataBytes: bytes.count - dataStart).check(entries)
  }

  /// The tensor as f32: a view into the file when it is stored so and aligned, else a converted copy.
  ///
  /// - Throws: `.missingTensor` naming the nearest one; `.shape` when `shape` is given and differs.
  package func tensor(_ name: String, shape: [Int]? = nil) throws(SafetensorsFault) -> Tensor {
    let info = try info(name)
    if let shape, shape != info.shape {
      throw .shape(path: path, name: name, wanted: shape, got: info.shape)
    }
    let count = info.shape.reduce(1, *)
    guard let base = file.bytes.baseAddress, count > 0 else {
      return Tensor(info.shape, [])
    }
    let source = base + dataStart + info.bytes.lowerBound
    if info.type == .float32, Int(bitPattern: source) % MemoryLayout<Float>.alignment == 0 {
      let floats = source.assumingMemoryBound(to: Float.self)
      return Tensor(info.shape, storage: TensorStorage(viewing: floats, count: count, owner: file))
    }
    return Tensor(info.shape) { out in info.type.convert(source, count: count, into: out) }
  }

  /// The elements of an I64, I32, U8 or BOOL tensor, row-major.
  package func integers(_ name: String) throws(SafetensorsFault) -> [Int] {
    let info = try info(name)
    let data = rawBytes(info)
    func load<Raw: FixedWidthInteger>(_: Raw.Type) -> [Int] {
      let size = MemoryLayout<Raw>.size
      return (0..<data.count / size).map {
        Int(truncatingIfNeeded: data.loadUnaligned(fromByteOffset: $0 * size, as: Raw.self))
      }
    }
    switch info.type {
    case .int64: return load(Int64.self)
    case .int32: return load(Int32.self)
    case .uint8, .bool: return load(UInt8.self)
    default: throw .notInteger(path: path, name: name, type: info.type.rawValue)
    }
  }

  /// The bytes of a tensor as stored, valid while this file is.
  package func rawBytes(_ info: TensorInfo) -> UnsafeRawBufferPointer {
    let start = dataStart + info.bytes.lowerBound
    return UnsafeRawBufferPointer(rebasing: file.bytes[start..<start + info.bytes.count])
  }

  /// The length word and the header, for a fingerprint.
  package var headerBytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: file.bytes[0..<dataStart])
  }

  /// The data after the header.
  package var dataBytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: file.bytes[dataStart...])
  }

  package func info(_ name: String) throws(SafetensorsFault) -> TensorInfo {
    guard let info = tensors[name] else {
      throw .missing(name, among: tensors.keys, path: path)
    }
    return info
  }
}

/// Turns header entries into tensors whose bytes lie inside the data, each byte in exactly one.
struct HeaderCheck {
  let path: String
  let dataBytes: Int

  func check(_ entries: [HeaderEntry]) throws(SafetensorsFault) -> [String: TensorInfo] {
    var result: [String: TensorInfo] = [:]
    result.reserveCapacity(entries.count)
    for entry in entries { result[entry.name] = try info(entry) }
    try checkCover(entries.sorted { ($0.range[0], $0.range[1]) < ($1.range[0], $1.range[1]) })
    return result
  }

  private func info(_ entry: HeaderEntry) throws(SafetensorsFault) -> TensorInfo {
    let (name, begin, end) = (entry.name, entry.range[0], entry.range[1])
    guard let type = ElementType(rawValue: entry.type) else {
      throw .unknownType(path: path, name: name, type: entry.type)
    }
    guard begin <= end, end <= dataBytes else {
      throw .outOfRange(path: path, name: name, range: entry.range, dataBytes: dataBytes)
    }
    var size = type.size
    var overflows = false
    // A zero would hide an overflow of the other axes: such a shape is no tensor of ours either.
    for length in entry.shape where length > 0 && !overflows {
      (size, overflows) = size.multipliedReportingOverflow(by: length)
    }
    if entry.shape.contains(0) { size = 0 }
    guard !overflows else { throw .shapeOverflow(path: path, name: name, shape: entry.shape) }
    guard size == end - begin else {
      throw .size(path: path, name: name, wanted: size, got: end - begin)
    }
    return TensorInfo(type: type, shape: entry.shape, bytes: begin..<end)
  }

  private func checkCover(_ sorted: [HeaderEntry]) throws(SafetensorsFault) {
    var end = 0
    var last = ""
    for entry in sorted {
      let begin = entry.range[0]
      if begin > end { throw .hole(path: path, from: end, to: begin) }
      if begin < end {
        throw .overlap(path: path, first: last, second: entry.name, offset: begin)
      }
      end = entry.range[1]
      last = entry.name
    }
    if end != dataBytes { throw .hole(path: path, from: end, to: dataBytes) }
  }
}
