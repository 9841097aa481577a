// Writes and reads the compact binary form of the snapshot: little-endian varints and UTF-8.

/// Appends numbers, strings and trees to bytes.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  mutating func write(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func write(_ text: String) {
    write(UInt64(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  /// A tree without its places: a snapshot is made of files that have no faults to place.
  mutating func write(_ datum: Datum) {
    switch datum.content {
    case .scalar(let text):
      bytes.append(0)
      write(text)
    case .list(let items):
      bytes.append(1)
      write(UInt64(items.count))
      for item in items { write(item) }
    case .map(let entries):
      bytes.append(2)
      write(UInt64(entries.count))
      for entry in entries {
        write(entry.key)
        write(entry.value)
      }
    }
  }
}

/// The snapshot's bytes are not what they should be.
struct SnapshotDamage: Error {}

/// Reads what `ByteWriter` wrote; any damage throws.
struct ByteReader {
  private let bytes: UnsafeRawBufferPointer
  private(set) var offset: Int

  init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
    self.bytes = bytes
    self.offset = offset
  }

  var isAtEnd: Bool { offset >= bytes.count }

  mutating func byte() throws(SnapshotDamage) -> UInt8 {
    guard offset < bytes.count else { throw SnapshotDamage() }
    defer { offset += 1 }
    return bytes[offset]
  }

  mutating func number() throws(SnapshotDamage) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let next = try byte()
      guard shift < 63 || next < 2 else { throw SnapshotDamage() }
      value |= UInt64(next & 0x7F) << shift
      if next < 0x80 { return value }
      shift += 7
      guard shift < 64 else { throw SnapshotDamage() }
    }
  }

  /// A count of things that take at least one byte each, so never more than what is left.
  mutating func count() throws(SnapshotDamage) -> Int {
    let value = try number()
    guard value <= UInt64(bytes.count - offset) else { throw SnapshotDamage() }
    return Int(value)
  }

  mutating func string() throws(SnapshotDamage) -> String {
    let length = try count()
    defer { offset += length }
    return String(decoding: bytes[offset..<offset + length], as: UTF8.self)
  }

  mutating func skip(_ length: Int) throws(SnapshotDamage) {
    guard length >= 0, length <= bytes.count - offset else { throw SnapshotDamage() }
    offset += length
  }

  mutating func datum(depth: Int = 0) throws(SnapshotDamage) -> Datum {
    guard depth <= YAMLReader.maximumDepth else { throw SnapshotDamage() }
    switch try byte() {
    case 0: return Datum(.scalar(try string()))
    case 1:
      let length = try count()
      var items: [Datum] = []
      items.reserveCapacity(length)
      for _ in 0..<length { items.append(try datum(depth: depth + 1)) }
      return Datum(.list(items))
    case 2:
      let length = try count()
      var entries: [Datum.Entry] = []
      entries.reserveCapacity(length)
      for _ in 0..<length {
        let key = try string()
        let value = try datum(depth: depth + 1)
        entries.append(Datum.Entry(key: key, line: 0, column: 0, value: value))
      }
      return Datum(.map(entries))
    default: throw SnapshotDamage()
    }
  }
}
