// Numbers, offsets and texts of the general tokenizer against the Rust library and transformers.
import AdaptTokenizers
import Foundation
import Testing

/// One text with all that the reference says of it.
private struct Line: Decodable {
  let text: String
  let ids: [Int32]
  let offsets: [[Int]]
  let decoded: String?
  // swift-format-ignore: AlwaysUseLowerCamelCase
  let decoded_with_special: String?
}

private struct Numbers: Decodable {
  let ids: [Int32]
  let decoded: String
  // swift-format-ignore: AlwaysUseLowerCamelCase
  let decoded_with_special: String
}

@Suite struct TokenizerGoldenTests {
  static let folders = ["bpe_gpt2", "bpe_qwen", "bpe_llama3", "spm_bpe", "unigram"]

  @Test(arguments: folders + ["wordpiece", "wordpiece_cased"])
  func numbersAndOffsets(_ name: String) throws {
    let folder = GoldenFixtures.folder.appendingPathComponent(name)
    let tokenizer = try Tokenizer(folder: folder)
    let lines = try GoldenFixtures.lines(
      folder.appendingPathComponent("encode.jsonl"), of: GoldenEncoding.self)
    #expect(lines.count > 50)
    for line in lines {
      let text = try #require(line.text)
      #expect(tokenizer.ids(text) == line.ids, "\(text)")
      let encoding = tokenizer.encode(text)
      #expect(encoding.ids == line.ids)
      let offsets = encoding.scalarOffsets(in: text).map { [$0.lowerBound, $0.upperBound] }
      #expect(offsets == line.offsets, "\(text)")
    }
  }

  @Test(arguments: folders)
  func texts(_ name: String) throws {
    let folder = GoldenFixtures.folder.appendingPathComponent(name)
    let tokenizer = try Tokenizer(folder: folder)
    let lines = try GoldenFixtures.lines(
      folder.appendingPathComponent("encode.jsonl"), of: Line.self)
    for line in lines {
      expect(tokenizer, line.ids, line.decoded ?? line.text, skips: true)
      expect(tokenizer, line.ids, line.decoded_with_special ?? line.text, skips: false)
    }
    let random = try GoldenFixtures.lines(
      folder.appendingPathComponent("decode.jsonl"), of: Numbers.self)
    for line in random {
      expect(tokenizer, line.ids, line.decoded, skips: true)
      expect(tokenizer, line.ids, line.decoded_with_special, skips: false)
    }
  }

  private func expect(_ tokenizer: Tokenizer, _ ids: [Int32], _ text: String, skips: Bool) {
    #expect(Array(tokenizer.decode(ids, skippingSpecialTokens: skips).utf8) == Array(text.utf8))
    var stream = tokenizer.streamingDecoder(skippingSpecialTokens: skips)
    let parts = ids.map { stream.append($0) } + [stream.finish()]
    #expect(Array(parts.joined().utf8) == Array(text.utf8))
  }

  // MARK: Pairs

  private struct Pair: Decodable {
    struct Window: Decodable {
      let ids: [Int32]
      // swift-format-ignore: AlwaysUseLowerCamelCase
      let type_ids: [Int32]
      // swift-format-ignore: AlwaysUseLowerCamelCase
      let attention_mask: [Int]
      let offsets: [[Int]]
      // swift-format-ignore: AlwaysUseLowerCamelCase
      let sequence_ids: [Int8?]
    }

    let question: String
    let context: String
    // swift-format-ignore: AlwaysUseLowerCamelCase
    let max_length: Int
    let stride: Int
    let windows: [Window]
  }

  @Test func windowsOfPairs() throws {
    let folder = GoldenFixtures.folder.appendingPathComponent("wordpiece")
    let tokenizer = try Tokenizer(folder: folder)
    let pairs = try GoldenFixtures.lines(
      folder.appendingPathComponent("pairs.jsonl"), of: Pair.self)
    #expect(!pairs.isEmpty)
    for pair in pairs {
      let truncation = Truncation(
        limit: pair.max_length, stride: pair.stride, strategy: .onlySecond)
      let ours = try tokenizer.encodePair(pair.question, pair.context, truncation: truncation)
      #expect(ours.count == pair.windows.count)
      for (window, wanted) in zip(ours, pair.windows) {
        // The reference pads its last window.
        let count = wanted.attention_mask.reduce(0, +)
        #expect(window.ids == Array(wanted.ids.prefix(count)))
        #expect(window.typeIds == Array(wanted.type_ids.prefix(count)))
        #expect(window.sequenceIds == wanted.sequence_ids.prefix(count).map { $0 ?? -1 })
        let first = window.scalarOffsets(in: pair.question)
        let second = window.scalarOffsets(in: pair.context, sequence: 1)
        let offsets = zip(window.sequenceIds, zip(first, second)).map { $0 == 1 ? $1.1 : $1.0 }
        #expect(
          offsets.map { [$0.lowerBound, $0.upperBound] } == Array(wanted.offsets.prefix(count)))
      }
    }
  }

  // MARK: Real vocabularies

  private struct Cases: Decodable {
    let gpt2: [GoldenCase]
    let bert: [GoldenCase]
  }

  private struct GoldenCase: Decodable {
    let text: String
    let ids: [Int32]
  }

  private static func cases() throws -> Cases {
    let url = GoldenFixtures.folder.appendingPathComponent("real/cases.json")
    return try JSONDecoder().decode(Cases.self, from: Data(contentsOf: url))
  }

  /// GPT-2's vocabulary follows from its merges: the bytes, what merges make, and the end of text.
  private static func gpt2(in folder: URL) throws -> Tokenizer {
    let source = GoldenFixtures.folder.appendingPathComponent("real/gpt2-merges.txt")
    let bytes = try Data(contentsOf: source)
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter {
      !$0.hasPrefix("#version")
    }
    let order = Array(33...126) + Array(161...172) + Array(174...255) + Array(0...32)
    var pieces = (order + Array(127...160) + [173]).map { ByteAlphabet.text([UInt8($0)]) }
    pieces += lines.map { String($0.replacing(" ", with: "")) }
    pieces.append("<|endoftext|>")
    let vocabulary = Dictionary(uniqueKeysWithValues: zip(pieces, 0...))
    let url = folder.appendingPathComponent("vocab.json")
    try JSONEncoder().encode(vocabulary).write(to: url)
    try bytes.write(to: folder.appendingPathComponent("merges.txt"))
    return try Tokenizer(folder: folder)
  }

  @Test func gpt2OldFiles() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "gpt2-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let tokenizer = try Self.gpt2(in: folder)
    #expect(tokenizer.size == 50_257)
    #expect(tokenizer.kind == "byte-level BPE")
    #expect(tokenizer.id(of: "<|endoftext|>") == 50_256)
    #expect(tokenizer.token(262) == "Ġthe")
    for item in try Self.cases().gpt2 {
      #expect(tokenizer.ids(item.text) == item.ids, "\(item.text)")
      #expect(Array(tokenizer.decode(item.ids).utf8) == Array(item.text.utf8))
    }
  }

  @Test func bertOldFiles() throws {
    let url = GoldenFixtures.folder.appendingPathComponent("real/bert-vocab.txt")
    let tokenizer = try Tokenizer(vocabularyText: url)
    let fast = try WordPieceTokenizer(vocabularyText: url)
    #expect(tokenizer.kind == "WordPiece")
    for item in try Self.cases().bert {
      #expect(tokenizer.ids(item.text) == item.ids, "\(item.text)")
      #expect(fast.framed(fast.encode(item.text)) == item.ids, "\(item.text)")
    }
  }
}
