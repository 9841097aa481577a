// Excerpts stay short whatever they are of.
import AdaptSystem
import Testing

struct ExcerptTests {
  @Test func shortTextsStayWhole() {
    #expect("".excerpt == "" && "größe".excerpt == "größe")
    let limit = String(repeating: "x", count: 120)
    #expect(limit.excerpt == limit && (limit + "x").excerpt.hasSuffix("x… (121 bytes)"))
    #expect([1, 2, 3].excerpt == "[1, 2, 3]" && ([] as [Int]).excerpt == "[]")
    #expect(Array(1...8).excerpt == "[1, 2, 3, 4, 5, 6, 7, 8]")
    #expect(Array(1...9).excerpt == "[1, 2, 3, 4, 5, 6, 7, 8, … (1 more)]")
  }

  @Test func longTextsAreCut() {
    // One character of a hundred thousand scalars.
    let stacked = "e" + String(repeating: "\u{301}", count: 100_000)
    #expect(stacked.count == 1 && stacked.excerpt.utf8.count < 160)
    #expect(String(repeating: "字", count: 100_000).excerpt.utf8.count < 160)
    #expect(Array(repeating: Int.max, count: 100_000).excerpt.utf8.count < 250)
  }
}
