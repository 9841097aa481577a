// The best k of many scores without sorting them all.

/// A heap of the `k` best hits seen; its root is the worst of them.
package struct TopHits {
  private let k: Int
  private var heap: [Hit] = []

  package init(_ k: Int) {
    self.k = max(0, k)
    heap.reserveCapacity(min(self.k, 1024))
  }

  /// Offers a hit; a score that is not a number counts as the lowest.
  package mutating func offer(_ id: Int64, _ score: Float) {
    let hit = Hit(id: id, score: score.isNaN ? -.infinity : score)
    if heap.count < k {
      heap.append(hit)
      siftUp(heap.count - 1)
    } else if let worst = heap.first, Self.isBetter(hit, than: worst) {
      heap[0] = hit
      siftDown()
    }
  }

  /// The hits, best first; equal scores in ascending id.
  package var sorted: [Hit] { heap.sorted(by: Self.isBetter) }

  package static func isBetter(_ one: Hit, than other: Hit) -> Bool {
    one.score != other.score ? one.score > other.score : one.id < other.id
  }

  private mutating func siftUp(_ start: Int) {
    var child = start
    while child > 0 {
      let parent = (child - 1) / 2
      guard Self.isBetter(heap[parent], than: heap[child]) else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  private mutating func siftDown() {
    var parent = 0
    while true {
      var worst = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && Self.isBetter(heap[worst], than: heap[child]) {
        worst = child
      }
      if worst == parent { return }
      heap.swapAt(parent, worst)
      parent = worst
    }
  }
}
