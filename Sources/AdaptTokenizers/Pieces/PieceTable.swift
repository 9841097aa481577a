// Pieces of a vocabulary by number and by bytes, in one block with an open hash table over it.

/// A two-way table of pieces; numbers may have gaps.
package struct PieceTable: Sendable {
  /// Where a number's bytes are; a length of −1 for a number without piece.
  private struct Span {
    var start: UInt32 = 0
    var length: Int32 = -1
  }

  /// A place of the hash table: pieces of up to eight bytes are told apart without a look at the block.
  private struct Slot {
    /// The first eight bytes of the piece.
    var head: UInt64 = 0
    /// Low byte: the length, at most 255; above it: part of the hash.
    var tag: UInt32 = 0
    /// The number and one, 0 for empty.
    var next: UInt32 = 0
  }

  private var pool: [UInt8] = []
  private var spans: [Span] = []
  private var slots: [Slot]
  private let hash = ByteHash()
  package private(set) var count = 0
  /// The longest piece in bytes.
  package private(set) var longest = 0

  /// An empty table with room for `capacity` pieces of `byteCapacity` bytes in all.
  package init(capacity: Int, byteCapacity: Int = 0) {
    var size = 64
    while size * 2 < capacity * 3 { size *= 2 }
    slots = [Slot](repeating: Slot(), count: size)
    spans.reserveCapacity(capacity)
    pool.reserveCapacity(byteCapacity)
  }

  /// One more than the largest number.
  package var size: Int { spans.count }

  /// Adds a piece under a number in `0..<VocabularyLimits.pieces`.
  ///
  /// Returns false, and adds nothing, where the piece or its number is there already.
  @discardableResult
  package mutating func insert(_ piece: UnsafeBufferPointer<UInt8>, id: Int32) -> Bool {
    let index = Int(id)
    guard index >= 0, !has(id), pool.count + piece.count <= Int(Int32.max) else { return false }
    if count * 3 >= slots.count * 2 { grow() }
    let place = place(of: piece)
    guard slots[place.index].next == 0 else { return false }
    if index == spans.count {
      spans.append(Span())
    } else {
      while spans.count <= index { spans.append(Span()) }
    }
    spans[index] = Span(start: UInt32(pool.count), length: Int32(piece.count))
    pool.append(contentsOf: piece)
    slots[place.index] = Slot(
      head: place.head, tag: place.tag, next: UInt32(bitPattern: id &+ 1))
    count += 1
    longest = max(longest, piece.count)
    return true
  }

  func has(_ id: Int32) -> Bool {
    id >= 0 && Int(id) < spans.count && spans[Int(id)].length >= 0
  }

  package func id(of piece: UnsafeBufferPointer<UInt8>) -> Int32? {
    let next = slots[place(of: piece).index].next
    return next == 0 ? nil : Int32(bitPattern: next) &- 1
  }

  package func id(of piece: [UInt8]) -> Int32? { piece.withUnsafeBufferPointer { id(of: $0) } }

  /// Whether `piece` has the number `id`: cheaper than the other way round.
  func has(_ id: Int32, as piece: UnsafeBufferPointer<UInt8>) -> Bool {
    has(id) && matches(id, piece, from: 0)
  }

  /// The bytes of a piece; nil where the number has none.
  package func bytes(_ id: Int32) -> [UInt8]? {
    guard has(id) else { return nil }
    let start = Int(spans[Int(id)].start)
    return Array(pool[start..<start + Int(spans[Int(id)].length)])
  }

  /// Calls `body` with each piece, by number.
  func visit(_ body: (Int32, UnsafeBufferPointer<UInt8>) -> Void) {
    pool.withUnsafeBufferPointer { pool in
      for (id, span) in spans.enumerated() where span.length >= 0 {
        let start = Int(span.start)
        body(Int32(id), UnsafeBufferPointer(rebasing: pool[start..<start + Int(span.length)]))
      }
    }
  }

  /// The place of a piece in the hash table, or the empty one that it can have.
  @inline(__always)
  private func place(
    of piece: UnsafeBufferPointer<UInt8>
  ) -> (index: Int, head: UInt64, tag: UInt32) {
    let hash = hash(piece)
    let head = Self.head(piece)
    let tag = UInt32(truncatingIfNeeded: hash >> 32) & ~0xFF | UInt32(min(piece.count, 255))
    let mask = slots.count - 1
    var index = Int(truncatingIfNeeded: hash) & mask
    while true {
      let slot = slots[index]
      if slot.next == 0 { break }
      if slot.head == head, slot.tag == tag,
        piece.count <= 8 || matches(Int32(bitPattern: slot.next) &- 1, piece, from: 8)
      {
        break
      }
      index = (index + 1) & mask
    }
    return (index, head, tag)
  }

  /// The first eight bytes as a number.
  @inline(__always)
  private static func head(_ piece: UnsafeBufferPointer<UInt8>) -> UInt64 {
    if piece.count >= 8 {
      return UnsafeRawBufferPointer(piece).loadUnaligned(as: UInt64.self)
    }
    var head: UInt64 = 0
    for byte in piece { head = head << 8 | UInt64(byte) }
    return head
  }

  private func matches(
    _ id: Int32, _ piece: UnsafeBufferPointer<UInt8>, from first: Int
  ) -> Bool {
    let span = spans[Int(id)]
    guard Int(span.length) == piece.count else { return false }
    return pool.withUnsafeBufferPointer { pool in
      var place = first
      while place < piece.count, pool[Int(span.start) + place] == piece[place] { place += 1 }
      return place >= piece.count
    }
  }

  private mutating func grow() {
    var larger = [Slot](repeating: Slot(), count: slots.count * 2)
    let mask = larger.count - 1
    for slot in slots where slot.next != 0 {
      let span = spans[Int(slot.next) - 1]
      let start = Int(span.start)
      let value = pool.withUnsafeBufferPointer {
        hash(UnsafeBufferPointer(rebasing: $0[start..<start + Int(span.length)]))
      }
      var index = Int(truncatingIfNeeded: value) & mask
      while larger[index].next != 0 { index = (index + 1) & mask }
      larger[index] = slot
    }
    slots = larger
  }
}
