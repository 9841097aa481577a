// The wire format of protocol buffers, as far as SentencePiece's files need it.

/// What is wrong with the bytes of a message.
struct ProtobufFault: Error, Equatable {
  var offset: Int
  var reason: String
}

/// Reads the fields of one message; messages inside get readers of their own.
struct ProtobufReader {
  enum Value {
    case integer(UInt64)
    case fixed32(UInt32)
    case fixed64(UInt64)
    case bytes(Range<Int>)
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private(set) var place: Int
  private let end: Int

  init(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
    self.bytes = bytes
    place = range.lowerBound
    end = min(range.upperBound, bytes.count)
  }

  /// The next field, nil at the end of the message.
  mutating func next() throws(ProtobufFault) -> (number: UInt64, value: Value)? {
    guard place < end else { return nil }
    let start = place
    let tag = try varint()
    guard tag >> 3 > 0, tag >> 3 < 1 << 29 else {
      throw ProtobufFault(offset: start, reason: "field \(tag >> 3)")
    }
    switch tag & 7 {
    case 0: return (tag >> 3, .integer(try varint()))
    case 1: return (tag >> 3, .fixed64(try fixed(8)))
    case 2:
      let length = try varint()
      guard length <= UInt64(end - place) else {
        throw ProtobufFault(
          offset: start, reason: "a field of \(length) bytes where \(end - place) are left")
      }
      let range = place..<place + Int(length)
      place = range.upperBound
      return (tag >> 3, .bytes(range))
    case 5: return (tag >> 3, .fixed32(UInt32(truncatingIfNeeded: try fixed(4))))
    default: throw ProtobufFault(offset: start, reason: "a field of the unknown kind \(tag & 7)")
    }
  }

  private mutating func varint() throws(ProtobufFault) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard place < end else { throw ProtobufFault(offset: place, reason: "an end in a number") }
      let byte = UInt64(bytes[place])
      place += 1
      value |= (byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
    }
    throw ProtobufFault(offset: place, reason: "a number of more than ten bytes")
  }

  private mutating func fixed(_ size: Int) throws(ProtobufFault) -> UInt64 {
    guard end - place >= size else {
      throw ProtobufFault(offset: place, reason: "an end in a number")
    }
    var value: UInt64 = 0
    for byte in bytes[place..<place + size].reversed() { value = value << 8 | UInt64(byte) }
    place += size
    return value
  }
}
