// General categories by table: the standard library's own look-up takes tens of nanoseconds for
// each scalar, and pre-tokenisers ask for every one.

/// What the Unicode tables say of one scalar, in six bits.
///
/// Bits 0 to 4 are the number of the general category, bit 5 is the property `Alphabetic`.
enum ScalarCategories {
  typealias Category = Unicode.GeneralCategory

  /// Categories in the order of their numbers.
  static let all: [(category: Category, short: String, long: String)] = [
    (.uppercaseLetter, "lu", "uppercaseletter"), (.lowercaseLetter, "ll", "lowercaseletter"),
    (.titlecaseLetter, "lt", "titlecaseletter"), (.modifierLetter, "lm", "modifierletter"),
    (.otherLetter, "lo", "otherletter"), (.nonspacingMark, "mn", "nonspacingmark"),
    (.spacingMark, "mc", "spacingmark"), (.enclosingMark, "me", "enclosingmark"),
    (.decimalNumber, "nd", "decimalnumber"), (.letterNumber, "nl", "letternumber"),
    (.otherNumber, "no", "othernumber"), (.connectorPunctuation, "pc", "connectorpunctuation"),
    (.dashPunctuation, "pd", "dashpunctuation"), (.openPunctuation, "ps", "openpunctuation"),
    (.closePunctuation, "pe", "closepunctuation"),
    (.initialPunctuation, "pi", "initialpunctuation"),
    (.finalPunctuation, "pf", "finalpunctuation"), (.otherPunctuation, "po", "otherpunctuation"),
    (.mathSymbol, "sm", "mathsymbol"), (.currencySymbol, "sc", "currencysymbol"),
    (.modifierSymbol, "sk", "modifiersymbol"), (.otherSymbol, "so", "othersymbol"),
    (.spaceSeparator, "zs", "spaceseparator"), (.lineSeparator, "zl", "lineseparator"),
    (.paragraphSeparator, "zp", "paragraphseparator"), (.control, "cc", "control"),
    (.format, "cf", "format"), (.surrogate, "cs", "surrogate"), (.privateUse, "co", "privateuse"),
    (.unassigned, "cn", "unassigned"),
  ]

  static let alphabeticBit: UInt8 = 32
  /// Different values that `bits` can take, those that cannot be included.
  static let bitPatterns = 64

  /// Long stretches of one category, which need no look-up: with them the table takes well under a
  /// millisecond.
  private static let uniform: [(ClosedRange<UInt32>, Category, isAlphabetic: Bool)] = [
    (0x3400...0x4DBF, .otherLetter, true), (0x4E00...0x9FFF, .otherLetter, true),
    (0xAC00...0xD7A3, .otherLetter, true), (0xD800...0xDFFF, .surrogate, false),
    (0xE000...0xF8FF, .privateUse, false),
  ]

  /// The bits of the first 65,536 scalars.
  private static let basicPlane: [UInt8] = {
    var table = [UInt8](repeating: 0, count: 0x10000)
    var next: UInt32 = 0
    for (range, category, isAlphabetic) in uniform {
      for value in next..<range.lowerBound { table[Int(value)] = computed(value) }
      let bits = number(of: category) | (isAlphabetic ? alphabeticBit : 0)
      for value in range { table[Int(value)] = bits }
      next = range.upperBound + 1
    }
    for value in next..<0x10000 { table[Int(value)] = computed(value) }
    return table
  }()

  /// The bits of a scalar.
  static func bits(of value: UInt32) -> UInt8 {
    value < 0x10000 ? basicPlane[Int(value)] : computed(value)
  }

  static func number(of category: Category) -> UInt8 {
    numbers[category] ?? UInt8(truncatingIfNeeded: all.count - 1)
  }

  private static let numbers = Dictionary(
    uniqueKeysWithValues: all.enumerated().map { ($1.category, UInt8(truncatingIfNeeded: $0)) })

  /// From the standard library; what is no scalar counts as a surrogate.
  private static func computed(_ value: UInt32) -> UInt8 {
    guard let scalar = Unicode.Scalar(value) else { return number(of: .surrogate) }
    let properties = scalar.properties
    return number(of: properties.generalCategory) | (properties.isAlphabetic ? alphabeticBit : 0)
  }
}
