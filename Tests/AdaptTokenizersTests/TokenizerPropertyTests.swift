import AdaptTokenizers
// What holds of every tokenizer and every text.
import Foundation
import Testing

@Suite struct TokenizerPropertyTests {
  static let folders = TokenizerGoldenTests.folders + ["wordpiece", "wordpiece_cased"]

  private static func load(_ name: String) throws -> Tokenizer {
    try Tokenizer(folder: GoldenFixtures.folder.appendingPathComponent(name))
  }

  /// Texts of scalars from everywhere, and of signs that tokenizers care for.
  private static func texts(_ count: Int) -> [String] {
    var generator = SystemRandomNumberGenerator()
    let parts = [
      " ", "  ", "\n", "\t", "the", "The", "'s", "é", "e\u{301}", "中文", "한", "\u{1112}\u{1161}",
      "🙂", "👍🏽", "\u{0}", "\u{FEFF}", "\u{200D}", "123", "Ⅷ", "½", "▁", "<s>", "</s>", "[MASK]",
      "<|endoftext|>", "<|im_start|>", "\u{FFFD}", ".", "?!", "_", "##", "<0x41>", "ﬁ", "İ", "ß",
    ]
    return (0..<count).map { _ in
      var text = ""
      for _ in 0..<Int.random(in: 0...20, using: &generator) {
        if Bool.random(using: &generator), let part = parts.randomElement(using: &generator) {
          text += part
        } else if let scalar = Unicode.Scalar(UInt32.random(in: 0...0x2FFFF, using: &generator)) {
          text.unicodeScalars.append(scalar)
        }
      }
      return text
    }
  }

  @Test(arguments: ["bpe_gpt2", "bpe_llama3"])
  func byteLevelRoundTrips(_ name: String) throws {
    let tokenizer = try Self.load(name)
    for text in Self.texts(400) {
      let ids = tokenizer.ids(text, addingSpecialTokens: false)
      let back = tokenizer.decode(ids, skippingSpecialTokens: false)
      #expect(Array(back.utf8) == Array(text.utf8), "\(text.debugDescription)")
    }
  }

  @Test(arguments: folders)
  func offsetsAreOrderedAndInside(_ name: String) throws {
    let tokenizer = try Self.load(name)
    for text in Self.texts(200) {
      let encoding = tokenizer.encode(text)
      #expect(encoding.ids == tokenizer.ids(text))
      #expect(encoding.ids.allSatisfy { $0 >= 0 && Int($0) < tokenizer.size })
      var last = 0
      let inside = zip(encoding.offsets, encoding.specialMask).filter { $1 == 0 }.map(\.0)
      for range in inside {
        #expect(range.lowerBound >= last || name == "unigram" || name == "bpe_qwen")
        #expect(range.upperBound <= text.utf8.count)
        last = range.lowerBound
      }
    }
  }

  @Test(arguments: folders)
  func streamsAreTheWhole(_ name: String) throws {
    let tokenizer = try Self.load(name)
    for _ in 0..<200 {
      let ids = (0..<Int.random(in: 0...30)).map { _ in
        Int32.random(in: -1...Int32(tokenizer.size))
      }
      for skips in [true, false] {
        var stream = tokenizer.streamingDecoder(skippingSpecialTokens: skips)
        let joined = ids.map { stream.append($0) }.joined() + stream.finish()
        let whole = tokenizer.decode(ids, skippingSpecialTokens: skips)
        #expect(Array(joined.utf8) == Array(whole.utf8))
      }
    }
  }

  @Test func heapAndSearchMergeAlike() {
    for _ in 0..<300 {
      var table = MergeTable(capacity: 8)
      for rank in 0..<UInt32(Int.random(in: 1...40)) {
        let pair = (Int32.random(in: 0..<12), Int32.random(in: 0..<12))
        table.insert(pair.0, pair.1, rank: rank, result: Int32.random(in: 0..<12))
      }
      let ids = (0..<Int.random(in: 0...90)).map { _ in Int32.random(in: 0..<12) }
      var (plain, heap) = (PairMerging(), PairMerging())
      plain.start()
      heap.start()
      for id in ids {
        plain.add(id, 1)
        heap.add(id, 1)
      }
      plain.merge(table, plainLimit: .max)
      heap.merge(table, plainLimit: 1)
      #expect(plain.ids == heap.ids)
      #expect(plain.lengths == heap.lengths)
    }
  }

  /// Long words and long runs of spaces: work that grew with the square of the length would take hours, and the
  /// limit is there for that alone.
  @Test(.timeLimit(.minutes(5)), arguments: ["bpe_gpt2", "spm_bpe", "unigram"], ["a", " ", "中"])
  func longWordsAreNotQuadratic(_ name: String, _ letter: String) throws {
    let tokenizer = try Self.load(name)
    let text = String(repeating: letter, count: 600_000)
    let ids = tokenizer.ids(text, addingSpecialTokens: false)
    #expect(ids == tokenizer.ids(text, addingSpecialTokens: false) && ids.first != nil)
  }

  @Test func manyWordsDoNotFillTheMemory() throws {
    let tokenizer = try Self.load("bpe_gpt2")
    for _ in 0..<3 {
      let words = (0..<40_000).map { "w\($0 &* 7_919)x" }.joined(separator: " ")
      let ids = tokenizer.ids(words)
      #expect(tokenizer.decode(ids) == words)
    }
  }

  @Test func truncationFollowsTheLibrary() throws {
    func lengths(_ a: Int, _ b: Int, _ limit: Int) throws -> [Int] {
      try Truncation(limit: limit).lengths([a, b], frame: 3)
    }
    #expect(try lengths(4, 4, 11) == [4, 4])
    #expect(try lengths(2, 20, 13) == [2, 8])
    #expect(try lengths(20, 2, 13) == [8, 2])
    #expect(try lengths(20, 20, 12) == [4, 5])
    #expect(try lengths(20, 21, 14) == [5, 6])
    #expect(throws: TokenizerFault.self) {
      try Truncation(limit: 10, strategy: .onlyFirst).lengths([3, 40], frame: 3)
    }
    #expect(throws: TokenizerFault.self) { try Truncation(limit: 5, stride: 5).windows(9, 5) }
    let right = try Truncation(limit: 4, stride: 1).windows(9, 4)
    #expect(right == [0..<4, 3..<7, 6..<9])
    let left = try Truncation(limit: 4, stride: 1, side: .left).windows(9, 4)
    #expect(left == [5..<9, 2..<6, 0..<3])
  }
}
