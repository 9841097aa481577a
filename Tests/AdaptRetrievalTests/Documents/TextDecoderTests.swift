import AdaptRetrieval
import Foundation
import Testing

struct TextDecoderTests {
  private let chinese = "检索增强生成（RAG）把文档的内容放进提示里，模型因此可以引用来源。"

  @Test func readsEveryEncodingItNames() throws {
    let utf16 = Array(chinese.utf16)
    let little = utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    let big = utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    let cases: [([UInt8], TextEncoding)] = [
      (Array(chinese.utf8), .utf8), ([0xEF, 0xBB, 0xBF] + Array(chinese.utf8), .utf8),
      ([0xFF, 0xFE] + little, .utf16LittleEndian), ([0xFE, 0xFF] + big, .utf16BigEndian),
    ]
    for (bytes, encoding) in cases {
      #expect(try TextDecoder.decode(bytes) == DecodedText(text: chinese, encoding: encoding))
    }
  }

  @Test func readsUTF16WithoutAMarkByItsNulls() throws {
    let little = "plain words".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    let decoded = try TextDecoder.decode(little)
    #expect(decoded == DecodedText(text: "plain words", encoding: .utf16LittleEndian))
  }

  /// 低秩适应 LoRA 的中文 in GB18030, with a four-byte character at the end.
  @Test func readsGB18030() throws {
    let bytes: [UInt8] =
      [0xB5, 0xCD, 0xD6, 0xC8, 0xCA, 0xCA, 0xD3, 0xA6] + Array(" LoRA ".utf8)
      + [0xB5, 0xC4, 0xD6, 0xD0, 0xCE, 0xC4] + [0x95, 0x32, 0x82, 0x36]
    let decoded = try TextDecoder.decode(bytes)
    #expect(decoded.text == "低秩适应 LoRA 的中文\u{20000}")
    #expect(decoded.encoding == .gb18030)
  }

  @Test func readsWesternTextAsWindows1252() throws {
    let bytes = Array("Le caf".utf8) + [0xE9] + Array(" na".utf8) + [0xEF] + Array("f co".utf8)
    let more = Array("u".utf8) + [0xFB] + Array("te 5 ".utf8) + [0x80] + Array(" ici".utf8)
    let decoded = try TextDecoder.decode(bytes + more)
    #expect(decoded == DecodedText(text: "Le café naïf couûte 5 € ici", encoding: .windows1252))
  }

  @Test func refusesOtherEncodingsAndBinaries() {
    // Cyrillic in KOI8-R: valid in nothing that is known.
    let cyrillic: [UInt8] = [0xF0, 0xD2, 0xC9, 0xD7, 0xC5, 0xD4, 0x20, 0xCD, 0xC9, 0xD2, 0x21]
    #expect(throws: SkipReason.self) { try TextDecoder.decode(cyrillic) }
    #expect(throws: SkipReason.binary) {
      try TextDecoder.decode([0x7F, 0x45, 0x4C, 0x46, 0, 0, 1])
    }
    #expect(throws: SkipReason.binary) {
      try TextDecoder.decode((0..<64).map { UInt8($0 % 7 + 1) })
    }
    #expect(throws: SkipReason.encoding) { try TextDecoder.decode([0xFF, 0xFE, 0, 0xD8, 0x41]) }
    #expect(throws: SkipReason.encoding) {
      try TextDecoder.decode([0xFF, 0xFE, 0, 0, 65, 0, 0, 0])
    }
  }

  @Test func emptyAndBlankFilesAreEmpty() {
    #expect(throws: SkipReason.empty) { try TextDecoder.decode([]) }
    #expect(throws: SkipReason.empty) { try TextDecoder.decode(Array(" \n\t\r\n".utf8)) }
    #expect(throws: SkipReason.empty) { try TextDecoder.decode([0xEF, 0xBB, 0xBF]) }
  }

  @Test func makesAllLineEndsAlike() throws {
    #expect(try TextDecoder.decode(Array("a\r\nb\rc\nd\r\r\ne".utf8)).text == "a\nb\nc\nd\n\ne")
  }

  @Test func neverTrapsOnRandomBytes() {
    var random = FixedRandom(seed: 7)
    for length in 0..<600 {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      _ = try? TextDecoder.decode(bytes)
    }
  }

  @Test func hashesAsPublished() {
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    let millionA = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    #expect(ContentHash(of: []).description == empty)
    #expect(ContentHash(of: Array("abc".utf8)).description == abc)
    #expect(ContentHash(of: Array(repeating: 0x61, count: 1_000_000)).description == millionA)
  }
}
