// A stable name for bytes: two 64-bit lanes over eight bytes at a time, the same on every little-endian machine.
// It tells models apart; it is no defence against somebody who makes collisions.

/// A running 128-bit fingerprint.
struct Fingerprint {
  private var lanes: (UInt64, UInt64) = (0x9AE1_6A3B_2F90_404F, 0xC3A5_C85C_97CB_3127)

  /// Adds the bytes and their count, so that two parts never run into one.
  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var position = 0
    while position + 8 <= bytes.count {
      mix(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)))
      position += 8
    }
    var rest: UInt64 = 0
    for (shift, byte) in bytes[position...].enumerated() { rest |= UInt64(byte) << (8 * shift) }
    mix(rest)
    mix(UInt64(bytes.count))
  }

  mutating func add(_ text: String) {
    Array(text.utf8).withUnsafeBytes { add($0) }
  }

  private mutating func mix(_ word: UInt64) {
    lanes.0 = (lanes.0 ^ word) &* 0x9FB2_1C65_1E98_DF25
    lanes.0 ^= lanes.0 >> 32
    lanes.1 = ((lanes.1 << 27 | lanes.1 >> 37) ^ word) &* 0xB492_B66F_BE98_F273
  }

  /// Thirty-two hexadecimal digits.
  var text: String {
    [lanes.0, lanes.1 ^ lanes.1 >> 29].map { lane in
      let digits = String(lane, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}
