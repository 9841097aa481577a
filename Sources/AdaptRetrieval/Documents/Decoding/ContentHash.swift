// Tells whether a file has changed since it was indexed.

/// SHA-256 of bytes (FIPS 180-4), as 64 hexadecimal digits.
package struct ContentHash: Sendable, Hashable, CustomStringConvertible {
  package let description: String

  /// A hash stored before.
  package init(stored: String) {
    description = stored
  }

  /// The hash of `bytes`.
  package init(of bytes: [UInt8]) {
    var state: [UInt32] = [
      0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
      0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    let whole = bytes.count & ~63
    bytes.withUnsafeBytes { buffer in
      Self.compress(UnsafeRawBufferPointer(rebasing: buffer[..<whole]), into: &state)
    }
    var tail = Array(bytes[whole...]) + [0x80]
    while tail.count % 64 != 56 { tail.append(0) }
    let bits = UInt64(bytes.count) &* 8
    for shift in stride(from: 56, through: 0, by: -8) {
      tail.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
    }
    tail.withUnsafeBytes { Self.compress($0, into: &state) }
    description = state.map(Self.hexadecimal).joined()
  }

  private static func hexadecimal(_ word: UInt32) -> String {
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// Folds blocks of 64 bytes into the state.
  private static func compress(_ bytes: UnsafeRawBufferPointer, into state: inout [UInt32]) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
      constants.withUnsafeBufferPointer { constants in
        for block in stride(from: 0, to: bytes.count, by: 64) {
          expand(bytes, at: block, into: schedule)
          mix(schedule, constants, into: &state)
        }
      }
    }
  }

  private static func expand(
    _ bytes: UnsafeRawBufferPointer, at block: Int,
    into schedule: UnsafeMutableBufferPointer<UInt32>
  ) {
    for i in 0..<16 {
      let word = bytes.loadUnaligned(fromByteOffset: block + 4 * i, as: UInt32.self)
      schedule[i] = UInt32(bigEndian: word)
    }
    for i in 16..<64 {
      let (x, y) = (schedule[i - 15], schedule[i - 2])
      let low = rotated(x, 7) ^ rotated(x, 18) ^ (x >> 3)
      let high = rotated(y, 17) ^ rotated(y, 19) ^ (y >> 10)
      schedule[i] = schedule[i - 16] &+ low &+ schedule[i - 7] &+ high
    }
  }

  private static func mix(
    _ schedule: UnsafeMutableBufferPointer<UInt32>, _ constants: UnsafeBufferPointer<UInt32>,
    into state: inout [UInt32]
  ) {
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    for i in 0..<64 {
      let choice = (e & f) ^ (~e & g)
      let majority = (a & b) ^ (a & c) ^ (b & c)
      let first =
        h &+ (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) &+ choice &+ constants[i]
        &+ schedule[i]
      let second = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) &+ majority
      (h, g, f, e) = (g, f, e, d &+ first)
      (d, c, b, a) = (c, b, a, first &+ second)
    }
    for (i, value) in [a, b, c, d, e, f, g, h].enumerated() { state[i] = state[i] &+ value }
  }

  @inline(__always)
  private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word >> count | word << (32 &- count)
  }

  /// The first 32 bits of the fractions of the cube roots of the first 64 primes.
  private static let constants: [UInt32] = (0..<64).map { cubeRootFraction(of: primes[$0]) }

  private static let primes: [UInt64] = (2...311).filter { candidate in
    !(2..<candidate).contains { candidate % $0 == 0 }
  }

  /// ⌊frac(∛p)·2³²⌋ = ⌊∛(p·2⁹⁶)⌋ mod 2³², by bisection in whole numbers.
  private static func cubeRootFraction(of prime: UInt64) -> UInt32 {
    let target = UInt128(prime) << 96
    var root: UInt128 = 0
    for bit in stride(from: 35, through: 0, by: -1) {
      let candidate = root | (1 << UInt128(bit))
      if candidate * candidate * candidate <= target { root = candidate }
    }
    return UInt32(truncatingIfNeeded: root)
  }
}
