// The keys and values of one sequence in one layer.
import AdaptGradients
import AdaptTensors

/// Blocks of keys and values, the oldest first.
struct SequenceKeys {
  private var blocks: [CacheBlock] = []
  /// Of the tokens that were added.
  private var shape: HeadShape?
  /// Tokens of blocks that were dropped.
  private var dropped = 0
  /// Tokens that were ever added and not taken back.
  private(set) var count = 0

  var bytes: Int { blocks.reduce(0) { $0 + $1.bytes } }

  /// What is held, as attention reads it.
  var views: [KeyBlock] {
    var rest = count - dropped
    return blocks.map { block in
      defer { rest -= block.capacity }
      return block.view(count: min(rest, block.capacity))
    }
  }

  /// Adds `rows` of `keys` and `values`.
  mutating func append(
    _ keys: Tensor, _ values: Tensor, rows: Range<Int>, _ shape: HeadShape, blockTokens: Int
  ) {
    precondition(keys.shape == values.shape)
    self.shape = shape
    var row = rows.lowerBound
    while row < rows.upperBound {
      let held = blocks.reduce(0) { $0 + $1.capacity }
      if dropped + held == count { blocks.append(CacheBlock(shape, capacity: blockTokens)) }
      let block = blocks[blocks.count - 1]
      let place = block.capacity - (dropped + blocks.reduce(0) { $0 + $1.capacity } - count)
      let part = min(rows.upperBound - row, block.capacity - place)
      block.write(keys, values, rows: row..<row + part, at: place)
      row += part
      count += part
    }
  }

  /// Makes a place for one more token, which the caller writes.
  ///
  /// - Precondition: tokens were added before.
  mutating func extend(blockTokens: Int) {
    let held = blocks.reduce(0) { $0 + $1.capacity }
    if dropped + held == count, let shape {
      blocks.append(CacheBlock(shape, capacity: blockTokens))
    }
    count += 1
  }

  /// Drops blocks that no later query sees: the next one stands at `count` and sees `window` keys with its own.
  mutating func drop(behind window: Int) {
    while let first = blocks.first, dropped + first.capacity <= count + 1 - window {
      dropped += first.capacity
      blocks.removeFirst()
    }
  }

  /// Whether nothing that tokens behind `length` attend to was dropped.
  func canShorten(to length: Int) -> Bool { dropped == 0 && length <= count && length >= 0 }

  mutating func shorten(to length: Int) {
    count = length
    var held = blocks.reduce(0) { $0 + $1.capacity }
    while let last = blocks.last, held - last.capacity >= length {
      held -= last.capacity
      blocks.removeLast()
    }
  }
}

/// Memory for the keys and values of neighbouring tokens: `[2, heads, capacity, width]`.
///
/// Tokens are written once, each before any view that holds it.
final class CacheBlock {
  let capacity: Int
  private let shape: HeadShape
  private let memory: (base: UnsafeMutablePointer<Float>, capacity: Int)
  private var values: UnsafeMutablePointer<Float> { memory.base + shape.count * headStride }
  private var headStride: Int { capacity * shape.width }

  init(_ shape: HeadShape, capacity: Int) {
    self.shape = shape
    self.capacity = capacity
    memory = StoragePool.shared.take(2 * shape.count * shape.width * capacity)
  }

  deinit { StoragePool.shared.give(memory.base, capacity: memory.capacity) }

  var bytes: Int { memory.capacity * MemoryLayout<Float>.stride }

  func view(count: Int) -> KeyBlock {
    KeyBlock(
      keys: UnsafePointer(memory.base), values: UnsafePointer(values), stride: shape.width,
      headStride: headStride, count: count)
  }

  /// Takes over `rows` of `keys` and `values` `[N, heads · width]`, the first of them as token `place`.
  func write(_ keys: Tensor, _ values: Tensor, rows: Range<Int>, at place: Int) {
    precondition(keys.columns == shape.count * shape.width && place + rows.count <= capacity)
    for (source, target) in [(keys, memory.base), (values, self.values)] {
      withExtendedLifetime(source) {
        for row in rows {
          let from = source.storage.base + row * source.columns
          let to = target + (place + row - rows.lowerBound) * shape.width
          for head in 0..<shape.count {
            (to + head * headStride).update(from: from + head * shape.width, count: shape.width)
          }
        }
      }
    }
  }
}
