// The names of sets that `\p{…}` and `[:…:]` take.

extension ScalarSet {
  static let hexDigit = ScalarSet.ranges([0x30...0x39, 0x41...0x46, 0x61...0x66])

  /// A name as it is compared: small letters, without spaces, `_` and `-`.
  static func plainName(_ name: String) -> String {
    String(name.lowercased().filter { !" _-".contains($0) })
  }

  /// The set of a general category, a group of them, a POSIX bracket or a script.
  static func named(_ name: String) -> ScalarSet? {
    let plain = plainName(name)
    for (number, names) in ScalarCategories.all.enumerated()
    where names.short == plain || names.long == plain {
      return .categories(1 << UInt32(number))
    }
    return groups[plain] ?? ScriptRanges.set(plain)
  }

  /// Every name `named` knows, for messages.
  static var knownNames: [String] {
    (ScalarCategories.all.map(\.short) + groups.keys + ScriptRanges.names).sorted()
  }

  private static func categories(of initials: String) -> ScalarSet {
    var bits: UInt32 = 0
    for (number, names) in ScalarCategories.all.enumerated()
    where names.short.prefix(1) == initials {
      bits |= 1 << UInt32(number)
    }
    return .categories(bits)
  }

  /// Other_Uppercase and Other_Lowercase of PropList.txt: numerals, enclosed and raised letters.
  private static let otherUpper = ScalarSet.ranges([
    0x2160...0x216F, 0x24B6...0x24CF, 0x1F130...0x1F149, 0x1F150...0x1F169, 0x1F170...0x1F189,
  ])
  private static let otherLower = ScalarSet.ranges([
    0xAA...0xAA, 0xBA...0xBA, 0x2B0...0x2B8, 0x2C0...0x2C1, 0x2E0...0x2E4, 0x345...0x345,
    0x37A...0x37A, 0x10FC...0x10FC, 0x1D2C...0x1D6A, 0x1D78...0x1D78, 0x1D9B...0x1DBF,
    0x2071...0x2071, 0x207F...0x207F, 0x2090...0x209C, 0x2170...0x217F, 0x24D0...0x24E9,
    0x2C7C...0x2C7D, 0xA69C...0xA69D, 0xA770...0xA770, 0xA7F2...0xA7F4, 0xA7F8...0xA7F9,
    0xAB5C...0xAB5F, 0xAB69...0xAB69, 0x10780...0x10780, 0x10783...0x10785, 0x10787...0x107B0,
    0x107B2...0x107BA, 0x1E030...0x1E06D,
  ])

  private static let groups: [String: ScalarSet] = {
    var groups: [String: ScalarSet] = [
      "lc": .categories(7), "casedletter": .categories(7), "any": .all,
      "ascii": .ranges([0...0x7F]), "assigned": .inverted(.categories(1 << 29)),
      "alphabetic": .alphabetic, "alpha": .alphabetic, "whitespace": .space, "space": .space,
      "digit": .digit, "alnum": .union([.alphabetic, .digit]), "word": .word,
      "xdigit": .hexDigit, "upper": .union([.categories(1), otherUpper]),
      "lower": .union([.categories(2), otherLower]),
      "blank": .union([.categories(1 << 22), .one(9)]), "cntrl": .categories(1 << 25),
    ]
    let kinds = [
      ("l", "letter"), ("m", "mark"), ("n", "number"), ("p", "punctuation"), ("s", "symbol"),
      ("z", "separator"), ("c", "other"),
    ]
    for (short, long) in kinds {
      groups[short] = categories(of: short)
      groups[long] = categories(of: short)
    }
    groups["punct"] = groups["p"]
    return groups
  }()
}
