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

  private static let groups: [String: ScalarSet] = {
    var groups: [String: ScalarSet] = [
      "lc": .categories(7), "casedletter": .categories(7), "any": .all,
      "ascii": .ranges([0...0x7F]), "assigned": .inverted(.categories(1 << 29)),
      "alphabetic": .alphabetic, "alpha": .alphabetic, "whitespace": .space, "space": .space,
      "digit": .digit, "alnum": .union([.alphabetic, .digit]), "word": .word,
      "xdigit": .hexDigit, "upper": .categories(1), "lower": .categories(2),
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
    groups["punct"] = categories(of: "p")
    return groups
  }()
}
