// What a part of a tokenizer looks for in a text: letters as they are, or a regular expression.
import AdaptSystem

/// A string or a regular expression.
package enum TextPattern: Sendable {
  case literal([UInt8])
  case regex(SplitPattern)

  /// Calls `body` with each match from the left, none of them overlapping.
  ///
  /// An empty match counts, unless it stands right behind the match before.
  @inline(__always)
  func forEachMatch(in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void) {
    switch self {
    case .literal(let wanted): forEachLiteral(wanted, in: text, body)
    case .regex(let pattern):
      var position = 0
      var last = -1
      while position <= text.count, let match = pattern.firstMatch(in: text, from: position) {
        position = match.upperBound
        if !match.isEmpty || match.upperBound != last { body(match) }
        if match.isEmpty {
          guard position < text.count else { return }
          position += UTF8Scalars.decode(text, at: position).1
        }
        last = match.upperBound
      }
    }
  }

  @inline(__always)
  private func forEachLiteral(
    _ wanted: [UInt8], in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void
  ) {
    guard let first = wanted.first else { return }
    wanted.withUnsafeBufferPointer { wanted in
      var place = 0
      while place + wanted.count <= text.count {
        if text[place] == first, wanted.indices.allSatisfy({ text[place + $0] == wanted[$0] }) {
          body(place..<place + wanted.count)
          place += wanted.count
        } else {
          place += 1
        }
      }
    }
  }
}

/// What becomes of the matches that cut a text.
package enum SplitBehavior: String, Sendable, CaseIterable {
  case removed = "Removed"
  case isolated = "Isolated"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  case contiguous = "Contiguous"
}

/// The parts of one word, matches and what lies between, joined as a behaviour wants them.
struct SplitCollector {
  private var parts: [(range: Range<Int>, isMatch: Bool)] = []
  private var end = 0
  private let inverted: Bool

  init(inverted: Bool) { self.inverted = inverted }

  mutating func addMatch(_ range: Range<Int>) {
    if end < range.lowerBound { parts.append((end..<range.lowerBound, inverted)) }
    parts.append((range, !inverted))
    end = range.upperBound
  }

  /// The parts that are not empty; `length` is that of the word.
  mutating func finish(_ length: Int, _ behavior: SplitBehavior) -> [Range<Int>] {
    if end < length { parts.append((end..<length, inverted)) }
    switch behavior {
    case .isolated: return parts.map(\.range).filter { !$0.isEmpty }
    case .removed: return parts.filter { !$0.isMatch && !$0.range.isEmpty }.map(\.range)
    case .contiguous: return joined { $0.isMatch == $1 }
    case .mergedWithPrevious: return joined { $0.isMatch && !$1 }
    case .mergedWithNext:
      parts.reverse()
      return joined { $0.isMatch && !$1 }.reversed()
    }
  }

  /// Joins a part to the one before where `joins` says so of it and of whether that was a match.
  private func joined(
    _ joins: ((range: Range<Int>, isMatch: Bool), Bool) -> Bool
  ) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var wasMatch = false
    for part in parts {
      if joins(part, wasMatch), let last = result.popLast() {
        result.append(
          min(
            last.lowerBound, part.range.lowerBound)..<max(
              last.upperBound, part.range.upperBound))
      } else {
        result.append(part.range)
      }
      wasMatch = part.isMatch
    }
    return result.filter { !$0.isEmpty }
  }
}
