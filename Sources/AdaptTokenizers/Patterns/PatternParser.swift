// From the text of a regular expression to its tree, by recursive descent of bounded depth.

/// Reads one regular expression in Oniguruma's Ruby syntax.
struct PatternParser {
  private static let lengthLimit = 16_384
  private static let depthLimit = 64
  private static let countLimit = 1000
  /// Quantifiers on one part.
  private static let quantifierLimit = 4

  struct Options {
    var ignoresCase = false
    /// Whether `.` takes line ends too, `m` in Ruby's syntax.
    var dotTakesAll = false
  }

  let text: [Unicode.Scalar]
  /// Scalars read.
  var position = 0
  var options = Options()
  var depth = 0
  private var isLooking = false

  init(_ text: String) { self.text = Array(text.unicodeScalars.prefix(Self.lengthLimit + 1)) }

  mutating func tree() throws(PatternReason) -> PatternTree {
    guard text.count <= Self.lengthLimit else { throw PatternReason("it is too long") }
    let tree = try choice()
    guard position == text.count else { throw PatternReason("an unmatched `)`") }
    return tree
  }

  var peek: Unicode.Scalar? { position < text.count ? text[position] : nil }

  mutating func take(_ wanted: Unicode.Scalar) -> Bool {
    guard peek == wanted else { return false }
    position += 1
    return true
  }

  mutating func take(_ wanted: String) -> Bool {
    let scalars = wanted.unicodeScalars
    guard text[position...].starts(with: scalars) else { return false }
    position += scalars.count
    return true
  }

  mutating func deeper() throws(PatternReason) {
    depth += 1
    guard depth <= Self.depthLimit else { throw PatternReason("too many groups in groups") }
  }

  // MARK: - Alternatives and sequences

  /// Alternatives up to a `)` or the end; the options in force before hold again behind them.
  private mutating func choice() throws(PatternReason) -> PatternTree {
    try deeper()
    defer { depth -= 1 }
    let outside = options
    defer { options = outside }
    var branches: [PatternTree] = []
    repeat { branches.append(try sequence()) } while take("|")
    return branches.count == 1 ? branches[0] : .choice(branches)
  }

  private mutating func sequence() throws(PatternReason) -> PatternTree {
    var parts: [PatternTree] = []
    while let scalar = peek, scalar != "|", scalar != ")" {
      guard let part = try atom() else { continue }
      parts.append(try quantified(part))
    }
    return .sequence(parts)
  }

  /// One part without its quantifier; nil for a comment.
  private mutating func atom() throws(PatternReason) -> PatternTree? {
    guard let scalar = peek else { return nil }
    position += 1
    switch scalar {
    case ".": return .set(options.dotTakesAll ? .all : .inverted(.newline))
    case "^":
      let isLineStart = PatternTree.sequence([
        .behind(.newline, isWanted: true), .ahead(.set(.all), isWanted: true),
      ])
      return .choice([.behind(.all, isWanted: false), isLineStart])
    case "$": return .ahead(.set(.inverted(.newline)), isWanted: false)
    case "[": return .set(try characterClass())
    case "(": return try group()
    case "\\": return try escape()
    case "*", "+", "?": throw PatternReason("nothing to repeat")
    default: return .set(literal(scalar.value))
    }
  }

  /// A scalar, with its other cases where these are to match too.
  func literal(_ scalar: UInt32) -> ScalarSet {
    options.ignoresCase ? ScalarCases.variants(of: scalar) : .one(scalar)
  }

  // MARK: - Groups

  /// What stands behind a `(`; nil for a comment.
  private mutating func group() throws(PatternReason) -> PatternTree? {
    guard take("?") else { return try closed(try choice()) }
    if take("#") {
      while let scalar = peek, scalar != ")" { position += scalar == "\\" ? 2 : 1 }
      position = min(position, text.count)
      return try closed(nil)
    }
    if take(":") { return try closed(try choice()) }
    if take(">") { return try closed(try atomic(try choice())) }
    if take("=") { return try lookAhead(isWanted: true) }
    if take("!") { return try lookAhead(isWanted: false) }
    if take("<=") { return try lookBehind(isWanted: true) }
    if take("<!") { return try lookBehind(isWanted: false) }
    if take("<") || take("P<") {
      while let scalar = peek, scalar != ">" { position += 1 }
      guard take(">") else { throw PatternReason("the name of a group without an end") }
      return try closed(try choice())
    }
    return try optionGroup()
  }

