// The element types of the safetensors format and what each is worth as f32.
import Foundation

/// An element type by its name in the file.
package enum ElementType: String, Sendable, CaseIterable {
  case bool = "BOOL"
  case uint8 = "U8"
  case int8 = "I8"
  case float8e5m2 = "F8_E5M2"
  case float8e4m3 = "F8_E4M3"
  case float8e8m0 = "F8_E8M0"
  case int16 = "I16"
  case uint16 = "U16"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int32 = "I32"
  case uint32 = "U32"
  case float32 = "F32"
  case int64 = "I64"
  case uint64 = "U64"
  case float64 = "F64"

  /// Bytes of one element.
  package var size: Int {
    switch self {
    case .bool, .uint8, .int8, .float8e5m2, .float8e4m3, .float8e8m0: 1
    case .int16, .uint16, .float16, .bfloat16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    }
  }

  /// Writes `count` elements at `source` as f32, rounding to nearest where f32 has fewer digits.
  ///
  /// - Precondition: `source` holds `count · size` bytes; no alignment is needed.
  func convert(
    _ source: UnsafeRawPointer, count: Int, into out: UnsafeMutablePointer<Float>
  ) {
    switch self {
    case .float32: memcpy(out, source, count * 4)
    case .bool: each(source, count, out) { (v: UInt8) in v == 0 ? 0 : 1 }
    case .uint8: each(source, count, out) { (v: UInt8) in Float(v) }
    case .int8: each(source, count, out) { (v: Int8) in Float(v) }
    case .int16: each(source, count, out) { (v: Int16) in Float(v) }
    case .uint16: each(source, count, out) { (v: UInt16) in Float(v) }
    case .int32: each(source, count, out) { (v: Int32) in Float(v) }
    case .uint32: each(source, count, out) { (v: UInt32) in Float(v) }
    case .int64: each(source, count, out) { (v: Int64) in Float(v) }
    case .uint64: each(source, count, out) { (v: UInt64) in Float(v) }
    case .float64: each(source, count, out) { (v: UInt64) in Float(Double(bitPattern: v)) }
    case .float16: each(source, count, out, HalfFloats.fromFloat16)
    case .bfloat16: each(source, count, out) { (v: UInt16) in Float(bitPattern: UInt32(v) << 16) }
    case .float8e5m2:
      each(source, count, out) { (v: UInt8) in HalfFloats.fromFloat16(UInt16(v) << 8) }
    case .float8e4m3: each(source, count, out, HalfFloats.fromE4M3)
    case .float8e8m0: each(source, count, out, HalfFloats.fromE8M0)
    }
  }

  private func each<Raw: FixedWidthInteger>(
    _ source: UnsafeRawPointer, _ count: Int, _ out: UnsafeMutablePointer<Float>,
    _ value: (Raw) -> Float
  ) {
    for i in 0..<count {
      let raw = source.loadUnaligned(fromByteOffset: i * MemoryLayout<Raw>.size, as: Raw.self)
      out[i] = value(Raw(littleEndian: raw))
    }
  }
}

/// Small floating-point formats by their bits.
enum HalfFloats {
  /// IEEE binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits; subnormals, infinities and NaN kept.
  static func fromFloat16(_ bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 0x1F
    let fraction = UInt32(bits) & 0x3FF
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * 0x1p-24
      return Float(bitPattern: magnitude.bitPattern | sign)
    case 0x1F: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }

  /// OCP FP8 E4M3: bias 7, no infinities, NaN is all ones; the largest is 448.
  static func fromE4M3(_ bits: UInt8) -> Float {
    let sign: Float = bits & 0x80 == 0 ? 1 : -1
    let exponent = Int(bits >> 3) & 0xF
    let fraction = Float(bits & 0x7)
    if bits & 0x7F == 0x7F { return .nan }
    if exponent == 0 { return sign * fraction * 0x1p-9 }
    return sign * Float(sign: .plus, exponent: exponent - 7, significand: 1 + fraction / 8)
  }

  /// OCP E8M0 scale: 2^(bits − 127), 255 is NaN.
  static func fromE8M0(_ bits: UInt8) -> Float {
    bits == 0xFF ? .nan : Float(sign: .plus, exponent: Int(bits) - 127, significand: 1)
  }
}
