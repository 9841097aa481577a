// One step of a pattern without a scalar: both matchers follow jumps, choices and conditions with it.

/// Follows the instructions that take nothing, each at most once a step.
struct PatternClosure {
  private let program: PatternProgram
  private let alphabet: PatternAlphabet
  private var marks: [UInt32]
  private var generation: UInt32 = 0
  private var stack: [Int] = []
  /// Where matching goes on behind the next scalar, the preferred place first.
  private(set) var advanced: [Int] = []

  init(_ program: PatternProgram, _ alphabet: PatternAlphabet) {
    self.program = program
    self.alphabet = alphabet
    marks = [UInt32](repeating: 0, count: program.instructions.count)
  }

  /// Forgets the step before.
  mutating func start() {
    advanced.removeAll(keepingCapacity: true)
    if generation == .max {
      for i in marks.indices { marks[i] = 0 }
      generation = 0
    }
    generation += 1
  }

  /// Whether an `accept` is reached from an instruction, with what is preferred to it in `advanced`.
  ///
  /// - Parameters:
  ///   - previous: Class of the scalar before, `count` of the alphabet at the start.
  ///   - next: Class of the scalar behind, `count` of the alphabet at the end.
  ///   - look: Whether the part from an instruction matches here.
  mutating func follow(
    _ first: Int, previous: Int, next: Int, look: (Int) -> Bool
  ) -> Bool {
    stack.append(first)
    while let number = stack.popLast() {
      guard marks[number] != generation else { continue }
      marks[number] = generation
      switch program.instructions[number] {
      case .set(let set): if alphabet.contains(next, in: set) { advanced.append(number + 1) }
      case .split(let first, let second):
        stack.append(second)
        stack.append(first)
      case .jump(let target): stack.append(target)
      case .after(let set, let isWanted):
        if alphabet.contains(next, in: set) == isWanted { stack.append(number + 1) }
      case .before(let set, let isWanted):
        if alphabet.contains(previous, in: set) == isWanted { stack.append(number + 1) }
      case .look(let isWanted, let over):
        if look(number + 1) == isWanted { stack.append(over) }
      case .accept:
        stack.removeAll(keepingCapacity: true)
        return true
      }
    }
    return false
  }
}
