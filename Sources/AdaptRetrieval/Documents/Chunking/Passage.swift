// A stretch of one block while chunks are packed.

/// Text that goes into a chunk as a whole.
struct Passage {
  var text: String
  var tokens: Int
  var lines: ClosedRange<Int>?
  var page: Int?
  var kind: ExtractedDocument.Block.Kind
  /// Whether a cut inside a block lies before or after it: such pieces are not merged with neighbours.
  var isPiece = false
}

/// A block's text by its bytes, able to say on which lines any part of it stands.
struct BlockText {
  let block: ExtractedDocument.Block
  let bytes: [UInt8]
  private let newlines: [Int]
  private let linesAreExact: Bool

  init(_ block: ExtractedDocument.Block) {
    self.block = block
    let bytes = Array(block.text.utf8)
    let found = bytes.indices.filter { bytes[$0] == 0x0A }
    self.bytes = bytes
    newlines = found
    linesAreExact = block.lines.map { $0.count == found.count + 1 } ?? false
  }

  func text(_ range: Range<Int>) -> String {
    String(decoding: bytes[range], as: UTF8.self)
  }

  /// The lines of a part: exact when the block has one line of text per source line, else the block's.
  func lines(_ range: Range<Int>) -> ClosedRange<Int>? {
    guard let lines = block.lines, linesAreExact else { return block.lines }
    let first = lines.lowerBound + newlinesBefore(range.lowerBound)
    let last = lines.lowerBound + newlinesBefore(max(range.lowerBound, range.upperBound - 1))
    return first...last
  }

  private func newlinesBefore(_ offset: Int) -> Int {
    var (low, high) = (0, newlines.count)
    while low < high {
      let middle = (low + high) / 2
      if newlines[middle] < offset { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// `range` without white space at its ends.
  func trimmed(_ range: Range<Int>) -> Range<Int> {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high, bytes[low] <= 0x20 { low += 1 }
    while high > low, bytes[high - 1] <= 0x20 { high -= 1 }
    return low..<high
  }

  /// The nearest position at or before `offset`, after `floor`, that does not cut a character; the next
  /// one after it when there is none.
  func characterBoundary(near offset: Int, after floor: Int) -> Int {
    var position = offset
    while position > floor, position < bytes.count, bytes[position] & 0xC0 == 0x80 { position -= 1 }
    if position > floor { return position }
    position = floor + 1
    while position < bytes.count, bytes[position] & 0xC0 == 0x80 { position += 1 }
    return position
  }
}
