// Conversions on every instruction set: all 65536 patterns of the small types, and roundings at every edge.
import AdaptTensors
import CKernels
import Foundation
import Testing

struct ConversionTests {
  @Test(arguments: KernelLevel.all)
  func everyFloat16WidensExactly(level: KernelLevel) throws {
    let all = (0...UInt16.max).map { $0 }
    let wide = try #require(
      filled(all.count, Float(0), guarding: 7) {
        level.kernels.adapt_widen_f16(all, all.count, $0)
      })
    for (bits, value) in zip(all, wide) { #expect(isSame(value, Self.float16(bits)), "\(bits)") }
  }

  @Test(arguments: KernelLevel.all)
  func everyFloat16NarrowsBack(level: KernelLevel) throws {
    let all = (0...UInt16.max).filter { $0 & 0x7FFF <= 0x7C00 }
    let wide = all.map(Self.float16)
    let narrow = try #require(
      filled(all.count, UInt16(0), guarding: 7) {
        level.kernels.adapt_narrow_f16(wide, wide.count, $0)
      })
    #expect(narrow == all)
  }

  @Test(arguments: KernelLevel.all)
  func everyBfloat16WidensAndNarrowsBack(level: KernelLevel) throws {
    let all = (0...UInt16.max).map { $0 }
    let wide = try #require(
      filled(all.count, Float(0), guarding: 7) {
        level.kernels.adapt_widen_bf16(all, all.count, $0)
      })
    for (bits, value) in zip(all, wide) {
      #expect(value.bitPattern == UInt32(bits) << 16)
    }
    let narrow = try #require(
      filled(all.count, UInt16(0), guarding: 7) {
        level.kernels.adapt_narrow_bf16(wide, wide.count, $0)
      })
    for (bits, value) in zip(all, narrow) {
      let wanted = Float(bitPattern: UInt32(bits) << 16).isNaN ? bits | 0x40 : bits
      #expect(value == wanted)
    }
  }

  /// Every middle between two neighbours, and the f32 numbers beside it, against rounding in Double.
  @Test(arguments: KernelLevel.all)
  func middlesGoToTheEvenNeighbour(level: KernelLevel) throws {
    var values: [Float] = []
    for bits in stride(from: UInt16(0), to: 0x7C00, by: 1) {
      let low = Double(Self.float16(bits))
      let high = bits == 0x7BFF ? 65_536 : Double(Self.float16(bits + 1))
      let middle = Float((low + high) / 2)
      for value in [middle.nextDown, middle, middle.nextUp] { values += [value, -value] }
    }
    let half = try #require(
      filled(values.count, UInt16(0), guarding: 7) {
        level.kernels.adapt_narrow_f16(values, values.count, $0)
      })
    for (value, bits) in zip(values, half) {
      #expect(bits == Self.nearest(value, maximum: 0x7C00, Self.float16), "\(value)")
    }
  }

  @Test(arguments: KernelLevel.all)
  func bfloat16RoundsToEven(level: KernelLevel) throws {
    let values: [(Float, UInt16)] = [
      (Float(bitPattern: 0x3F80_8000), 0x3F80), (Float(bitPattern: 0x3F81_8000), 0x3F82),
      (Float(bitPattern: 0x3F80_8001), 0x3F81), (.greatestFiniteMagnitude, 0x7F80),
      (-.infinity, 0xFF80), (Float(bitPattern: 0x7F80_0001), 0x7FC0),
      (Float(bitPattern: 1), 0), (Float(bitPattern: 0x0000_8001), 1), (-0.0, 0x8000),
    ]
    let narrow = filled(values.count, UInt16(0), guarding: 9) {
      level.kernels.adapt_narrow_bf16(values.map(\.0), values.count, $0)
    }
    #expect(narrow == values.map(\.1))
  }

  @Test(arguments: KernelLevel.all)
  func tailsAreWrittenAndNothingElse(level: KernelLevel) throws {
    let table = level.kernels
    for count in oddCounts {
      var numbers = TestNumbers(count)
      let x = (0..<count).map { _ in numbers.next() }
      let half = try #require(
        filled(count, 0, guarding: 7) { table.adapt_narrow_f16(x, count, $0) })
      #expect(half == x.map { Self.nearest($0, maximum: 0x7C00, Self.float16) })
      let brain = try #require(
        filled(count, 0, guarding: 7) { table.adapt_narrow_bf16(x, count, $0) })
      let wide = try #require(
        filled(count, 0, guarding: 7) { table.adapt_widen_bf16(brain, count, $0) })
      #expect(zip(x, wide).allSatisfy { abs($0 - $1) <= abs($0) / 256 })
      let again = try #require(
        filled(count, 0, guarding: 7) { table.adapt_widen_f16(half, count, $0) })
      #expect(again == half.map(Self.float16))
    }
  }

  @Test(arguments: KernelLevel.all)
  func int8RoundTripAndDotMatch(level: KernelLevel) throws {
    let table = level.kernels
    for count in oddCounts {
      var numbers = TestNumbers(count + 5)
      let x = (0..<count).map { _ in numbers.next() * 3 }
      let largest = table.adapt_largest_magnitude(x, count)
      #expect(largest == x.map(abs).max() ?? 0)
      let q = try #require(
        filled(count, Int8(0), guarding: 77) { table.adapt_quantise_int8(x, count, largest, $0) })
      let factor = largest > 0 ? 127 / largest : 0
      #expect(q == x.map { Int8(($0 * factor).rounded(.toNearestOrEven)) })
      let wide = try #require(
        filled(count, 0, guarding: 7) { table.adapt_widen_int8(q, count, 0.25, $0) })
      #expect(wide == q.map { Float($0) * 0.25 })
      let other = (0..<count).map { Int8(truncatingIfNeeded: $0 * 37 - 128) }
      let dot = zip(q, other).reduce(0) { $0 + Int($1.0) * Int($1.1) }
      #expect(Int(table.adapt_dot_int8(q, other, count)) == dot)
    }
    #expect(table.adapt_largest_magnitude([1, .nan, 3], 3).isNaN)
    #expect(table.adapt_largest_magnitude([1, -.infinity, 3], 3) == .infinity)
  }

  /// IEEE binary16 by its definition.
  static func float16(_ bits: UInt16) -> Float {
    let (exponent, fraction) = (Int(bits >> 10) & 31, Double(bits & 1023))
    let size =
      switch exponent {
      case 0: fraction * 0x1p-24
      case 31: fraction == 0 ? Double.infinity : .nan
      default: (1 + fraction / 1024) * pow(2, Double(exponent - 15))
      }
    return Float(bits & 0x8000 == 0 ? size : -size)
  }

  /// The nearest pattern by bisection, ties to even.
  static func nearest(
    _ value: Float, maximum: UInt16, _ widen: (UInt16) -> Float
  ) -> UInt16 {
    let size = Double(abs(value))
    var (low, high) = (UInt16(0), maximum)
    while high - low > 1 {
      let middle = (low + high) / 2
      if Double(widen(middle)) <= size { low = middle } else { high = middle }
    }
    let top = high == 0x7C00 ? 65_536 : Double(widen(high))
    let (below, above) = (size - Double(widen(low)), top - size)
    let chosen = below < above || (below == above && low % 2 == 0) ? low : high
    return value.sign == .minus ? chosen | 0x8000 : chosen
  }

  private func isSame(_ a: Float, _ b: Float) -> Bool {
    a.isNaN ? b.isNaN : a.bitPattern == b.bitPattern
  }
}
