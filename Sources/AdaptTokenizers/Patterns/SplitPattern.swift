// Regular expressions of pre-tokenisers. They come from files of unknown origin, so that time and
// memory are bounded for every expression; the well-known ones become automata of some ten states.

/// A regular expression over valid UTF-8, in the syntax and meaning of Oniguruma with Ruby's rules, as the
/// tokenizers of Hugging Face use it.
///
/// Leftmost match, alternatives in order; greedy, lazy and possessive quantifiers; groups; `(?i)`;
/// look-ahead; look-behind at one scalar; classes with `\p{…}`, nesting and `&&`; anchors. Unlike
/// Oniguruma it has no references to groups, and atomic or possessive parts are characters or
/// classes only; asking for these throws and names them.
package struct SplitPattern: Sendable {
  /// The expression itself.
  package let text: String
  private let program: PatternProgram
  private let alphabet: PatternAlphabet
  private let automaton: PatternAutomaton?

  /// Compiles an expression; takes below a millisecond for those in use.
  package init(_ regex: String) throws(PatternFault) {
    try self.init(regex, isAutomatonWanted: true)
  }

  /// Without the automaton the slower matcher serves, which tests compare with it.
  init(_ regex: String, isAutomatonWanted: Bool) throws(PatternFault) {
    text = regex
    var parser = PatternParser(regex)
    do throws(PatternReason) {
      program = try PatternProgram(try parser.tree())
      alphabet = try PatternAlphabet(program.sets)
    } catch {
      throw PatternFault(
        pattern: regex, place: parser.position + 1, reason: error.words, known: error.known)
    }
    automaton = isAutomatonWanted ? PatternAutomaton(program, alphabet) : nil
  }

  /// Whether matching runs on a deterministic automaton.
  var hasAutomaton: Bool { automaton != nil }

  /// The leftmost match at or behind a position.
  ///
  /// A match can be empty; who looks for the next one has to step over a scalar then. The scalar
  /// before `from` counts for `\b`, `^` and look-behind. The time of one call is bounded by the bytes
  /// looked at times the size of the pattern (by their square if it looks further ahead than one
  /// scalar).
  ///
  /// - Parameters:
  ///   - text: Valid UTF-8.
  ///   - from: The start of a scalar, or the end of the text.
  package func firstMatch(in text: UnsafeBufferPointer<UInt8>, from: Int) -> Range<Int>? {
    guard from >= 0, from <= text.count else { return nil }
    guard let automaton else {
      return PatternThreads(program, alphabet).firstMatch(
        in: text, from: from, previous: previous(in: text, from))
    }
    return automaton.transitions.withUnsafeBufferPointer {
      firstMatch(in: text, from: from, columns: automaton.columns, transitions: $0, automaton)
    }
  }

  private func firstMatch(
    in text: UnsafeBufferPointer<UInt8>, from: Int, columns: Int,
    transitions: UnsafeBufferPointer<UInt32>, _ automaton: PatternAutomaton
  ) -> Range<Int>? {
    var (start, previous) = (from, program.hasBefore ? previous(in: text, from) : 0)
    var wasted = 0
    while true {
      let (first, firstBytes) = alphabet.next(text, start)
      var entry = transitions[automaton.start(after: previous) * columns + first]
      var end = entry & 1 == 1 ? start : -1
      var position = start + firstBytes
      while entry > 1 {
        let (next, bytes) = alphabet.next(text, position)
        entry = transitions[Int(entry >> 1) * columns + next]
        if entry & 1 == 1 { end = position }
        position += bytes
      }
      if end >= 0 { return start..<end }
      guard firstBytes > 0 else { return nil }
      wasted += position - start - firstBytes
      start += firstBytes
      previous = first
      if wasted > 4096 + 8 * (start - from) {
        return PatternThreads(program, alphabet).firstMatch(
          in: text, from: start, previous: previous)
      }
    }
  }

  /// The class of the scalar before a position.
  private func previous(in text: UnsafeBufferPointer<UInt8>, _ position: Int) -> Int {
    var start = position - 1
    guard start >= 0 else { return alphabet.count }
    while start > 0, text[start] & 0xC0 == 0x80 { start -= 1 }
    return alphabet.next(text, start).number
  }
}
