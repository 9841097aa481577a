// The letters that byte-level vocabularies write bytes with: printable ones stand for themselves, the others for
// the scalars from U+0100 on (Radford et al. 2019, the code of GPT-2).

/// Bytes as scalars and back.
package enum ByteAlphabet {
  /// The scalar that stands for each byte.
  package static let scalars: [UInt32] = {
    var next: UInt32 = 256
    return (0..<256).map { byte in
      switch byte {
      case 33...126, 161...172, 174...255: return UInt32(byte)
      default:
        next += 1
        return next - 1
      }
    }
  }()

  /// The byte that each scalar below 512 stands for, −1 for none.
  private static let bytes: [Int16] = {
    var bytes = [Int16](repeating: -1, count: 512)
    for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar)] = Int16(byte) }
    return bytes
  }()

  /// Replaces `raw` by the bytes that `written` stands for; false where a scalar stands for none.
  package static func read(
    _ written: UnsafeBufferPointer<UInt8>, into raw: inout [UInt8]
  ) -> Bool {
    raw.removeAll(keepingCapacity: true)
    return bytes.withUnsafeBufferPointer { bytes in
      var place = 0
      while place < written.count {
        let (scalar, length) = UTF8Scalars.decode(written, at: place)
        guard scalar < 512, bytes[Int(scalar)] >= 0 else { return false }
        raw.append(UInt8(truncatingIfNeeded: bytes[Int(scalar)]))
        place += length
      }
      return true
    }
  }

  /// The letters for `raw`.
  package static func text(_ raw: some Sequence<UInt8>) -> String {
    var written: [UInt8] = []
    for byte in raw { UTF8Scalars.append(scalars[Int(byte)], to: &written) }
    return String(decoding: written, as: UTF8.self)
  }
}
