// A regular expression after reading: what the parser builds and the compiler takes.

/// One part of a regular expression.
indirect enum PatternTree: Sendable {
  case set(ScalarSet)
  case sequence([PatternTree])
  case choice([PatternTree])
  /// - Parameters:
  ///   - low: The fewest times.
  ///   - high: The most times, nil without a limit.
  ///   - isLazy: Whether fewer times are tried first.
  case repeated(PatternTree, low: Int, high: Int?, isLazy: Bool)
  case ahead(PatternTree, isWanted: Bool)
  /// Whether the scalar before the place is in the set; never at the start of the text.
  case behind(ScalarSet, isWanted: Bool)

  static let empty = PatternTree.sequence([])

  /// The scalars matched, if every match is one scalar.
  var oneScalar: ScalarSet? {
    switch self {
    case .set(let set): return set
    case .sequence(let parts): return parts.count == 1 ? parts[0].oneScalar : nil
    case .choice(let branches):
      let sets = branches.compactMap(\.oneScalar)
      return sets.count == branches.count ? .union(sets) : nil
    case .repeated(let inner, 1, 1, _): return inner.oneScalar
    case .repeated, .ahead, .behind: return nil
    }
  }
}
