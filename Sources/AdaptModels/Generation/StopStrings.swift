// Texts that end a text: found while pieces come, and never given out, not even their beginnings.

/// Holds back what may be the beginning of a stop string until it is known.
package struct StopStrings: Sendable {
  /// What may be given out, and the stop string that was found.
  package struct Found: Sendable, Equatable {
    package var text: String
    package var stop: String?

    package init(text: String, stop: String?) {
      self.text = text
      self.stop = stop
    }
  }

  private let stops: [[UInt8]]
  private var held: [UInt8] = []

  /// Empty strings are left out: they would stop everything.
  package init(_ stops: [String]) {
    self.stops = stops.map { Array($0.utf8) }.filter { !$0.isEmpty }
  }

  /// Takes the next piece of text; once a stop was found no more may follow.
  ///
  /// Of several that are complete the one that ended first counts, of those the one that began first.
  package mutating func append(_ piece: String) -> Found {
    let known = held.count
    held += piece.utf8
    if let (range, stop) = firstStop(endingBehind: known) {
      defer { held = [] }
      return Found(text: text(held[..<range.lowerBound]), stop: text(stop[...]))
    }
    let sure = held.count - longestBeginning()
    defer { held.removeFirst(sure) }
    return Found(text: text(held[..<sure]), stop: nil)
  }

  /// What was held back; the text ends here.
  package mutating func finish() -> String {
    defer { held = [] }
    return text(held[...])
  }

  private func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

  private func firstStop(endingBehind known: Int) -> (Range<Int>, [UInt8])? {
    for end in held.indices where end >= known {
      let complete = stops.filter { held[...end].ends(with: $0) }
      if let longest = complete.max(by: { $0.count < $1.count }) {
        return (end + 1 - longest.count..<end + 1, longest)
      }
    }
    return nil
  }

  /// Bytes at the end of what is held that begin a stop string.
  private func longestBeginning() -> Int {
    var most = 0
    for stop in stops {
      var length = min(stop.count - 1, held.count)
      while length > most {
        if held.suffix(length).elementsEqual(stop.prefix(length)) { most = length }
        length -= 1
      }
    }
    return most
  }
}

extension ArraySlice<UInt8> {
  fileprivate func ends(with other: [UInt8]) -> Bool {
    count >= other.count && suffix(other.count).elementsEqual(other)
  }
}
