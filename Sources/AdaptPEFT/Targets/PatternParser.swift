// From the text of a pattern to the program of its matcher.

struct PatternFault: Error {
  let reason: String
}

/// Reads one pattern by recursive descent.
struct PatternParser {
  private typealias CharacterSet = ModulePattern.CharacterSet
  private indirect enum Tree {
    case set(CharacterSet)
    case sequence([Tree])
    case choice([Tree])
    case repeated(Tree, low: Int, high: Int?)
    case start
    case end
    case boundary
    case look(Tree, isWanted: Bool)
  }

  /// Limits that no pattern for module names comes near.
  private static let depthLimit = 32
  private static let programLimit = 16_384
  /// The same for a pattern with look-ahead, which is run from every place.
  private static let lookingLimit = 1024
  private static let countLimit = 256

  private let text: [UInt8]
  private var position = 0
  private var isLooking = false
  private var hasLook = false
  /// Parts of the tree written out; repetitions of nothing would otherwise cost time without end.
  private var emitted = 0

  init(_ text: String) { self.text = Array(text.utf8) }

  mutating func program() throws(PatternFault) -> [ModulePattern.Instruction] {
    let tree = try choice(depth: 0)
    guard position == text.count else { throw fault("an unmatched `)`") }
    var program: [ModulePattern.Instruction] = []
    try emit(tree, into: &program)
    return program + [.accept]
  }

