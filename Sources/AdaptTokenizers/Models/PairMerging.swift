// Byte-pair merging of one word: the earliest merge first, of equals the leftmost.
// Short words search their neighbours again and again; long ones keep a heap, so that no text is quadratic.

/// The symbols of one word while they are merged; its memory is used again for the next.
package struct PairMerging {
  package private(set) var ids: [Int32] = []
  /// Bytes that each symbol stands for.
  package private(set) var lengths: [Int32] = []
  /// Rank and result of the merge of each symbol with the next.
  private var ranks: [UInt32] = []
  private var results: [Int32] = []
  private var next: [Int32] = []
  private var previous: [Int32] = []
  private var heap: [UInt64] = []

  /// Up to so many symbols the plain search is faster.
  package static let plainLimit = 96

  package init() {}

  package mutating func start() {
    ids.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
  }

  @inline(__always)
  package mutating func add(_ id: Int32, _ length: Int) {
    ids.append(id)
    lengths.append(Int32(truncatingIfNeeded: length))
  }

  /// Merges all that can be; the symbols left are in `ids` and `lengths`.
  package mutating func merge(_ merges: MergeTable, plainLimit: Int = Self.plainLimit) {
    guard ids.count > 1 else { return }
    ranks.removeAll(keepingCapacity: true)
    results.removeAll(keepingCapacity: true)
    merges.withLookup { lookup in
      for i in 0..<ids.count - 1 {
        let (rank, result) = lookup(ids[i], ids[i + 1])
        ranks.append(rank)
        results.append(result)
      }
      if ids.count <= plainLimit { mergePlainly(lookup) } else { mergeByHeap(lookup) }
    }
  }

  private mutating func mergePlainly(_ lookup: MergeTable.Lookup) {
    var count = ids.count
    ids.withUnsafeMutableBufferPointer { ids in
      lengths.withUnsafeMutableBufferPointer { lengths in
        ranks.withUnsafeMutableBufferPointer { ranks in
          results.withUnsafeMutableBufferPointer { results in
            let symbols = Symbols(ids: ids, lengths: lengths, ranks: ranks, results: results)
            symbols.mergeAll(&count, lookup)
          }
        }
      }
    }
    ids.removeSubrange(count...)
    lengths.removeSubrange(count...)
  }

  private struct Symbols {
    let ids: UnsafeMutableBufferPointer<Int32>
    let lengths: UnsafeMutableBufferPointer<Int32>
    let ranks: UnsafeMutableBufferPointer<UInt32>
    let results: UnsafeMutableBufferPointer<Int32>

    @inline(__always)
    func mergeAll(_ count: inout Int, _ lookup: MergeTable.Lookup) {
      while count > 1 {
        var best = 0
        var rank = ranks[0]
        for i in 1..<max(1, count - 1) where ranks[i] < rank { (best, rank) = (i, ranks[i]) }
        guard rank != .max else { return }
        ids[best] = results[best]
        lengths[best] &+= lengths[best + 1]
        count -= 1
        for i in best + 1..<max(best + 1, count) {
          ids[i] = ids[i + 1]
          lengths[i] = lengths[i + 1]
          ranks[i - 1] = ranks[i]
          results[i - 1] = results[i]
        }
        if best > 0 { (ranks[best - 1], results[best - 1]) = lookup(ids[best - 1], ids[best]) }
        if best + 1 < count { (ranks[best], results[best]) = lookup(ids[best], ids[best + 1]) }
      }
    }
  }

  private mutating func mergeByHeap(_ lookup: MergeTable.Lookup) {
    let count = ids.count
    ranks.append(.max)
    results.append(-1)
    next = (0..<count).map { Int32($0 + 1) }
    previous = (0..<count).map { Int32($0 - 1) }
    heap.removeAll(keepingCapacity: true)
    for i in 0..<count where ranks[i] != .max { push(ranks[i], i) }
    while let top = pop() {
      let place = Int(top & 0xFFFF_FFFF)
      guard lengths[place] >= 0, ranks[place] == UInt32(top >> 32) else { continue }
      mergeWithNext(place, count, lookup)
    }
    var kept = 0
    for i in 0..<count where lengths[i] >= 0 {
      (ids[kept], lengths[kept]) = (ids[i], lengths[i])
      kept += 1
    }
    ids.removeSubrange(kept...)
    lengths.removeSubrange(kept...)
  }

  private mutating func mergeWithNext(
    _ place: Int, _ count: Int, _ lookup: MergeTable.Lookup
  ) {
    let right = Int(next[place])
    ids[place] = results[place]
    lengths[place] &+= lengths[right]
    lengths[right] = -1
    let after = Int(next[right])
    next[place] = Int32(after)
    if after < count { previous[after] = Int32(place) }
    rank(place, after, count, lookup)
    let before = Int(previous[place])
    if before >= 0 { rank(before, place, count, lookup) }
  }

  private mutating func rank(
    _ left: Int, _ right: Int, _ count: Int, _ lookup: MergeTable.Lookup
  ) {
    (ranks[left], results[left]) = right < count ? lookup(ids[left], ids[right]) : (.max, -1)
    if ranks[left] != .max { push(ranks[left], left) }
  }

  private mutating func push(_ rank: UInt32, _ place: Int) {
    var child = heap.count
    let entry = UInt64(rank) << 32 | UInt64(place)
    heap.append(entry)
    while child > 0, heap[(child - 1) / 2] > entry {
      heap[child] = heap[(child - 1) / 2]
      child = (child - 1) / 2
    }
    heap[child] = entry
  }

  private mutating func pop() -> UInt64? {
    guard let top = heap.first, let entry = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return top }
    var place = 0
    while true {
      var child = 2 * place + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
      guard heap[child] < entry else { break }
      heap[place] = heap[child]
      place = child
    }
    heap[place] = entry
    return top
  }
}
