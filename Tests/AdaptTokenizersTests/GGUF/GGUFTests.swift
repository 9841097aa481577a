// GGUF files: what is written is read again, bad files are refused, and vocabularies give the ids of
// the libraries they come from.
import AdaptSystem
import AdaptTokenizers
import Foundation
import Testing

struct GGUFHeaderTests {
  private static func sample() -> GGUFHeader {
    var header = GGUFHeader()
    let words = GGUFArray([.text("one"), .text(""), .text("träe")], type: .string)
    let inner = GGUFArray([.int16(-3), .int16(4)], type: .int16)
    header.entries = [
      .init("general.architecture", .text("llama")), .init("a", .uint8(200)), .init("b", .int8(-7)),
      .init("c", .uint16(65_535)), .init("d", .int16(-300)), .init("e", .uint32(1 << 31)),
      .init("f", .int32(-70_000)), .init("g", .float32(1.5)), .init("h", .bool(true)),
      .init("k", .uint64(1 << 63)), .init("l", .int64(-1)), .init("m", .float64(-0.25)),
    ]
    if let words { header.entries.append(.init("i", .array(words))) }
    if let inner, let outer = GGUFArray([.array(inner), .array(inner)], type: .array) {
      header.entries.append(.init("j", .array(outer)))
    }
    header.tensors = [.init(name: "w", dimensions: [32, 2], type: 0, offset: 0)]
    return header
  }

  @Test(arguments: [UInt32(2), 3])
  func writtenHeadersAreReadAgain(_ version: UInt32) throws {
    var header = Self.sample()
    header.version = version
    #expect(header.entries.count == 14)
    let bytes = header.encoded()
    #expect(bytes.count % 32 == 0)
    let read = try GGUFHeader(bytes)
    #expect(read == header)
    #expect(read["b"]?.integer == -7)
    #expect(read["k"]?.integer == nil)
    #expect(read["general.architecture"]?.text == "llama")
    guard case .array(let words)? = read["i"] else {
      Issue.record("no array")
      return
    }
    var texts: [String] = []
    words.forEachString { texts.append(String(decoding: $1, as: UTF8.self)) }
    #expect(texts == ["one", "", "träe"])
    #expect(GGUFArray([.int8(-1), .int8(5)], type: .int8)?.numbers == [-1, 5])
    #expect(GGUFArray([.int8(-1)], type: .uint8) == nil)
  }

  @Test func everyCutThrows() throws {
    let bytes = Self.sample().encoded()
    // The last 32 bytes are filling.
    for end in 0..<(bytes.count - 31) {
      #expect(throws: GGUFFault.self) { try GGUFHeader(Array(bytes[..<end])) }
    }
  }

  @Test func flippedBytesNeverTrap() {
    let bytes = Self.sample().encoded()
    for place in bytes.indices {
      for value in [UInt8(0), 1, 0x7F, 0x80, 0xFF] {
        var broken = bytes
        broken[place] = value
        guard let header = try? GGUFHeader(broken) else { continue }
        Self.readArrays(of: header)
      }
    }
  }

  private static func readArrays(of header: GGUFHeader) {
    for case .array(let array) in header.entries.map(\.value) {
      array.forEachString { _, _ in }
      _ = array.numbers
    }
  }

  @Test(arguments: [UInt64(1) << 60, .max, 1 << 32, 1 << 20])
  func hostileCountsThrowAtOnce(_ count: UInt64) {
    func little(_ value: UInt64, _ size: Int) -> [UInt8] {
      (0..<size).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }
    let start = Array("GGUF".utf8) + little(3, 4)
    let key = little(1, 8) + [0x61]
    let files = [
      start + little(count, 8) + little(0, 8),
      start + little(0, 8) + little(count, 8),
      start + little(0, 8) + little(1, 8) + little(count, 8),
      start + little(0, 8) + little(1, 8) + key + little(8, 4) + little(count, 8),
      start + little(0, 8) + little(1, 8) + key + little(9, 4) + little(4, 4) + little(count, 8),
      start + little(0, 8) + little(1, 8) + key + little(9, 4) + little(8, 4) + little(count, 8),
      start + little(0, 8) + little(1, 8) + key + little(9, 4) + little(9, 4) + little(count, 8),
    ]
    for file in files {
      let padded = file + [UInt8](repeating: 0, count: 4096)
      #expect(throws: GGUFFault.self) { try GGUFHeader(padded) }
    }
  }

