// The part of attention that one thread works on: a block of queries against a tile of keys.
import AdaptTensors
import CKernels

/// Scratch memory for blocks of queries, and the mask of the block at hand.
final class AttentionTile {
  /// Queries and keys of a tile: 64 × 256 scores are 64 KB, two of them inside a second-level cache.
  static let queries = 64
  static let keys = 256

  let scores: UnsafeMutablePointer<Float>
  let gradients: UnsafeMutablePointer<Float>
  let output: UnsafeMutablePointer<Float>
  let maximum: UnsafeMutablePointer<Float>
  let sum: UnsafeMutablePointer<Float>
  let correction: UnsafeMutablePointer<Float>
  private let memory: TensorBuffer
  private(set) var first = [Int32](repeating: 0, count: queries)
  private(set) var last = [Int32](repeating: 0, count: queries)

  init(width: Int) {
    let tile = Self.queries * Self.keys
    memory = TensorBuffer([2 * tile + Self.queries * (width + 3)])
    scores = memory.base
    gradients = scores + tile
    output = gradients + tile
    maximum = output + Self.queries * width
    sum = maximum + Self.queries
    correction = sum + Self.queries
  }

  /// Sets the keys of `tile` that each query of `block` sees, and says whether any is seen.
  ///
  /// `block` counts from the segment's first query, `tile` from the source's first key.
  func mask(
    _ block: Range<Int>, _ tile: Range<Int>, _ source: KeySource, offset: Int,
    _ rules: AttentionRules
  ) -> Bool {
    var isSeen = false
    for (i, query) in block.enumerated() {
      let part = source.visibleKeys(at: query + offset, rules).clamped(to: tile)
      first[i] = Int32(part.lowerBound - tile.lowerBound)
      last[i] = Int32(part.upperBound - tile.lowerBound)
      isSeen = isSeen || !part.isEmpty
    }
    return isSeen
  }
}

extension AttentionTile {
  /// The same for keys of a cache, `count` of them, of which the queries' own are the last ones.
  func mask(
    _ block: Range<Int>, _ placed: PlacedBlock, offset: Int, of count: Int,
    _ rules: AttentionRules
  ) -> Bool {
    var isSeen = false
    for (i, query) in block.enumerated() {
      let part = placed.visible(at: query + offset, of: count, rules)
      first[i] = Int32(part.lowerBound)
      last[i] = Int32(part.upperBound)
      isSeen = isSeen || !part.isEmpty
    }
    return isSeen
  }
}

extension KeySource {
  /// The keys that a query at `position` of the segment sees.
  func visibleKeys(at position: Int, _ rules: AttentionRules) -> Range<Int> {
    isPrefix ? 0..<keys.rows : rules.visibleKeys(at: position, of: keys.rows)
  }

  /// Tiles from the first to the last key that any query of `block` sees: nothing is computed beyond.
  func visibleTiles(to block: Range<Int>, offset: Int, _ rules: AttentionRules) -> [Range<Int>] {
    guard let query = block.last else { return [] }
    // Both ends of what a query sees move up with its position.
    let first = visibleKeys(at: block.lowerBound + offset, rules).lowerBound
    let last = visibleKeys(at: query + offset, rules).upperBound
    return (min(first, last)..<last).cut(by: AttentionTile.keys)
  }
}

extension AttentionRules {
  /// The keys of `count` that a query at `position` sees.
  func visibleKeys(at position: Int, of count: Int) -> Range<Int> {
    var (first, last) = (0, count)
    if isCausal { last = min(last, position + 1) }
    if let window {
      first = max(0, position - window + 1)
      last = min(last, position + window)
    }
    return min(first, count)..<max(min(first, count), last)
  }
}

extension Range<Int> {
  /// Pieces of `length`, the last one shorter.
  func cut(by length: Int) -> [Range<Int>] {
    stride(from: lowerBound, to: upperBound, by: length).map {
      $0..<Swift.min($0 + length, upperBound)
    }
  }
}
