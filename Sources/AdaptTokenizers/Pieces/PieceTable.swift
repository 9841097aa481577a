// Pieces of a vocabulary by number and by bytes, in one block with an open hash table over it.

/// A two-way table of pieces; numbers may have gaps.
package struct PieceTable: Sendable {
  private var pool: [UInt8] = []
  /// Where each number's bytes are; a length of −1 for a number without piece.
  private var starts: [UInt32] = []
  private var lengths: [Int32] = []
  /// High half: part of the hash; low half: the number and one, 0 for empty.
  private var table: [UInt64]
  private let hash = ByteHash()
  package private(set) var count = 0
  /// The longest piece in bytes.
  package private(set) var longest = 0

  /// An empty table with room for `capacity` pieces of `byteCapacity` bytes in all.
  package init(capacity: Int, byteCapacity: Int = 0) {
    var slots = 64
    while slots < capacity * 2 { slots *= 2 }
    table = [UInt64](repeating: 0, count: slots)
    starts.reserveCapacity(capacity)
    lengths.reserveCapacity(capacity)
    pool.reserveCapacity(byteCapacity)
  }

  /// One more than the largest number.
  package var size: Int { lengths.count }

  /// Adds a piece under a number in `0..<VocabularyLimits.pieces`.
  ///
  /// Returns false, and adds nothing, where the piece or its number is there already.
  @discardableResult
  package mutating func insert(_ piece: UnsafeBufferPointer<UInt8>, id: Int32) -> Bool {
    let index = Int(id)
    guard index >= 0, !has(id), pool.count + piece.count <= Int(Int32.max) else { return false }
    if count * 2 >= table.count { grow() }
    let hash = hash(piece)
    guard find(piece, hash) == nil else { return false }
    while lengths.count <= index {
      lengths.append(-1)
      starts.append(0)
    }
    starts[index] = UInt32(pool.count)
    lengths[index] = Int32(piece.count)
    pool.append(contentsOf: piece)
    place(id, hash)
    count += 1
    longest = max(longest, piece.count)
    return true
  }

  func has(_ id: Int32) -> Bool {
    id >= 0 && Int(id) < lengths.count && lengths[Int(id)] >= 0
  }

  package func id(of piece: UnsafeBufferPointer<UInt8>) -> Int32? { find(piece, hash(piece)) }

  package func id(of piece: [UInt8]) -> Int32? { piece.withUnsafeBufferPointer { id(of: $0) } }

  /// The bytes of a piece; nil where the number has none.
  package func bytes(_ id: Int32) -> [UInt8]? {
    guard has(id) else { return nil }
    let start = Int(starts[Int(id)])
    return Array(pool[start..<start + Int(lengths[Int(id)])])
  }

  /// Calls `body` with each piece, by number.
  func visit(_ body: (Int32, UnsafeBufferPointer<UInt8>) -> Void) {
    pool.withUnsafeBufferPointer { pool in
      for id in lengths.indices where lengths[id] >= 0 {
        let start = Int(starts[id])
        body(
          Int32(id), UnsafeBufferPointer(rebasing: pool[start..<start + Int(lengths[id])]))
      }
    }
  }

  @inline(__always)
  private func find(_ piece: UnsafeBufferPointer<UInt8>, _ hash: UInt64) -> Int32? {
    let mask = table.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while table[slot] != 0 {
      if table[slot] >> 32 == hash >> 32 {
        let id = Int32(truncatingIfNeeded: table[slot] & 0xFFFF_FFFF) &- 1
        if matches(id, piece) { return id }
      }
      slot = (slot + 1) & mask
    }
    return nil
  }

  private func matches(_ id: Int32, _ piece: UnsafeBufferPointer<UInt8>) -> Bool {
    guard Int(lengths[Int(id)]) == piece.count else { return false }
    let start = Int(starts[Int(id)])
    for i in 0..<piece.count where pool[start + i] != piece[i] { return false }
    return true
  }

  private mutating func place(_ id: Int32, _ hash: UInt64) {
    let mask = table.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while table[slot] != 0 { slot = (slot + 1) & mask }
    table[slot] = (hash >> 32) << 32 | UInt64(UInt32(bitPattern: id &+ 1))
  }

  private mutating func grow() {
    var hashes: [(Int32, UInt64)] = []
    visit { hashes.append(($0, hash($1))) }
    table = [UInt64](repeating: 0, count: table.count * 2)
    for (id, hash) in hashes { place(id, hash) }
  }
}
