// The values of GGUF files, shared by reading and writing them.

/// The types of values, numbered as in the file.
package enum GGUFType: UInt32, Sendable, CaseIterable {
  case uint8 = 0
  case int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

  /// Bytes of one value, nil for strings and arrays.
  var size: Int? {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    case .string, .array: nil
    }
  }

  /// Fewest bytes that one value takes.
  var least: Int { size ?? (self == .string ? 8 : 12) }
}

/// One value of the metadata.
package enum GGUFValue: Sendable, Equatable {
  case uint8(UInt8)
  case int8(Int8)
  case uint16(UInt16)
  case int16(Int16)
  case uint32(UInt32)
  case int32(Int32)
  case float32(Float)
  case bool(Bool)
  case string([UInt8])
  case array(GGUFArray)
  case uint64(UInt64)
  case int64(Int64)
  case float64(Double)

  package static func text(_ text: String) -> GGUFValue { .string(Array(text.utf8)) }

  package var type: GGUFType {
    switch self {
    case .uint8: .uint8
    case .int8: .int8
    case .uint16: .uint16
    case .int16: .int16
    case .uint32: .uint32
    case .int32: .int32
    case .float32: .float32
    case .bool: .bool
    case .string: .string
    case .array: .array
    case .uint64: .uint64
    case .int64: .int64
    case .float64: .float64
    }
  }

  /// A whole number of any width, nil for other values and what `Int` cannot hold.
  package var integer: Int? {
    switch self {
    case .uint8(let value): Int(value)
    case .int8(let value): Int(value)
    case .uint16(let value): Int(value)
    case .int16(let value): Int(value)
    case .uint32(let value): Int(value)
    case .int32(let value): Int(value)
    case .uint64(let value): Int(exactly: value)
    case .int64(let value): Int(exactly: value)
    case .float32, .float64, .bool, .string, .array: nil
    }
  }

  /// The text of a string that is valid UTF-8.
  package var text: String? {
    guard case .string(let bytes) = self else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  package var flag: Bool? {
    guard case .bool(let flag) = self else { return nil }
    return flag
  }

  /// Appends the value as the file has it, without its type.
  package func write(to bytes: inout [UInt8]) {
    switch self {
    case .uint8(let value): bytes.append(value)
    case .int8(let value): bytes.append(UInt8(bitPattern: value))
    case .bool(let value): bytes.append(value ? 1 : 0)
    case .uint16(let value): bytes.appendLittle(value)
    case .int16(let value): bytes.appendLittle(value)
    case .uint32(let value): bytes.appendLittle(value)
    case .int32(let value): bytes.appendLittle(value)
    case .float32(let value): bytes.appendLittle(value.bitPattern)
    case .uint64(let value): bytes.appendLittle(value)
    case .int64(let value): bytes.appendLittle(value)
    case .float64(let value): bytes.appendLittle(value.bitPattern)
    case .string(let value):
      bytes.appendLittle(UInt64(value.count))
      bytes += value
    case .array(let array):
      bytes.appendLittle(array.type.rawValue)
      bytes.appendLittle(UInt64(array.count))
      bytes += array.encoded
    }
  }
}

/// An array of the metadata, kept as it stands in the file: vocabularies have a hundred thousand elements.
package struct GGUFArray: Sendable, Equatable {
  package let type: GGUFType
  package let count: Int
  /// The elements one behind the other, little-endian.
  package let encoded: ArraySlice<UInt8>

  init(type: GGUFType, count: Int, encoded: ArraySlice<UInt8>) {
    self.type = type
    self.count = count
    self.encoded = encoded
  }

  /// An array of values, nil unless all of them have the type.
  package init?(_ values: [GGUFValue], type: GGUFType) {
    guard values.allSatisfy({ $0.type == type }) else { return nil }
    var bytes: [UInt8] = []
    for value in values { value.write(to: &bytes) }
    self.init(type: type, count: values.count, encoded: bytes[...])
  }

  /// Calls `body` with the bytes of each string; does nothing for other elements.
  package func forEachString(_ body: (Int, UnsafeBufferPointer<UInt8>) -> Void) {
    guard type == .string else { return }
    encoded.withUnsafeBufferPointer { bytes in
      var place = 0
      for number in 0..<count {
        let length = Int(Self.little(bytes, place, 8))
        body(number, UnsafeBufferPointer(rebasing: bytes[place + 8..<place + 8 + length]))
        place += 8 + length
      }
    }
  }

  /// The elements as floating-point numbers, nil for elements that are no numbers.
  package var numbers: [Double]? {
    guard let size = type.size, type != .bool else { return nil }
    return encoded.withUnsafeBufferPointer { bytes in
      (0..<count).map { number in
        let bits = Self.little(bytes, number * size, size)
        return switch type {
        case .float32: Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        case .float64: Double(bitPattern: bits)
        case .int8: Double(Int8(truncatingIfNeeded: bits))
        case .int16: Double(Int16(truncatingIfNeeded: bits))
        case .int32: Double(Int32(truncatingIfNeeded: bits))
        case .int64: Double(Int64(bitPattern: bits))
        default: Double(bits)
        }
      }
    }
  }

  private static func little(
    _ bytes: UnsafeBufferPointer<UInt8>, _ place: Int, _ size: Int
  ) -> UInt64 {
    var bits: UInt64 = 0
    for byte in bytes[place..<place + size].reversed() { bits = bits << 8 | UInt64(byte) }
    return bits
  }
}

extension [UInt8] {
  /// Appends the bytes of a number, the lowest first.
  mutating func appendLittle(_ value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
