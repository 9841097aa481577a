// SentencePiece files: ids and byte offsets equal to SentencePiece's own, and bad files refused.
import AdaptSystem
import AdaptTestSupport
import AdaptTokenizers
import Foundation
import Testing

private struct Line: Decodable {
  var text: String?
  let ids: [Int32]
  let offsets: [[Int]]
  var decoded: String?
}

struct SentencePieceTests {
  private static let folder = GoldenFixtures.folder.appendingPathComponent("sentencepiece")

  private static func check(_ tokenizer: Tokenizer, _ text: String, _ line: Line) {
    let encoding = tokenizer.encode(text, addingSpecialTokens: false)
    let shown = Comment(rawValue: text)
    #expect(encoding.ids == line.ids, shown)
    #expect(encoding.offsets.map { [$0.lowerBound, $0.upperBound] } == line.offsets, shown)
    #expect(tokenizer.ids(text, addingSpecialTokens: false) == line.ids, shown)
  }

  @Test(arguments: ["unigram", "unigram_bytes", "bpe", "bpe_plain"])
  func equalsSentencePiece(_ name: String) throws {
    let texts = try JSONDecoder().decode(
      [String].self, from: Data(contentsOf: Self.folder.appendingPathComponent("texts.json")))
    let lines = try GoldenFixtures.lines(
      Self.folder.appendingPathComponent(name + ".jsonl"), of: Line.self)
    #expect(lines.count == texts.count)
    let tokenizer = try Tokenizer(
      sentencePiece: Self.folder.appendingPathComponent(name + ".model"))
    for (text, line) in zip(texts, lines) {
      Self.check(tokenizer, text, line)
      // Unknown pieces have a text of their own in SentencePiece; here they keep their name.
      if let decoded = line.decoded, !decoded.contains("\u{2047}"), !decoded.hasPrefix(" ") {
        #expect(tokenizer.decode(line.ids) == decoded, Comment(rawValue: text))
      }
    }
  }

  /// The real vocabulary, where the folder of the full set and its data are there.
  @Test(.enabled(if: GoldenFixtures.full != nil, "GOLDEN names no folder"))
  func equalsSentencePieceOnLlama2() throws {
    let golden = try #require(GoldenFixtures.full)
    let model = golden.deletingLastPathComponent()
      .appendingPathComponent("data/llama2c-tokenizer/tokenizer.model")
    let tokenizer = try Tokenizer(sentencePiece: model)
    let texts = try GoldenFixtures.lines(
      golden.appendingPathComponent("tokenizers/strings.jsonl"), of: GoldenText.self)
    let lines = try GoldenFixtures.lines(
      golden.appendingPathComponent("tokenizers/real/llama2_sp.jsonl"), of: Line.self)
    #expect(lines.count == texts.count)
    for (text, line) in zip(texts, lines) { Self.check(tokenizer, text.text, line) }
  }

  @Test func framesAndControlPiecesAreAskedFor() throws {
    let url = Self.folder.appendingPathComponent("bpe.model")
    let plain = try Tokenizer(sentencePiece: url)
    let chat = try Tokenizer(
      sentencePiece: url, addsBegin: true, addsEnd: true, findsControlPieces: true)
    #expect(plain.ids("a") == plain.ids("a", addingSpecialTokens: false))
    #expect(chat.ids("a") == [1] + plain.ids("a") + [2])
    #expect(chat.ids("<s>", addingSpecialTokens: false) == [1])
    #expect(plain.ids("<s>").count > 1)
    #expect(chat.decode(chat.ids("the team")) == "the team")
    #expect(plain.special.bos?.text == "<s>")
  }

