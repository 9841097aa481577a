// Sets of scalars as a pattern writes them. They stay expressions over ranges and categories, so that
// no set ever has to be listed scalar by scalar.

/// A set of Unicode scalars.
indirect enum ScalarSet: Sendable, Hashable {
  case ranges([ClosedRange<UInt32>])
  /// Scalars whose general category is among the bits.
  case categories(UInt32)
  case alphabetic
  case union([ScalarSet])
  case intersection([ScalarSet])
  case inverted(ScalarSet)

  static let all = ScalarSet.ranges([0...0x10FFFF])
  static let newline = ScalarSet.ranges([10...10])
  static let digit = ScalarSet.categories(1 << 8)
  /// White_Space of the Unicode character database.
  static let space = ScalarSet.ranges([
    9...13, 0x20...0x20, 0x85...0x85, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A,
    0x2028...0x2029, 0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000,
  ])
  /// Letters and other alphabetic scalars, marks, digits and connectors.
  static let word = ScalarSet.union([
    .alphabetic, .categories(1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 11),
  ])

  static func one(_ scalar: UInt32) -> ScalarSet { .ranges([scalar...scalar]) }

  /// Whether a scalar with these bits of `ScalarCategories` is in the set.
  func contains(_ scalar: UInt32, bits: UInt8) -> Bool {
    switch self {
    case .ranges(let ranges): ranges.contains { $0.contains(scalar) }
    case .categories(let wanted): wanted >> UInt32(bits & 31) & 1 == 1
    case .alphabetic: bits & ScalarCategories.alphabeticBit != 0
    case .union(let parts): parts.contains { $0.contains(scalar, bits: bits) }
    case .intersection(let parts): parts.allSatisfy { $0.contains(scalar, bits: bits) }
    case .inverted(let inner): !inner.contains(scalar, bits: bits)
    }
  }

  /// The scalars at which membership can change for another reason than the category.
  func addBoundaries(to points: inout Set<UInt32>) {
    switch self {
    case .ranges(let ranges):
      for range in ranges {
        points.insert(range.lowerBound)
        points.insert(range.upperBound + 1)
      }
    case .categories, .alphabetic: break
    case .union(let parts), .intersection(let parts):
      for part in parts { part.addBoundaries(to: &points) }
    case .inverted(let inner): inner.addBoundaries(to: &points)
    }
  }
}
