// How encodings that are too long become windows, in the way of the `tokenizers` library.

/// A limit on the tokens of an encoding, special tokens included.
package struct Truncation: Sendable, Equatable {
  package enum Strategy: String, Sendable, CaseIterable {
    case longestFirst = "longest_first"
    case onlyFirst = "only_first"
    case onlySecond = "only_second"
  }

  package enum Side: Sendable {
    case left, right
  }

  package var limit: Int
  /// Tokens that a window shares with the one before.
  package var stride: Int
  package var strategy: Strategy
  /// The end that is cut off.
  package var side: Side

  package init(
    limit: Int, stride: Int = 0, strategy: Strategy = .longestFirst, side: Side = .right
  ) {
    self.limit = limit
    self.stride = stride
    self.strategy = strategy
    self.side = side
  }

  /// The lengths that one text or two may keep when `frame` special tokens come to them.
  ///
  /// - Throws: `TokenizerFault.truncation` where the text to be cut cannot become short enough.
  package func lengths(_ counts: [Int], frame: Int) throws(TokenizerFault) -> [Int] {
    let limit = max(0, limit - frame)
    let total = counts.reduce(0, +)
    guard total > limit else { return counts }
    switch strategy {
    case .longestFirst: return Self.longestFirst(counts, limit)
    case .onlyFirst: return try cut(0, counts, total - limit)
    case .onlySecond: return try cut(1, counts, total - limit)
    }
  }

  private func cut(
    _ index: Int, _ counts: [Int], _ surplus: Int
  ) throws(TokenizerFault) -> [Int] {
    guard counts.indices.contains(index) else {
      throw .truncation(wanted: "a second text for `\(strategy.rawValue)`", got: "one text")
    }
    guard counts[index] > surplus else {
      throw .truncation(
        wanted: "more than \(surplus) tokens to cut by `\(strategy.rawValue)`",
        got: "\(counts[index])")
    }
    var counts = counts
    counts[index] -= surplus
    return counts
  }

  private static func longestFirst(_ counts: [Int], _ limit: Int) -> [Int] {
    guard counts.count == 2 else { return [limit] }
    let isSwapped = counts[0] > counts[1]
    var shorter = min(counts[0], counts[1])
    var longer = shorter > limit ? shorter : max(shorter, limit - shorter)
    if shorter + longer > limit {
      shorter = limit / 2
      longer = shorter + limit % 2
    }
    return isSwapped ? [longer, shorter] : [shorter, longer]
  }

  /// The parts of `count` tokens, each of `length` at most; the first is the one that is kept.
  ///
  /// - Throws: `TokenizerFault.truncation` where the stride leaves no way forward.
  package func windows(_ count: Int, _ length: Int) throws(TokenizerFault) -> [Range<Int>] {
    guard length < count else { return [0..<count] }
    guard length > 0 else { return [0..<0, 0..<count] }
    guard stride >= 0, stride < length else {
      throw .truncation(wanted: "a stride from 0 to \(length - 1)", got: "\(stride)")
    }
    var windows: [Range<Int>] = []
    var done = 0
    repeat {
      let shift = windows.count * (length - stride)
      let part = shift..<min(shift + length, count)
      windows.append(side == .right ? part : count - part.upperBound..<count - part.lowerBound)
      done = part.upperBound
    } while done < count
    return windows
  }
}