  @Test func modelFoldersSayWhatStandsAround() throws {
    let folder = try TemporaryFolder()
    let url = URL(fileURLWithPath: folder.path)
    let model = url.appendingPathComponent("tokenizer.model")
    try FileManager.default.copyItem(
      at: Self.folder.appendingPathComponent("bpe.model"), to: model)
    let ids = try Tokenizer(sentencePiece: model).ids("the team")
    #expect(try Tokenizer(folder: url).ids("the team") == [1] + ids)
    try folder.write(
      """
      {"tokenizer_class": "LlamaTokenizer", "add_bos_token": false, "add_eos_token": true,
       "eos_token": "<|end|>", "added_tokens_decoder": {
         "2": {"content": "</s>", "special": true},
         "900": {"content": "<|end|>", "special": true, "rstrip": true}}}
      """, to: "tokenizer_config.json")
    let chat = try Tokenizer(folder: url)
    #expect(chat.ids("the team") == ids + [900])
    #expect(chat.ids("the team<|end|>  ", addingSpecialTokens: false) == ids + [900])
    #expect(chat.decode(ids + [900]) == "the team")
    try folder.write(
      #"{"tokenizer_class": "XLMRobertaTokenizer"}"#, to: "tokenizer_config.json")
    let fault = #expect(throws: TokenizerFault.self) { try Tokenizer(folder: url) }
    #expect(fault?.diagnosis.text.contains("XLMRoberta") == true)
  }

  @Test func llama2CFilesAreSentencePieceVocabularies() throws {
    let model = try SentencePieceModel(contentsOf: Self.folder.appendingPathComponent("bpe.model"))
    var bytes: [UInt8] = []
    func add(_ value: UInt32) {
      for shift in [UInt32(0), 8, 16, 24] {
        bytes.append(UInt8(truncatingIfNeeded: value >> shift))
      }
    }
    add(64)
    for piece in model.pieces {
      let text = Array(
        String(decoding: piece.text, as: UTF8.self).replacing("\u{2581}", with: " ").utf8)
      add(piece.score.bitPattern)
      add(UInt32(text.count))
      bytes += text
    }
    let other = try Tokenizer(llama2c: bytes, path: "x")
    let own = try Tokenizer(sentencePiece: Self.folder.appendingPathComponent("bpe.model"))
    for text in ["the team  adapts", "模型 🙂", " é"] { #expect(other.ids(text) == own.ids(text)) }
    for end in 0..<bytes.count where end % 7 == 0 {
      _ = try? SentencePieceModel(llama2c: Array(bytes[..<end]))
    }
    #expect(throws: SentencePieceFault.self) {
      try SentencePieceModel(llama2c: [255, 255, 255, 255, 0, 0, 0, 0, 255, 255, 255, 127])
    }
  }

  // MARK: - Bad files

  @Test func everyCutThrowsOrReads() throws {
    let bytes = Array(try Data(contentsOf: Self.folder.appendingPathComponent("bpe_plain.model")))
    var read = 0
    for end in bytes.indices {
      do throws(SentencePieceFault) {
        _ = try SentencePieceModel(Array(bytes[..<end]))
        read += 1
      } catch {
        #expect(!error.diagnosis.text.isEmpty)
      }
    }
    // Only an end between two fields of the file itself can be read.
    #expect(read < 300)
  }

  @Test func flippedBytesNeverTrap() throws {
    let bytes = Array(try Data(contentsOf: Self.folder.appendingPathComponent("bpe_plain.model")))
    for place in stride(from: 0, to: bytes.count, by: 3) {
      for mask in [UInt8(0x80), 0x0F, 0xFF] {
        var broken = bytes
        broken[place] ^= mask
        _ = try? SentencePieceModel(broken)
      }
    }
  }

  @Test(
    arguments: [
      [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], [0x0A], [0x0B, 1], [0x02, 0],
      [],
      [0x0A, 2, 0x18, 9], [0x0A, 7, 0x0A, 0, 0x15, 0, 0, 0xC0, 0x7F], [0x0A, 3, 0x0A, 1, 0xFF],
      [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
    ] as [[UInt8]])
  func malformedFilesThrow(_ bytes: [UInt8]) {
    #expect(throws: SentencePieceFault.self) { try SentencePieceModel(bytes) }
  }

  @Test func missingFilesAreNamed() {
    let url = URL(fileURLWithPath: "/nowhere/tokenizer.model")
    let fault = #expect(throws: TokenizerFault.self) { try Tokenizer(sentencePiece: url) }
    #expect(fault?.diagnosis.text.contains("/nowhere/tokenizer.model") == true)
  }
}

struct PrecompiledMapTests {
  private static func map() throws -> [UInt8] {
    let url = GoldenFixtures.folder.appendingPathComponent("sentencepiece/unigram.model")
    return try SentencePieceModel(contentsOf: url).characterMap
  }

  @Test func replacesByTheShortestMatchOfACharacter() throws {
    let map = try PrecompiledMap(Self.map())
    let text = map.applied(to: AlignedText("ﬁ①\tx\u{200B}é"))
    #expect(String(decoding: text.bytes, as: UTF8.self).hasPrefix("fi1 x"))
    #expect(text.source(of: 0..<2) == 0..<3)
    #expect(text.source(of: 2..<3) == 3..<6)
  }

  @Test func badTablesThrowOrStayInBounds() throws {
    let good = try Self.map()
    for bytes: [UInt8] in [[], [1, 0, 0], [255, 255, 255, 255], [8, 0, 0, 0, 1]] {
      #expect(throws: PrecompiledFault.self) { try PrecompiledMap(bytes) }
    }
    var random = SystemRandomNumberGenerator()
    for _ in 0..<40 {
      var broken = good
      for _ in 0..<2000 {
        let place = Int.random(in: 4..<broken.count / 2, using: &random)
        broken[place] = UInt8.random(in: 0...255, using: &random)
      }
      if let map = try? PrecompiledMap(broken) {
        _ = map.applied(to: AlignedText("The ﬁrst é 中文 ｶﾞ 1\u{302}\u{1F642} text"))
      }
    }
  }
}
