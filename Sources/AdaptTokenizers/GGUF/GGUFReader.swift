// Reads the front part of a GGUF file byte by byte, every size checked first.

struct GGUFReader {
  private static let keyLimit = 65_535
  private static let depthLimit = 4
  private static let dimensionLimit = 4

  private let bytes: [UInt8]
  /// Bytes of the whole file, of which `bytes` may be the front.
  private let fileSize: Int
  private let path: String
  private var place = 0

  init(bytes: [UInt8], fileSize: Int, path: String) {
    self.bytes = bytes
    self.fileSize = fileSize
    self.path = path
  }

  mutating func header() throws(GGUFFault) -> GGUFHeader {
    guard bytes.starts(with: "GGUF".utf8) else { throw .notGGUF(path: path) }
    place = 4
    var header = GGUFHeader()
    header.version = try number(UInt32.self, "version")
    guard header.version == 2 || header.version == 3 else {
      throw .version(path: path, got: header.version)
    }
    let tensors = try count(least: 24, "tensors")
    let entries = try count(least: 13, "values")
    var keys: Set<String> = []
    for _ in 0..<entries {
      let key = try key()
      guard keys.insert(key).inserted else { throw malformed("the key `\(key)` twice") }
      header.entries.append(GGUFHeader.Entry(key, try value(of: type(), depth: 0)))
    }
    for _ in 0..<tensors { header.tensors.append(try tensor()) }
    return header
  }

  private func malformed(_ reason: String) -> GGUFFault {
    .malformed(path: path, offset: place, reason: reason)
  }

  /// Checks that so many bytes follow.
  private func need(_ size: UInt64, _ part: String) throws(GGUFFault) {
    let available = bytes.count - place
    guard size > UInt64(available) else { return }
    // Announced sizes beyond the file are told by the whole file, so that no more of it is read.
    throw size > UInt64(fileSize - place)
      ? .malformed(
        path: path, offset: place,
        reason: "\(part) of \(size) bytes in a file with \(fileSize - place) more")
      : .truncated(path: path, part: part, offset: place, wanted: size, got: available)
  }

  private mutating func number<Number: FixedWidthInteger>(
    _ type: Number.Type, _ part: String
  ) throws(GGUFFault) -> Number {
    let size = Number.bitWidth / 8
    try need(UInt64(size), part)
    var bits: UInt64 = 0
    for byte in bytes[place..<place + size].reversed() { bits = bits << 8 | UInt64(byte) }
    place += size
    return Number(truncatingIfNeeded: bits)
  }

  /// A number of things of which each takes `least` bytes or more.
  private mutating func count(least: Int, _ part: String) throws(GGUFFault) -> Int {
    let count = try number(UInt64.self, part)
    let (size, isOver) = count.multipliedReportingOverflow(by: UInt64(least))
    guard !isOver, size <= UInt64(fileSize - place) else {
      throw malformed("\(count) \(part) in a file with \(fileSize - place) more bytes")
    }
    return Int(count)
  }

  private mutating func string(_ part: String) throws(GGUFFault) -> ArraySlice<UInt8> {
    let length = try number(UInt64.self, part)
    try need(length, part)
    let string = bytes[place..<place + Int(length)]
    place += Int(length)
    return string
  }

  private mutating func key() throws(GGUFFault) -> String {
    let raw = try string("key")
    guard raw.count <= Self.keyLimit else { throw malformed("a key of \(raw.count) bytes") }
    guard let key = String(validating: raw, as: UTF8.self) else {
      throw malformed("a key that is not UTF-8")
    }
    return key
  }

  private mutating func type() throws(GGUFFault) -> GGUFType {
    let number = try number(UInt32.self, "type")
    guard let type = GGUFType(rawValue: number) else {
      throw malformed("the unknown type \(number) of a value")
    }
    return type
  }

  private mutating func value(of type: GGUFType, depth: Int) throws(GGUFFault) -> GGUFValue {
    switch type {
    case .uint8: return .uint8(try number(UInt8.self, "value"))
    case .int8: return .int8(try number(Int8.self, "value"))
    case .uint16: return .uint16(try number(UInt16.self, "value"))
    case .int16: return .int16(try number(Int16.self, "value"))
    case .uint32: return .uint32(try number(UInt32.self, "value"))
    case .int32: return .int32(try number(Int32.self, "value"))
    case .float32: return .float32(Float(bitPattern: try number(UInt32.self, "value")))
    case .uint64: return .uint64(try number(UInt64.self, "value"))
    case .int64: return .int64(try number(Int64.self, "value"))
    case .float64: return .float64(Double(bitPattern: try number(UInt64.self, "value")))
    case .bool:
      let byte = try number(UInt8.self, "value")
      guard byte <= 1 else { throw malformed("a truth value of \(byte)") }
      return .bool(byte == 1)
    case .string: return .string(Array(try string("string")))
    case .array: return .array(try array(depth: depth + 1))
    }
  }

  private mutating func array(depth: Int) throws(GGUFFault) -> GGUFArray {
    guard depth <= Self.depthLimit else { throw malformed("too many arrays in arrays") }
    let element = try type()
    let count = try count(least: element.least, "elements")
    let start = place
    if let size = element.size {
      try need(UInt64(count * size), "array")
      place += count * size
    } else if element == .string {
      for _ in 0..<count { _ = try string("string") }
    } else {
      for _ in 0..<count { _ = try array(depth: depth + 1) }
    }
    return GGUFArray(type: element, count: count, encoded: bytes[start..<place])
  }

  private mutating func tensor() throws(GGUFFault) -> GGUFHeader.Tensor {
    let name = try key()
    let dimensions = try number(UInt32.self, "number of dimensions")
    guard dimensions <= Self.dimensionLimit else {
      throw malformed("a tensor of \(dimensions) dimensions")
    }
    var sizes: [UInt64] = []
    for _ in 0..<dimensions { sizes.append(try number(UInt64.self, "dimension")) }
    let type = try number(UInt32.self, "type")
    return GGUFHeader.Tensor(
      name: name, dimensions: sizes, type: type, offset: try number(UInt64.self, "offset"))
  }
}
