// Every part of a tokenizer file against the Rust library: small tokenizers with one part changed.
import AdaptTokenizers
import Foundation
import Testing

/// Tokenizers that `make_parts.py` made from those of the other fixtures.
@Suite struct TokenizerPartsTests {
  private struct Case: Decodable {
    let text: String
    let ids: [Int32]
    let offsets: [[Int]]
    let plain: [Int32]
    let types: [Int32]
    let decoded: String
    let whole: String
  }

  private struct Cases: Decodable {
    let cases: [Case]
  }

  private static let lines: [Data] = {
    let url = GoldenFixtures.folder.appendingPathComponent("parts.jsonl")
    return ((try? Data(contentsOf: url)) ?? Data()).split(separator: 0x0A).map { Data($0) }
  }()

  /// The tokenizer that a line describes: a base with some of its parts replaced.
  private static func tokenizer(_ line: Data) throws -> (label: String, Tokenizer) {
    let object = try #require(
      try JSONSerialization.jsonObject(with: line) as? [String: Any])
    let base = try #require(object["base"] as? String)
    let url = GoldenFixtures.folder.appendingPathComponent("\(base)/tokenizer.json")
    var file = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
    let changes = try #require(object["set"] as? [String: Any])
    file.merge(changes) { $1 }
    var model = try #require(file["model"] as? [String: Any])
    model.merge(try #require(object["model"] as? [String: Any])) { $1 }
    file["model"] = model
    let data = Array(try JSONSerialization.data(withJSONObject: file))
    let tokenizer = try data.withUnsafeBufferPointer { try Tokenizer(json: $0, path: base) }
    return (try #require(object["label"] as? String), tokenizer)
  }

  @Test func thereAreManyParts() { #expect(Self.lines.count > 40) }

  @Test(arguments: 0..<lines.count)
  func likeTheLibrary(_ index: Int) throws {
    let (label, tokenizer) = try Self.tokenizer(Self.lines[index])
    for item in try JSONDecoder().decode(Cases.self, from: Self.lines[index]).cases {
      let place = Comment(rawValue: "\(label): \(item.text.debugDescription)")
      let encoding = tokenizer.encode(item.text)
      #expect(encoding.ids == item.ids, place)
      #expect(encoding.typeIds == item.types, place)
      #expect(tokenizer.ids(item.text) == item.ids, place)
      #expect(tokenizer.ids(item.text, addingSpecialTokens: false) == item.plain, place)
      let offsets = encoding.scalarOffsets(in: item.text).map { [$0.lowerBound, $0.upperBound] }
      #expect(offsets == item.offsets, place)
      for (skips, wanted) in [(true, item.decoded), (false, item.whole)] {
        let text = tokenizer.decode(item.ids, skippingSpecialTokens: skips)
        #expect(Array(text.utf8) == Array(wanted.utf8), place)
      }
    }
  }
}