  @Test func otherFilesAndVersionsAreNamed() {
    #expect(throws: GGUFFault.notGGUF(path: "memory")) { try GGUFHeader(Array("PK".utf8)) }
    var header = Self.sample()
    header.version = 1
    #expect(throws: GGUFFault.version(path: "memory", got: 1)) { try GGUFHeader(header.encoded()) }
    header = Self.sample()
    header.entries.append(.init("a", .bool(false)))
    #expect(throws: GGUFFault.self) { try GGUFHeader(header.encoded()) }
  }

  @Test func arraysInArraysEndSomewhere() throws {
    var value = try #require(GGUFArray([.int8(1)], type: .int8))
    for _ in 0..<6 { value = try #require(GGUFArray([.array(value)], type: .array)) }
    var header = GGUFHeader()
    header.entries = [.init("deep", .array(value))]
    #expect(throws: GGUFFault.self) { try GGUFHeader(header.encoded()) }
  }
}

struct GGUFTokenizerTests {
  private static let folder = GoldenFixtures.folder.appendingPathComponent("gguf")

  private static func ids(_ name: String) throws -> [[Int32]] {
    try JSONDecoder().decode(
      [[Int32]].self, from: Data(contentsOf: folder.appendingPathComponent(name + ".json")))
  }

  private static func texts() throws -> [String] {
    try JSONDecoder().decode(
      [String].self, from: Data(contentsOf: folder.appendingPathComponent("texts.json")))
  }

  @Test(arguments: ["spm", "gpt-2", "llama-bpe", "starcoder", "deepseek-coder", "wpm"])
  func idsEqualThoseOfTheLibraries(_ name: String) throws {
    let url = Self.folder.appendingPathComponent(name + ".gguf")
    let tokenizer = try Tokenizer(
      gguf: try GGUFHeader(contentsOf: url), path: url.path, findsControlTokens: name == "wpm")
    let expected = try Self.ids(name)
    let texts = try Self.texts()
    #expect(texts.count == expected.count)
    for (text, ids) in zip(texts, expected) {
      let got = tokenizer.ids(text, addingSpecialTokens: name == "wpm")
      #expect(got == ids, "\(name): \(text)")
      let isExact = name != "wpm" && !ids.contains(0)
      // SentencePiece's sign for a space cannot be told from a space.
      let marks = text.unicodeScalars.map { $0 == "\u{2581}" && name == "spm" ? " " : $0 }
      let plain = String(String.UnicodeScalarView(marks))
      if isExact { #expect(tokenizer.decode(got) == plain, "\(name): \(text)") }
    }
  }

  @Test func framesFollowTheFile() throws {
    func tokenizer(_ name: String) throws -> Tokenizer {
      try Tokenizer(gguf: Self.folder.appendingPathComponent(name + ".gguf"))
    }
    #expect(try tokenizer("spm").ids("a").first == 1)
    #expect(try tokenizer("llama-bpe").ids("a").first == 0)
    #expect(try tokenizer("gpt-2").ids("").isEmpty)
    #expect(try tokenizer("spm").ids("</s>", addingSpecialTokens: false) == [2])
    #expect(try tokenizer("spm").special.eos?.text == "</s>")
  }

  @Test func badVocabulariesAreNamed() throws {
    let url = Self.folder.appendingPathComponent("gpt-2.gguf")
    let good = try GGUFHeader(contentsOf: url)
    func fault(_ key: String, _ value: GGUFValue?) -> TokenizerFault? {
      var header = good
      header.entries.removeAll { $0.key == "tokenizer.ggml." + key }
      if let value { header.entries.append(.init("tokenizer.ggml." + key, value)) }
      do throws(TokenizerFault) {
        _ = try Tokenizer(gguf: header, path: "x")
        return nil
      } catch {
        return error
      }
    }
    let faults = [
      fault("model", .text("rwkv")), fault("model", .uint8(1)), fault("model", nil),
      fault("tokens", nil), fault("tokens", .text("a")), fault("pre", .text("nobody")),
      fault("merges", nil), fault("bos_token_id", .uint32(999_999)),
      fault("token_type", GGUFArray([.int32(1)], type: .int32).map { .array($0) }),
      fault("merges", GGUFArray([.text("zz qq")], type: .string).map { .array($0) }),
      fault("merges", GGUFArray([.text("alone")], type: .string).map { .array($0) }),
    ]
    for fault in faults { #expect(fault?.diagnosis.text.isEmpty == false) }
    #expect(fault("pre", .text("nobody"))?.diagnosis.text.contains("llama-bpe") == true)
  }
}
