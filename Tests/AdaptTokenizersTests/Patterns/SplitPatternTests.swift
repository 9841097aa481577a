import AdaptSystem
import AdaptTokenizers
// Regular expressions of pre-tokenisers: splits equal to those of Oniguruma (recorded from the
// `tokenizers` library), and the automaton equal to the matcher that follows every way.
import Foundation
import Testing

private struct RecordedSplits: Decodable {
  let name: String
  let pattern: String
  /// Byte ends of the pieces, text by text.
  let ends: [[Int]]
}

struct SplitPatternTests {
  private static let file = GoldenFixtures.folder.appendingPathComponent("patterns/splits.jsonl")

  /// The byte ends of the pieces of a text: matches and what is between them.
  private static func ends(_ pattern: SplitPattern, _ text: [UInt8]) -> [Int] {
    var ends: [Int] = []
    func add(_ end: Int) { if end > ends.last ?? 0 { ends.append(end) } }
    text.withUnsafeBufferPointer { text in
      pattern.forEachMatch(in: text) { match in
        add(match.lowerBound)
        add(match.upperBound)
      }
      add(text.count)
    }
    return ends
  }

  private static func recorded() throws -> (texts: [[UInt8]], rows: [RecordedSplits]) {
    let lines = try Data(contentsOf: file).split(separator: 0x0A, maxSplits: 1)
    let texts = try JSONDecoder().decode([String].self, from: Data(lines[0])).map { Array($0.utf8) }
    let rows = try lines[1].split(separator: 0x0A).map {
      try JSONDecoder().decode(RecordedSplits.self, from: Data($0))
    }
    return (texts, rows)
  }

  @Test func splitsEqualTheRecordedOnes() throws {
    let (texts, rows) = try Self.recorded()
    #expect(rows.count == 27)
    for row in rows {
      let fast = try SplitPattern(row.pattern)
      let slow = try SplitPattern(row.pattern, isAutomatonWanted: false)
      #expect(fast.hasAutomaton || ["superbpe", "groups"].contains(row.name), "\(row.name)")
      for (text, ends) in zip(texts, row.ends) {
        let shown = Comment(rawValue: "\(row.name): \(String(decoding: text, as: UTF8.self))")
        #expect(Self.ends(fast, text) == ends, shown)
        #expect(Self.ends(slow, text) == ends, shown)
      }
    }
  }

  @Test func automatonAndThreadsAgreeOnRandomTexts() throws {
    var random = SystemRandomNumberGenerator()
    let alphabet = Array("ab'sSLl é1२ \n\r\t。中\u{301}🙂\u{200D}ſK_-.".unicodeScalars)
    for row in try Self.recorded().rows {
      let fast = try SplitPattern(row.pattern)
      let slow = try SplitPattern(row.pattern, isAutomatonWanted: false)
      for _ in 0..<60 {
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...30, using: &random) {
          text.append(alphabet.randomElement(using: &random) ?? "a")
        }
        let bytes = Array(String(text).utf8)
        #expect(Self.ends(fast, bytes) == Self.ends(slow, bytes), "\(row.name): \(bytes)")
      }
    }
  }

  @Test(
    arguments: [
      ("a|ab", "ab", [1, 2]), ("ab|a", "ab", [2]), ("a??b", "aab", [1, 3]),
      ("[^a&&[^b]]+", "abcab", [1, 3, 4, 5]), (#"\u4e2d|\x{1F642}"#, "中🙂x", [3, 7, 8]),
      ("a{2}?", "aaaaa", [2, 4, 5]), ("x{,2}", "xxx", [2, 3]), ("{a", "{a", [2]),
      ("(?#no)a", "ba", [1, 2]), ("[]a]+", "]a]", [3]), ("[a-]+", "a-b", [2, 3]),
      (#"\p{^L}+|\P{^L}+"#, "a1b", [1, 2, 3]), ("(?m:.)+", "a\nb", [3]), (".+", "a\nb", [1, 2, 3]),
      ("(?>a)b", "ab", [2]), ("(?i:S)+", "sSſ", [4]), ("^b", "a\nb\n", [2, 3, 4]),
      ("b$", "ab\nb", [1, 2, 3, 4]), (#"b\Z"#, "b\nb\n", [2, 3, 4]), ("(?<name>a)b", "ab", [2]),
    ] as [(String, String, [Int])])
  func syntax(_ pattern: String, _ text: String, _ ends: [Int]) throws {
    for isAutomatonWanted in [true, false] {
      let compiled = try SplitPattern(pattern, isAutomatonWanted: isAutomatonWanted)
      #expect(Self.ends(compiled, Array(text.utf8)) == ends)
    }
  }

  @Test(arguments: [
    "(", ")", "[", "[a", "a**?+*+*", "*a", "\\", "\\p{Nope}", "\\p{L", "(?<=ab)c", "(ab)\\1",
    "(?:ab)*+", "a{3,2}", "a{99999}", "[b-a]", "(?=a(?=bc))", "\\x{110000}", "(?x)a", "[[:nope:]]",
    "((((a{1000}){1000}){1000}){1000})", "(?i:\\p{Lu})", "\\u12", "(?i:[\\x{0}-\\x{10FFFF}])",
  ])
  func whatCannotBeReadThrows(_ pattern: String) {
    #expect(throws: PatternFault.self) { try SplitPattern(pattern) }
  }

  @Test func deepAndLongPatternsThrow() {
    let deep = String(repeating: "(", count: 10_000) + String(repeating: ")", count: 10_000)
    for pattern in [
      deep, String(repeating: "[", count: 5000), String(repeating: "a|", count: 9000),
    ] {
      #expect(throws: PatternFault.self) { try SplitPattern(pattern) }
    }
  }

  @Test func unknownPropertiesAreNamed() {
    let fault = #expect(throws: PatternFault.self) { try SplitPattern(#"a\p{Klingon}"#) }
    #expect(fault?.reason.contains("Klingon") == true)
    #expect(fault?.known.contains("han") == true)
    #expect(fault?.diagnosis.text.contains("character") == true)
  }

  @Test(arguments: [
    "(a+)+$", "(a|a)*b", "(a|aa)+c", "(a*)*(a*)*(a*)*b", "(?:a?){60}a{60}b", "(.*)*x", "a*a*a*a*c",
    "(a|b|ab)*c", "(?:a|b)*a(?:a|b){14}c",
  ])
  func catastrophicPatternsAreLinear(_ pattern: String) throws {
    let text = [UInt8](repeating: 0x61, count: 100_000) + [0x21]
    let compiled = try SplitPattern(pattern)
    text.withUnsafeBufferPointer { text in
      #expect(compiled.firstMatch(in: text, from: 0) == nil)
    }
  }

  @Test func categoriesEqualTheStandardLibrary() {
    var wrong = 0
    for value in UInt32(0)..<0x10000 {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let bits = ScalarCategories.bits(of: value)
      let isSame =
        ScalarCategories.all[Int(bits & 31)].category == scalar.properties.generalCategory
        && (bits & 32 != 0) == scalar.properties.isAlphabetic
      if !isSame { wrong += 1 }
    }
    #expect(wrong == 0)
  }

  @Test func smallCharactersAreThoseOfTheStandardLibrary() {
    for value in UInt32(0)..<0x20000 {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let mapped = scalar.properties.lowercaseMapping.unicodeScalars.map(\.value)
      #expect((ScalarMapping.lowercase(value) ?? [value]) == mapped)
    }
  }
}