  private mutating func choice(depth: Int) throws(PatternFault) -> Tree {
    guard depth < Self.depthLimit else { throw fault("too many groups in groups") }
    var branches: [Tree] = []
    repeat {
      var parts: [Tree] = []
      while let byte = peek, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
        parts.append(try quantified(try atom(depth: depth)))
      }
      branches.append(.sequence(parts))
    } while take("|")
    return branches.count == 1 ? branches[0] : .choice(branches)
  }

  private mutating func atom(depth: Int) throws(PatternFault) -> Tree {
    guard let byte = peek else { throw fault("an end in the middle") }
    position += 1
    switch byte {
    case UInt8(ascii: "."): return .set(CharacterSet([UInt8(ascii: "\n")]).inverted)
    case UInt8(ascii: "^"): return .start
    case UInt8(ascii: "$"): return .end
    case UInt8(ascii: "["): return .set(try characterClass())
    case UInt8(ascii: "("): return try group(depth: depth)
    case UInt8(ascii: "\\"): return try escape()
    case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"):
      throw fault("nothing to repeat")
    case 0x80...: throw fault("a character that is not ASCII")
    default: return .set(CharacterSet([byte]))
    }
  }

  private mutating func group(depth: Int) throws(PatternFault) -> Tree {
    var look: Bool?
    if take("?") {
      if take("=") {
        look = true
      } else if take("!") {
        look = false
      } else if take("P") {
        guard take("<") else { throw fault("a reference to a group, which is not supported") }
        while let byte = peek, byte != UInt8(ascii: ">") { position += 1 }
        guard take(">") else { throw fault("the name of a group without an end") }
      } else if !take(":") {
        throw fault("a kind of group that is not supported")
      }
    }
    if look != nil {
      guard !isLooking else { throw fault("a look-ahead inside another") }
      (isLooking, hasLook) = (true, true)
    }
    let inner = try choice(depth: depth + 1)
    guard take(")") else { throw fault("a group without an end") }
    guard let look else { return inner }
    isLooking = false
    return .look(inner, isWanted: look)
  }

  private mutating func escape() throws(PatternFault) -> Tree {
    guard let byte = peek else { throw fault("a `\\` at the end") }
    position += 1
    if byte == UInt8(ascii: "Z") { return .end }
    if byte == UInt8(ascii: "A") { return .start }
    if byte == UInt8(ascii: "b") { return .boundary }
    return .set(try escapedSet(byte))
  }

  private func escapedSet(_ byte: UInt8) throws(PatternFault) -> CharacterSet {
    let digits = CharacterSet(UInt8(ascii: "0")...UInt8(ascii: "9"))
    let letters = CharacterSet(UInt8(ascii: "a")...UInt8(ascii: "z"))
      .union(CharacterSet(UInt8(ascii: "A")...UInt8(ascii: "Z")))
    let word = letters.union(digits).union(CharacterSet([UInt8(ascii: "_")]))
    let space = CharacterSet([0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D])
    switch byte {
    case UInt8(ascii: "d"): return digits
    case UInt8(ascii: "D"): return digits.inverted
    case UInt8(ascii: "w"): return word
    case UInt8(ascii: "W"): return word.inverted
    case UInt8(ascii: "s"): return space
    case UInt8(ascii: "S"): return space.inverted
    case _ where word.contains(byte):
      throw fault("`\\\(Character(Unicode.Scalar(byte)))`, which is not supported")
    default: return CharacterSet([byte])
    }
  }

  /// What stands between brackets, the opening one already read.
  private mutating func characterClass() throws(PatternFault) -> CharacterSet {
    let isInverted = take("^")
    var set = CharacterSet()
    var isFirst = true
    while let byte = peek, isFirst || byte != UInt8(ascii: "]") {
      isFirst = false
      position += 1
      guard byte != UInt8(ascii: "\\") else {
        guard let escaped = peek else { break }
        position += 1
        set = set.union(try escapedSet(escaped))
        continue
      }
      let isRange = position + 1 < text.count && peek == UInt8(ascii: "-")
      guard isRange, text[position + 1] != UInt8(ascii: "]") else {
        set.insert(byte)
        continue
      }
      let last = text[position + 1]
      guard byte <= last, last != UInt8(ascii: "\\") else { throw fault("a range out of order") }
      set = set.union(CharacterSet(byte...last))
      position += 2
    }
    guard take("]") else { throw fault("a class without an end") }
    return isInverted ? set.inverted : set
  }

  private mutating func quantified(_ tree: Tree) throws(PatternFault) -> Tree {
    let (low, high): (Int, Int?)
    if take("*") {
      (low, high) = (0, nil)
    } else if take("+") {
      (low, high) = (1, nil)
    } else if take("?") {
      (low, high) = (0, 1)
    } else if let counts = try counts() {
      (low, high) = counts
    } else {
      return tree
    }
    // Lazy or not, the same paths match.
    _ = take("?")
    let isRepeated = peek.map { Array("*+?".utf8).contains($0) } ?? false
    guard !isRepeated, try counts() == nil else { throw fault("a repetition of a repetition") }
    return .repeated(tree, low: low, high: high)
  }

  /// `{m}`, `{m,}`, `{,n}` or `{m,n}`; nil where there is none, and a brace stands for itself.
  private mutating func counts() throws(PatternFault) -> (Int, Int?)? {
    let start = position
    guard take("{") else { return nil }
    let low = try count()
    let isOpen = take(",")
    let high = isOpen ? try count() : low
    guard take("}"), low != nil || isOpen else {
      position = start
      return nil
    }
    if let low, let high, low > high { throw fault("a repetition out of order") }
    return (low ?? 0, high)
  }

  private mutating func count() throws(PatternFault) -> Int? {
    var value: Int?
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      let next = (value ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
      guard next <= Self.countLimit else {
        throw fault("a repetition above \(Self.countLimit)")
      }
      value = next
      position += 1
    }
    return value
  }

  private mutating func emit(
    _ tree: Tree, into program: inout [ModulePattern.Instruction]
  ) throws(PatternFault) {
    emitted += 1
    guard emitted <= (hasLook ? Self.lookingLimit : Self.programLimit) else {
      throw PatternFault(reason: "it is too large")
    }
    switch tree {
    case .set(let set): program.append(.one(set))
    case .start: program.append(.start)
    case .end: program.append(.end)
    case .boundary: program.append(.boundary)
    case .sequence(let parts): for part in parts { try emit(part, into: &program) }
    case .choice(let branches): try emit(choice: branches, into: &program)
    case .repeated(let inner, let low, let high):
      for _ in 0..<low { try emit(inner, into: &program) }
      try emit(optional: inner, times: high.map { $0 - low }, into: &program)
    case .look(let inner, let isWanted):
      let place = program.count
      program.append(.accept)
      try emit(inner, into: &program)
      program.append(.accept)
      program[place] = .look(isWanted: isWanted, over: program.count)
    }
  }

  private mutating func emit(
    choice branches: [Tree], into program: inout [ModulePattern.Instruction]
  ) throws(PatternFault) {
    var ends: [Int] = []
    for (number, branch) in branches.enumerated() {
      let place = program.count
      if number + 1 < branches.count { program.append(.accept) }
      try emit(branch, into: &program)
      guard number + 1 < branches.count else { break }
      ends.append(program.count)
      program.append(.accept)
      program[place] = .split(place + 1, program.count)
    }
    for end in ends { program[end] = .jump(program.count) }
  }

  /// `inner` any number of times, or at most `times`.
  private mutating func emit(
    optional inner: Tree, times: Int?, into program: inout [ModulePattern.Instruction]
  ) throws(PatternFault) {
    guard let times else {
      let place = program.count
      program.append(.accept)
      try emit(inner, into: &program)
      program.append(.jump(place))
      program[place] = .split(place + 1, program.count)
      return
    }
    var splits: [Int] = []
    for _ in 0..<times {
      splits.append(program.count)
      program.append(.accept)
      try emit(inner, into: &program)
    }
    for place in splits { program[place] = .split(place + 1, program.count) }
  }

  private var peek: UInt8? { position < text.count ? text[position] : nil }

  private mutating func take(_ wanted: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: wanted) else { return false }
    position += 1
    return true
  }

  private func fault(_ what: String) -> PatternFault {
    PatternFault(reason: "at character \(position + 1): \(what)")
  }
}
