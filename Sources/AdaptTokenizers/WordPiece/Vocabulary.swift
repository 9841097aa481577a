// The pieces of a WordPiece vocabulary in one block of bytes with an open hash table over it: 30,000 pieces
// load in about a millisecond, where a dictionary of strings takes ten times that.

/// Pieces by their bytes, word starts and continuations apart.
package struct Vocabulary: Sendable {
  /// The bytes of all pieces, without continuation prefix, one after the other.
  private var bytes: [UInt8] = []
  private var entries: [Entry] = []
  /// Entry numbers by hash, −1 for empty; its length is a power of two of at least twice the entries.
  private var table: [Int32]
  /// The longest piece in bytes: no longer match need be tried.
  package private(set) var longest = 0
  /// One more than the largest number of a piece.
  package private(set) var size = 0

  private struct Entry {
    var start: UInt32
    var length: UInt32
    var id: Int32
    var continues: Bool
  }

  /// Different in every process, so that no file can be made to collide.
  static let seed = UInt64.random(in: .min ... .max)

  /// An empty vocabulary with room for `capacity` pieces of `byteCapacity` bytes in all.
  package init(capacity: Int, byteCapacity: Int = 0) {
    var slots = 16
    while slots < capacity * 2 { slots *= 2 }
    table = [Int32](repeating: -1, count: slots)
    entries.reserveCapacity(capacity)
    bytes.reserveCapacity(byteCapacity)
  }

  package var count: Int { entries.count }

  /// Adds the piece, or gives it the new number when it is there; returns whether it was new.
  @discardableResult
  package mutating func insert(
    _ piece: UnsafeBufferPointer<UInt8>, continues: Bool, id: Int32
  ) -> Bool {
    if entries.count * 2 >= table.count { grow() }
    let hash = PieceHash(continues: continues).adding(piece).value
    size = max(size, Int(id) + 1)
    var slot = Int(truncatingIfNeeded: hash) & (table.count - 1)
    while table[slot] >= 0 {
      let entry = entries[Int(table[slot])]
      if entry.continues == continues, matches(entry, piece) {
        entries[Int(table[slot])].id = id
        return false
      }
      slot = (slot + 1) & (table.count - 1)
    }
    table[slot] = Int32(entries.count)
    entries.append(
      Entry(
        start: UInt32(bytes.count), length: UInt32(piece.count), id: id, continues: continues))
    bytes.append(contentsOf: piece)
    longest = max(longest, piece.count)
    return true
  }

  /// The number of a whole token as files write it, continuation prefix included.
  package func id(of token: String, prefix: String = "##") -> Int32? {
    let continues = !prefix.isEmpty && token.hasPrefix(prefix) && token != prefix
    let piece = Array((continues ? String(token.dropFirst(prefix.count)) : token).utf8)
    return piece.withUnsafeBufferPointer { piece in
      id(of: piece, hash: PieceHash(continues: continues).adding(piece), continues: continues)
    }
  }

  /// The number of a piece whose hash the caller already has.
  func id(of piece: UnsafeBufferPointer<UInt8>, hash: PieceHash, continues: Bool) -> Int32? {
    var slot = Int(truncatingIfNeeded: hash.value) & (table.count - 1)
    while table[slot] >= 0 {
      let entry = entries[Int(table[slot])]
      if entry.continues == continues, matches(entry, piece) { return entry.id }
      slot = (slot + 1) & (table.count - 1)
    }
    return nil
  }

  private func matches(_ entry: Entry, _ piece: UnsafeBufferPointer<UInt8>) -> Bool {
    guard Int(entry.length) == piece.count else { return false }
    let start = Int(entry.start)
    for i in 0..<piece.count where bytes[start + i] != piece[i] { return false }
    return true
  }

  private mutating func grow() {
    table = [Int32](repeating: -1, count: table.count * 2)
    bytes.withUnsafeBufferPointer { bytes in
      for (number, entry) in entries.enumerated() {
        let start = Int(entry.start)
        let piece = UnsafeBufferPointer(rebasing: bytes[start..<start + Int(entry.length)])
        let hash = PieceHash(continues: entry.continues).adding(piece).value
        var slot = Int(truncatingIfNeeded: hash) & (table.count - 1)
        while table[slot] >= 0 { slot = (slot + 1) & (table.count - 1) }
        table[slot] = Int32(number)
      }
    }
  }
}

/// A hash that grows byte by byte, so that all prefixes of a word are hashed in one pass (FNV-1a).
struct PieceHash {
  private var state: UInt64

  init(continues: Bool) {
    state = Vocabulary.seed ^ (continues ? 0x9E37_79B9_7F4A_7C15 : 0xCBF2_9CE4_8422_2325)
  }

  mutating func add(_ byte: UInt8) {
    state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
  }

  func adding(_ piece: UnsafeBufferPointer<UInt8>) -> PieceHash {
    var hash = self
    for byte in piece { hash.add(byte) }
    return hash
  }

  /// The high bits folded in, as the table uses the low ones.
  var value: UInt64 { state ^ (state >> 29) ^ (state >> 47) }
}
