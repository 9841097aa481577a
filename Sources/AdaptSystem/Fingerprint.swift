// A fast hash that tells contents apart: is a snapshot stale, is this the same model? Not for security.

/// A running 128-bit hash over bytes.
///
/// Two lanes of multiply-and-fold over eight bytes at a time with different odd constants (the
/// mixing step of the wyhash family). Every chunk's length is mixed in, so that moving a byte from
/// one file to the next changes the hash.
package struct Fingerprint: Sendable, Equatable {
  private var low: UInt64 = 0x9E37_79B9_7F4A_7C15
  private var high: UInt64 = 0xC2B2_AE3D_27D4_EB4F

  package init() {}

  /// Mixes a chunk of bytes in.
  package mutating func combine(_ bytes: UnsafeRawBufferPointer) {
    mix(UInt64(bytes.count) ^ 0xA076_1D64_78BD_642F)
    var offset = 0
    while offset + 8 <= bytes.count {
      mix(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
      offset += 8
    }
    var tail: UInt64 = 0
    while offset < bytes.count {
      tail = tail << 8 | UInt64(bytes[offset])
      offset += 1
    }
    mix(tail)
  }

  package mutating func combine(_ text: String) {
    var text = text
    text.withUTF8 { combine(UnsafeRawBufferPointer($0)) }
  }

  private mutating func mix(_ word: UInt64) {
    low = Self.fold(low ^ word, 0xE703_7ED1_A0B4_28DB)
    high = Self.fold(high &+ word, 0x8EBC_6AF0_9C88_C6E3) ^ low
  }

  private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return (product.low ^ product.high) &+ a
  }

  /// The two halves of the hash.
  package var words: [UInt64] { [low, high] }

  /// Thirty-two hexadecimal digits.
  package var text: String {
    words.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}
