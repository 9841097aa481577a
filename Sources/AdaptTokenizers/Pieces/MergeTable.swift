// The merges of a byte-pair vocabulary by their pair.

/// Which piece two neighbours become, and how early.
package struct MergeTable: Sendable {
  struct Merge {
    /// Left and right number; all ones for an empty place.
    var pair: UInt64
    var rank: UInt32
    var result: Int32
  }

  private var slots: [Merge]
  package private(set) var count = 0
  private static let empty = Merge(pair: .max, rank: .max, result: -1)

  package init(capacity: Int) {
    var size = 64
    while size < capacity * 2 { size *= 2 }
    slots = [Merge](repeating: Self.empty, count: size)
  }

  /// Adds a merge; a second one of the same pair replaces the first, as in the reference.
  package mutating func insert(_ left: Int32, _ right: Int32, rank: UInt32, result: Int32) {
    if count * 2 >= slots.count { grow() }
    count += place(
      Merge(pair: Self.pair(left, right), rank: rank, result: result))
  }

  @inline(__always)
  private static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  @inline(__always)
  private static func slot(_ pair: UInt64) -> Int {
    let product = pair.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
    return Int(truncatingIfNeeded: product.high ^ product.low)
  }

  private mutating func place(_ merge: Merge) -> Int {
    let mask = slots.count - 1
    var slot = Self.slot(merge.pair) & mask
    while slots[slot].pair != .max {
      if slots[slot].pair == merge.pair {
        slots[slot] = merge
        return 0
      }
      slot = (slot + 1) & mask
    }
    slots[slot] = merge
    return 1
  }

  private mutating func grow() {
    let old = slots
    slots = [Merge](repeating: Self.empty, count: old.count * 2)
    for merge in old where merge.pair != .max { _ = place(merge) }
  }

  /// Look-ups without the checks of an array, for the length of `body`.
  @inline(__always)
  func withLookup<Result>(_ body: (Lookup) -> Result) -> Result {
    slots.withUnsafeBufferPointer { body(Lookup(slots: $0)) }
  }

  struct Lookup {
    fileprivate let slots: UnsafeBufferPointer<Merge>

    /// The merge of two neighbours; its rank is the largest number where there is none.
    @inline(__always)
    func callAsFunction(_ left: Int32, _ right: Int32) -> (rank: UInt32, result: Int32) {
      let pair = MergeTable.pair(left, right)
      let mask = slots.count - 1
      var slot = MergeTable.slot(pair) & mask
      while slots[slot].pair != pair {
        if slots[slot].pair == .max { return (.max, -1) }
        slot = (slot + 1) & mask
      }
      return (slots[slot].rank, slots[slot].result)
    }
  }
}
