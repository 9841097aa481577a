// The tables under a vocabulary against a dictionary, and merges whose results come in any order.
import AdaptTokenizers
import Testing

struct PieceTableTests {
  private static func id(_ table: PieceTable, _ text: String) -> Int32? {
    table.id(of: Array(text.utf8))
  }

  private static func insert(_ table: inout PieceTable, _ text: String, _ id: Int32) -> Bool {
    Array(text.utf8).withUnsafeBufferPointer { table.insert($0, id: id) }
  }

  /// Lengths about eight, where a slot holds the whole piece or not, and past 255.
  @Test func isADictionaryBothWays() {
    var table = PieceTable(capacity: 0)
    var wanted: [String: Int32] = [:]
    for i in 0..<3_000 {
      let text = String(repeating: "x", count: i % 11) + "\(i)"
      wanted[text] = Int32(i * 3)
      #expect(Self.insert(&table, text, Int32(i * 3)))
    }
    let (long, longer) = (String(repeating: "y", count: 300), String(repeating: "y", count: 301))
    #expect(Self.insert(&table, long, 1) && Self.insert(&table, longer, 2))
    #expect(Self.id(table, long) == 1 && Self.id(table, longer) == 2)
    for (text, id) in wanted {
      #expect(Self.id(table, text) == id)
      #expect(table.bytes(id) == Array(text.utf8))
      #expect(Self.id(table, text + "z") == nil)
    }
    #expect(table.count == 3_002 && table.longest == 301 && table.bytes(4) == nil)
    #expect(table.size == 2_999 * 3 + 1)
  }

  @Test func nothingStandsTwice() {
    var table = PieceTable(capacity: 4)
    #expect(Self.insert(&table, "", 0) && !Self.insert(&table, "", 1))
    #expect(Self.insert(&table, "a\0", 1) && Self.insert(&table, "a", 2))
    #expect(!Self.insert(&table, "b", 2) && !Self.insert(&table, "b", -1))
    #expect(Self.id(table, "") == 0 && Self.id(table, "a\0") == 1 && Self.id(table, "\0a") == nil)
  }

  @Test func everyByteHasALetter() {
    var raw: [UInt8] = []
    for byte in UInt8.min...UInt8.max {
      let letters = Array(ByteAlphabet.text([byte]).utf8)
      #expect(letters.withUnsafeBufferPointer { ByteAlphabet.read($0, into: &raw) })
      #expect(raw == [byte])
    }
    let all = Set(ByteAlphabet.scalars)
    for value in UInt32(0)..<1_000 where !all.contains(value) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let text = Array(String(scalar).utf8)
      #expect(!text.withUnsafeBufferPointer { ByteAlphabet.read($0, into: &raw) })
    }
  }

  /// The number of a result is guessed from the one before: a wrong guess must not be taken.
  @Test(arguments: [
    "[\"a b\", \"c d\", \"ab c\"]", "[[\"a\",\"b\"],[\"c\",\"d\"],[\"\\u0061b\",\"c\"]]",
  ])
  func mergesComeInAnyOrder(_ merges: String) throws {
    let text = """
      {"model": {"type": "BPE", "vocab": {"a": 0, "abc": 1, "cd": 2, "ab": 3, "b": 4, "c": 5,
       "d": 6}, "merges": \(merges)}}
      """
    let tokenizer = try Array(text.utf8).withUnsafeBufferPointer {
      try Tokenizer(json: $0, path: "f")
    }
    #expect(tokenizer.ids("ab") == [3])
    #expect(tokenizer.ids("abc") == [1])
    #expect(tokenizer.ids("cd") == [2])
  }
}
