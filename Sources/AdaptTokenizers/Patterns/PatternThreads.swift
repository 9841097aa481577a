// The matcher for patterns that have no automaton: all ways to match are followed at once, in their
// order, so that its time is bounded by the length of the text times the size of the pattern.

/// Follows every way to match side by side.
struct PatternThreads {
  private let program: PatternProgram
  private let alphabet: PatternAlphabet

  init(_ program: PatternProgram, _ alphabet: PatternAlphabet) {
    self.program = program
    self.alphabet = alphabet
  }

  /// The leftmost match from a position.
  ///
  /// - Parameter previous: Class of the scalar before, `count` of the alphabet at the start.
  func firstMatch(
    in text: UnsafeBufferPointer<UInt8>, from: Int, previous: Int
  ) -> Range<Int>? {
    var closure = PatternClosure(program, alphabet)
    var threads: [(instruction: Int, start: Int)] = []
    var found: Range<Int>?
    var (position, previous) = (from, previous)
    while true {
      let (next, bytes) = alphabet.next(text, position)
      var advanced: [(instruction: Int, start: Int)] = []
      closure.start()
      if found == nil { threads.append((0, position)) }
      let here = previous
      for thread in threads {
        let isMatch = closure.follow(thread.instruction, previous: here, next: next) {
          matches(from: $0, in: text, at: position, previous: here)
        }
        for instruction in closure.advanced[advanced.count...] {
          advanced.append((instruction, thread.start))
        }
        guard isMatch else { continue }
        found = thread.start..<position
        break
      }
      if bytes == 0 || (advanced.isEmpty && found != nil) { return found }
      threads = advanced
      previous = next
      position += bytes
    }
  }

  /// Whether what is looked at ahead, from an instruction, matches at a position.
  private func matches(
    from instruction: Int, in text: UnsafeBufferPointer<UInt8>, at start: Int, previous: Int
  ) -> Bool {
    var closure = PatternClosure(program, alphabet)
    var threads = [instruction]
    var (position, previous) = (start, previous)
    while !threads.isEmpty {
      let (next, bytes) = alphabet.next(text, position)
      closure.start()
      for thread in threads {
        // The parser lets nothing be looked at inside, but for single scalars.
        let isMatch = closure.follow(thread, previous: previous, next: next) { _ in false }
        if isMatch { return true }
      }
      guard bytes > 0 else { return false }
      threads = closure.advanced
      previous = next
      position += bytes
    }
    return false
  }
}
