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

  /// Replaces `raw` by the bytes that `written` stands for; false where a scalar stands for none.
  package static func read(
    _ written: UnsafeBufferPointer<UInt8>, into raw: inout [UInt8]
  ) -> Bool {
    var isRead = false
    raw = [UInt8](unsafeUninitializedCapacity: written.count) { room, count in
      guard let length = read(written, into: room) else { return }
      (count, isRead) = (length, true)
    }
    return isRead
  }

  /// Writes the bytes that `written` stands for into `raw`, which has room for as many bytes, and counts them.
  ///
  /// Nil where a scalar stands for no byte.
  @inline(__always)
  static func read(
    _ written: UnsafeBufferPointer<UInt8>, into raw: UnsafeMutableBufferPointer<UInt8>
  ) -> Int? {
    var (place, count) = (0, 0)
    while place < written.count {
      let byte = written[place]
      if 33...126 ~= byte {
        raw[count] = byte
        place += 1
      } else {
        guard 0xC2...0xC5 ~= byte, place + 1 < written.count,
          let value = Self.byte(UInt32(byte & 0x1F) << 6 | UInt32(written[place + 1] & 0x3F))
        else { return nil }
        raw[count] = value
        place += 2
      }
      count += 1
    }
    return count
  }

  /// The byte that a scalar of two bytes of UTF-8 stands for.
  @inline(__always)
  private static func byte(_ scalar: UInt32) -> UInt8? {
    switch scalar {
    case 161...172, 174...255, 256...288: UInt8(truncatingIfNeeded: scalar)
    case 289...322: UInt8(truncatingIfNeeded: scalar - 289 + 127)
    case 323: 173
    default: nil
    }
  }

  /// The letters for `raw`.
  package static func text(_ raw: some Sequence<UInt8>) -> String {
    var written: [UInt8] = []
    for byte in raw { UTF8Scalars.append(scalars[Int(byte)], to: &written) }
    return String(decoding: written, as: UTF8.self)
  }
}
