// Regular expressions over module paths. They come from files of unknown origin, so they are matched by an engine
// whose time is bounded: each state is entered at most once at each place of the path.
import AdaptSystem

/// A regular expression that matches whole module paths, in the part of Python's syntax that such patterns use:
/// literals, `.`, classes, `\d \w \s`, groups, `|`, `* + ? {m,n}` (lazy or not), `^ $ \b`, look-ahead.
struct ModulePattern: Sendable {
  let text: String
  private let program: [Instruction]

  enum Instruction: Sendable, Equatable {
    case one(CharacterSet)
    /// Goes on at both places.
    case split(Int, Int)
    case jump(Int)
    case start
    case end
    /// Between a letter, digit or `_` and something else.
    case boundary
    /// Goes on behind `over` if the part from the next instruction matches here, or if it does not.
    case look(isWanted: Bool, over: Int)
    case accept
  }

  /// Instructions: what one match may cost, times the length of the path.
  var size: Int { program.count }

  /// Longest path matched; real ones have a hundred bytes.
  private static let pathLimit = 1024

  /// - Throws: `PEFTFault.setting` for `key`, with the place and what is wrong there.
  init(_ text: String, key: String, path: String?) throws(PEFTFault) {
    self.text = text
    var parser = PatternParser(text)
    do throws(PatternFault) {
      program = try parser.program()
    } catch {
      throw .setting(
        path: path, key: key, wanted: "a regular expression", got: JSONValue.string(text).brief,
        hint: error.reason)
    }
  }

  /// Whether the whole of `path` matches.
  func matches(_ path: String) -> Bool {
    let characters = Array(path.utf8)
    guard characters.count <= Self.pathLimit else { return false }
    return run(from: 0, at: 0, in: characters) { $0 == characters.count }
  }

  /// Whether an `accept` that `isEnd` is content with can be reached from an instruction at a place.
  private func run(
    from first: Int, at start: Int, in path: [UInt8], isEnd: (Int) -> Bool
  ) -> Bool {
    var entered = [Bool](repeating: false, count: program.count * (path.count + 1))
    var waiting = [(first, start)]
    while let (number, place) = waiting.popLast() {
      let state = number * (path.count + 1) + place
      guard !entered[state] else { continue }
      entered[state] = true
      switch program[number] {
      case .one(let set):
        if place < path.count, set.contains(path[place]) { waiting.append((number + 1, place + 1)) }
      case .split(let first, let second):
        waiting.append((second, place))
        waiting.append((first, place))
      case .jump(let target): waiting.append((target, place))
      case .start: if place == 0 { waiting.append((number + 1, place)) }
      case .end: if place == path.count { waiting.append((number + 1, place)) }
      case .boundary:
        if Self.isBoundary(place, path) { waiting.append((number + 1, place)) }
      case .look(let isWanted, let over):
        let found = run(from: number + 1, at: place, in: path) { _ in true }
        if found == isWanted { waiting.append((over, place)) }
      case .accept: if isEnd(place) { return true }
      }
    }
    return false
  }

  private static func isBoundary(_ place: Int, _ path: [UInt8]) -> Bool {
    func isWord(_ place: Int) -> Bool {
      guard path.indices.contains(place) else { return false }
      let character = Character(Unicode.Scalar(path[place]))
      return character == "_" || character.isLetter || character.isNumber
    }
    return isWord(place - 1) != isWord(place)
  }
}

extension ModulePattern {
  /// Bytes that one place of a pattern takes.
  struct CharacterSet: Sendable, Equatable {
    private var low: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    init() {}

    init(_ bytes: some Sequence<UInt8>) { for byte in bytes { insert(byte) } }

    static func == (a: CharacterSet, b: CharacterSet) -> Bool { a.low == b.low }

    mutating func insert(_ byte: UInt8) {
      let bit = UInt64(1) << UInt64(byte & 63)
      switch byte >> 6 {
      case 0: low.0 |= bit
      case 1: low.1 |= bit
      case 2: low.2 |= bit
      default: low.3 |= bit
      }
    }

    func contains(_ byte: UInt8) -> Bool {
      let words = [low.0, low.1, low.2, low.3]
      return words[Int(byte >> 6)] >> UInt64(byte & 63) & 1 == 1
    }

    var inverted: CharacterSet {
      var result = self
      result.low = (~low.0, ~low.1, ~low.2, ~low.3)
      return result
    }

    func union(_ other: CharacterSet) -> CharacterSet {
      var result = self
      result.low.0 |= other.low.0
      result.low.1 |= other.low.1
      result.low.2 |= other.low.2
      result.low.3 |= other.low.3
      return result
    }
  }
}
