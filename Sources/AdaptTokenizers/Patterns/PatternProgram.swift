// From the tree of a pattern to the instructions that both matchers run.

/// The instructions of a pattern, its sets numbered.
struct PatternProgram: Sendable {
  enum Instruction: Sendable, Equatable {
    case set(Int)
    /// Goes on at both places, the first of them preferred.
    case split(Int, Int)
    case jump(Int)
    /// The next scalar is (or is not) in the set; there is none at the end of the text.
    case after(Int, isWanted: Bool)
    /// The scalar before is (or is not) in the set; there is none at the start of the text.
    case before(Int, isWanted: Bool)
    /// Goes on at `over` if the part from the next instruction matches here, or if it does not.
    case look(isWanted: Bool, over: Int)
    case accept
  }

  /// Instructions that a pattern may have; real ones have about a hundred.
  static let sizeLimit = 4096
  /// Parts written out; a repetition of nothing writes nothing, but takes time.
  static let workLimit = 65_536

  private(set) var instructions: [Instruction] = []
  private(set) var sets: [ScalarSet] = []
  /// Whether something longer than one scalar is looked at ahead.
  private(set) var hasLook = false
  private(set) var hasBefore = false
  private var numbers: [ScalarSet: Int] = [:]
  private var work = 0

  /// - Throws: The reason, where the pattern is too large.
  init(_ tree: PatternTree) throws(PatternReason) {
    try emit(tree)
    instructions.append(.accept)
  }

  private mutating func number(_ set: ScalarSet) -> Int {
    if let known = numbers[set] { return known }
    sets.append(set)
    numbers[set] = sets.count - 1
    return sets.count - 1
  }

  private mutating func emit(_ tree: PatternTree) throws(PatternReason) {
    work += 1
    guard instructions.count < Self.sizeLimit, work < Self.workLimit else {
      throw PatternReason("it is too large")
    }
    switch tree {
    case .set(let set): instructions.append(.set(number(set)))
    case .sequence(let parts): for part in parts { try emit(part) }
    case .choice(let branches): try emit(choice: branches)
    case .repeated(let inner, let low, let high, let isLazy):
      for _ in 0..<low { try emit(inner) }
      if let high {
        try emit(optional: inner, times: high - low, isLazy: isLazy)
      } else {
        try emit(loop: inner, isLazy: isLazy)
      }
    case .behind(let set, let isWanted):
      hasBefore = true
      instructions.append(.before(number(set), isWanted: isWanted))
    case .ahead(let inner, let isWanted):
      if let set = inner.oneScalar {
        instructions.append(.after(number(set), isWanted: isWanted))
      } else {
        try emit(look: inner, isWanted: isWanted)
      }
    }
  }

  private mutating func emit(look inner: PatternTree, isWanted: Bool) throws(PatternReason) {
    hasLook = true
    let place = instructions.count
    instructions.append(.accept)
    try emit(inner)
    instructions.append(.accept)
    instructions[place] = .look(isWanted: isWanted, over: instructions.count)
  }

  private mutating func emit(choice branches: [PatternTree]) throws(PatternReason) {
    var ends: [Int] = []
    for (number, branch) in branches.enumerated() {
      let place = instructions.count
      guard number + 1 < branches.count else {
        try emit(branch)
        break
      }
      instructions.append(.accept)
      try emit(branch)
      ends.append(instructions.count)
      instructions.append(.accept)
      instructions[place] = .split(place + 1, instructions.count)
    }
    for end in ends { instructions[end] = .jump(instructions.count) }
  }

  private mutating func emit(loop inner: PatternTree, isLazy: Bool) throws(PatternReason) {
    let place = instructions.count
    instructions.append(.accept)
    try emit(inner)
    instructions.append(.jump(place))
    instructions[place] = Self.split(place + 1, instructions.count, isLazy: isLazy)
  }

  private mutating func emit(
    optional inner: PatternTree, times: Int, isLazy: Bool
  ) throws(PatternReason) {
    var places: [Int] = []
    for _ in 0..<times {
      places.append(instructions.count)
      instructions.append(.accept)
      try emit(inner)
    }
    for place in places {
      instructions[place] = Self.split(place + 1, instructions.count, isLazy: isLazy)
    }
  }

  private static func split(_ more: Int, _ enough: Int, isLazy: Bool) -> Instruction {
    isLazy ? .split(enough, more) : .split(more, enough)
  }
}

/// What is wrong with a pattern, before its text and place are known.
struct PatternReason: Error {
  let words: String
  var known: [String] = []

  init(_ words: String, known: [String] = []) {
    self.words = words
    self.known = known
  }
}
