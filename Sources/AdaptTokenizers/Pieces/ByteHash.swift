// The hash of the tables over pieces and words: eight bytes a step, another seed in every process.

/// Hashes of byte strings and of numbers.
struct ByteHash: Sendable {
  private let seed: UInt64

  init() { seed = Vocabulary.seed }

  @inline(__always)
  private static func mix(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return product.high ^ product.low
  }

  @inline(__always)
  func callAsFunction(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    guard let base = bytes.baseAddress else { return Self.mix(seed) }
    let raw = UnsafeRawPointer(base)
    let count = bytes.count
    var hash = seed ^ UInt64(truncatingIfNeeded: count)
    if count >= 8 {
      var place = 0
      while place + 8 < count {
        hash = Self.mix(hash ^ raw.loadUnaligned(fromByteOffset: place, as: UInt64.self))
        place += 8
      }
      return Self.mix(hash ^ raw.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self))
    }
    if count >= 4 {
      let low = raw.loadUnaligned(as: UInt32.self)
      let high = raw.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)
      return Self.mix(hash ^ (UInt64(high) << 32 | UInt64(low)))
    }
    var tail: UInt64 = 0
    for byte in bytes { tail = tail << 8 | UInt64(byte) }
    return Self.mix(hash ^ tail << 8)
  }

  @inline(__always)
  func callAsFunction(_ number: UInt64) -> UInt64 { Self.mix(number ^ seed) }
}