  private mutating func closed(_ tree: PatternTree?) throws(PatternReason) -> PatternTree? {
    guard take(")") else { throw PatternReason("a group without an end") }
    return tree
  }

  private mutating func lookAhead(isWanted: Bool) throws(PatternReason) -> PatternTree? {
    let wasLooking = isLooking
    isLooking = true
    let inner = try choice()
    isLooking = wasLooking
    if wasLooking, inner.oneScalar == nil {
      throw PatternReason("a look-ahead over several characters inside another")
    }
    return try closed(.ahead(inner, isWanted: isWanted))
  }

  private mutating func lookBehind(isWanted: Bool) throws(PatternReason) -> PatternTree? {
    guard let set = try choice().oneScalar else {
      throw PatternReason("a look-behind over other than one character, which is not supported")
    }
    return try closed(.behind(set, isWanted: isWanted))
  }

  /// `(?i-m:…)`, or `(?i)` for the rest of the group around it.
  private mutating func optionGroup() throws(PatternReason) -> PatternTree? {
    let outside = options
    var isOn = true
    while let scalar = peek, scalar != ")", scalar != ":" {
      position += 1
      switch scalar {
      case "-": isOn = false
      case "i": options.ignoresCase = isOn
      case "m": options.dotTakesAll = isOn
      default:
        throw PatternReason(
          "a group of the kind `(?\(scalar)`, which is not supported",
          known: ["(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?<name>", "(?i", "(?m", "(?#"])
      }
    }
    if take(":") {
      let inner = try choice()
      options = outside
      return try closed(inner)
    }
    guard take(")") else { throw PatternReason("a group without an end") }
    let rest = try choice()
    options = outside
    return rest
  }

  // MARK: - Quantifiers

  private mutating func quantified(_ atom: PatternTree) throws(PatternReason) -> PatternTree {
    var tree = atom
    var count = 0
    while let (low, high, isInterval) = try quantifier() {
      count += 1
      guard count <= Self.quantifierLimit else {
        throw PatternReason("too many repetitions of repetitions")
      }
      // Ruby's rule: `{n}?` may be there or not, and `{n,m}+` is there several times.
      if isInterval, low == high {
        tree = .repeated(tree, low: low, high: high, isLazy: false)
      } else if take("?") {
        tree = .repeated(tree, low: low, high: high, isLazy: true)
      } else {
        tree = .repeated(tree, low: low, high: high, isLazy: false)
        if !isInterval, take("+") { tree = try atomic(tree) }
      }
    }
    return tree
  }

  private mutating func quantifier() throws(PatternReason) -> (Int, Int?, isInterval: Bool)? {
    if take("*") { return (0, nil, false) }
    if take("+") { return (1, nil, false) }
    if take("?") { return (0, 1, false) }
    let start = position
    guard take("{") else { return nil }
    let low = try count()
    let isOpen = take(",")
    let high = isOpen ? try count() : low
    guard take("}"), low != nil || high != nil else {
      position = start
      return nil
    }
    if let low, let high, low > high { throw PatternReason("a repetition out of order") }
    return (low ?? 0, high, true)
  }

  private mutating func count() throws(PatternReason) -> Int? {
    var value: Int?
    while let scalar = peek, ("0"..."9").contains(scalar) {
      let next = (value ?? 0) * 10 + Int(scalar.value - 48)
      guard next <= Self.countLimit else {
        throw PatternReason("a repetition above \(Self.countLimit)")
      }
      value = next
      position += 1
    }
    return value
  }

  /// A part that is never tried again in another way: exact for single scalars, where taking as many
  /// as there are means that none follows.
  private func atomic(_ tree: PatternTree) throws(PatternReason) -> PatternTree {
    if tree.oneScalar != nil { return tree }
    switch tree {
    case .sequence(let parts) where parts.count <= 1:
      return parts.isEmpty ? tree : try atomic(parts[0])
    case .ahead, .behind: return tree
    case .repeated(let inner, let low, let high, isLazy: false):
      guard let set = inner.oneScalar else { break }
      let none = PatternTree.ahead(.set(set), isWanted: false)
      guard let high else { return .sequence([tree, none]) }
      let most = PatternTree.repeated(inner, low: high, high: high, isLazy: false)
      guard low < high else { return most }
      let fewer = PatternTree.repeated(inner, low: low, high: high - 1, isLazy: false)
      return .choice([most, .sequence([fewer, none])])
    default: break
    }
    throw PatternReason("a possessive or atomic part other than characters and classes")
  }
}
