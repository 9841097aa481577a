// What a model makes of one word, and the words it has seen lately.

/// Numbers with the bytes of their word that each stands for.
struct WordTokens: Sendable {
  struct Span: Sendable, Equatable {
    var lower: UInt32
    var upper: UInt32
  }

  var ids: [Int32] = []
  var spans: [Span] = []

  @inline(__always)
  mutating func append(_ id: Int32, _ lower: Int, _ upper: Int) {
    ids.append(id)
    spans.append(
      Span(lower: UInt32(truncatingIfNeeded: lower), upper: UInt32(truncatingIfNeeded: upper)))
  }

  mutating func removeAll() {
    ids.removeAll(keepingCapacity: true)
    spans.removeAll(keepingCapacity: true)
  }
}

/// Words with their tokens, by their bytes; it starts afresh when it is full.
struct WordCache {
  private struct Slot {
    var hash: UInt64 = 0
    var key: UInt32 = 0
    var start: UInt32 = 0
    var count: UInt32 = 0
    /// Bytes of the word; 0 for an empty place.
    var length: UInt32 = 0
  }

  /// Words of more bytes are not kept: they hardly come back.
  static let longestWord = 64
  private static let largest = 1 << 16
  private var slots = [Slot](repeating: Slot(), count: 1 << 11)
  private var keys: [UInt8] = []
  private var used = 0
  private let hash = ByteHash()
  /// The tokens of all words, one after the other.
  private(set) var tokens = WordTokens()

  /// Where in `tokens` the tokens of `word` are; `make` appends them where they are not.
  @inline(__always)
  mutating func range(
    of word: UnsafeBufferPointer<UInt8>, make: (inout WordTokens) -> Void
  ) -> Range<Int> {
    let hash = hash(word)
    let slot = slot(of: word, hash)
    if slots[slot].length != 0 {
      let start = Int(slots[slot].start)
      return start..<start + Int(slots[slot].count)
    }
    return insert(word, hash, slot, make: make)
  }

  @inline(__always)
  private func slot(of word: UnsafeBufferPointer<UInt8>, _ hash: UInt64) -> Int {
    slots.withUnsafeBufferPointer { slots in
      keys.withUnsafeBufferPointer { keys in
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot].length != 0 {
          if slots[slot].hash == hash, Int(slots[slot].length) == word.count,
            Self.isEqual(keys, Int(slots[slot].key), word)
          {
            return slot
          }
          slot = (slot + 1) & mask
        }
        return slot
      }
    }
  }

  @inline(__always)
  private static func isEqual(
    _ keys: UnsafeBufferPointer<UInt8>, _ start: Int, _ word: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    for i in 0..<word.count where keys[start + i] != word[i] { return false }
    return true
  }

  private mutating func insert(
    _ word: UnsafeBufferPointer<UInt8>, _ hash: UInt64, _ slot: Int,
    make: (inout WordTokens) -> Void
  ) -> Range<Int> {
    var slot = slot
    if used * 2 >= slots.count {
      makeRoom()
      slot = self.slot(of: word, hash)
    }
    let start = tokens.ids.count
    make(&tokens)
    slots[slot] = Slot(
      hash: hash, key: UInt32(keys.count), start: UInt32(start),
      count: UInt32(tokens.ids.count - start), length: UInt32(word.count))
    keys.append(contentsOf: word)
    used += 1
    return start..<tokens.ids.count
  }

  /// More places, or none taken where there are the most already.
  private mutating func makeRoom() {
    guard slots.count < Self.largest else {
      slots = [Slot](repeating: Slot(), count: slots.count)
      keys.removeAll(keepingCapacity: true)
      tokens.removeAll()
      used = 0
      return
    }
    let old = slots
    slots = [Slot](repeating: Slot(), count: old.count * 4)
    let mask = slots.count - 1
    for entry in old where entry.length != 0 {
      var slot = Int(truncatingIfNeeded: entry.hash) & mask
      while slots[slot].length != 0 { slot = (slot + 1) & mask }
      slots[slot] = entry
    }
  }
}
