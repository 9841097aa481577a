// Tokenizer files that are damaged, of another kind, or lack a token; and the vocabulary itself.
import AdaptSystem
import AdaptTokenizers
import Foundation
import Testing

struct TokenizerFileTests {
  static let source = GoldenFixtures.folder.appendingPathComponent("wordpiece/tokenizer.json")

  @Test(arguments: [
    ("\"WordPiece\",\n", "\"BPE\",\n", "unknown tokenizer model"),
    ("BertNormalizer", "NFKC", "unknown normalizer"),
    ("BertPreTokenizer", "Whitespace", "unknown pre-tokenizer"),
    ("TemplateProcessing", "ByteLevel", "unknown post-processor"),
    ("\"continuing_subword_prefix\": \"##\"", "\"continuing_subword_prefix\": \"@\"", "prefix"),
    ("\"unk_token\": \"[UNK]\"", "\"unk_token\": \"[NONE]\"", "lacks the token `[NONE]`"),
    ("\"[PAD]\": 0,", "\"[PAD]\": -1,", "whole number"),
    ("\"[PAD]\": 0,", "\"[PAD]\": 99999999999,", "too large"),
    ("\"[PAD]\": 0,", "\"[PAD]\": 0, \"[PAD]\": 1,", "`[PAD]` twice"),
    ("\"[PAD]\": 0,", "\"[PAD]\": {},", "not JSON"),
    ("\"[PAD]\": 0,", "\"[PAD]\": [],", "whole number"),
    ("\"normalized\": false", "\"normalized\": true", "flag of the added token"),
  ])
  func refuses(old: String, new: String, words: String) throws {
    let text = try String(contentsOf: Self.source, encoding: .utf8)
    let changed = text.replacingOccurrences(of: old, with: new)
    try #require(changed != text, "the fixture has no \(old)")
    let error = #expect(throws: TokenizerFault.self) {
      try withTokenizer(Data(changed.utf8)) { _ = try WordPieceTokenizer(json: $0) }
    }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test func truncationsThrow() throws {
    let whole = try Data(contentsOf: Self.source)
    let end = whole.count - 2
    for length in Array(stride(from: 0, to: end, by: 61)) + Array(end - 40..<end) {
      #expect(throws: TokenizerFault.self, "\(length) bytes") {
        try withTokenizer(whole.prefix(length)) { _ = try WordPieceTokenizer(json: $0) }
      }
    }
  }

  @Test func flippedBytesNeverTrap() throws {
    let whole = try Data(contentsOf: Self.source)
    for position in stride(from: 0, to: whole.count, by: 37) {
      var damaged = whole
      damaged[position] ^= 0x81
      try withTokenizer(damaged) { url in
        _ = try? WordPieceTokenizer(json: url).encode("How many points? naïve 你好")
      }
    }
  }

  @Test func deepNestingThrows() throws {
    let deep = Data(String(repeating: "[", count: 200_000).utf8)
    #expect(throws: TokenizerFault.self) {
      try withTokenizer(deep) { _ = try WordPieceTokenizer(json: $0) }
    }
  }

  @Test func vocabularyTextWithoutSpecialTokensThrows() throws {
    let error = #expect(throws: TokenizerFault.self) {
      try withTokenizer(Data("a\nb\n".utf8)) { _ = try WordPieceTokenizer(vocabularyText: $0) }
    }
    #expect(error?.description.contains("[CLS]") == true)
    #expect(throws: TokenizerFault.self) {
      try withTokenizer(Data([0xFF, 0xFE, 0x0A])) { _ = try WordPieceTokenizer(vocabularyText: $0) }
    }
  }

  @Test func windowsLineEndsAreNoPartOfPieces() throws {
    let text = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "one", "##s"].joined(separator: "\r\n")
    try withTokenizer(Data(text.utf8)) { url in
      let tokens = try WordPieceTokenizer(vocabularyText: url).encode("Ones two")
      #expect(tokens.map(\.id) == [4, 5, 1])
      #expect(tokens.map(\.bytes) == [0..<3, 3..<4, 5..<8])
      #expect(tokens.map(\.isUnknown) == [false, false, true])
    }
  }

  @Test func anEmptyFolderSaysWhatIsWanted() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    let error = #expect(throws: TokenizerFault.self) { try WordPieceTokenizer(folder: folder) }
    #expect(error?.description.contains("tokenizer.json or vocab.txt") == true)
  }

  @Test func theLimitCutsWithoutReadingOn() throws {
    let tokenizer = try WordPieceTokenizer(json: Self.source)
    let text = String(repeating: "how many points ", count: 50)
    let all = tokenizer.encode(text)
    for limit in [0, 1, 2, 7, all.count - 1, all.count, all.count + 5] {
      #expect(tokenizer.encode(text, limit: limit) == Array(all.prefix(limit)))
    }
  }

  private func withTokenizer(_ data: Data, _ body: (URL) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("adapt-tokenizer-\(UUID().uuidString)")
    try data.write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    try body(url)
  }
}
