import AdaptTokenizers
// Normal forms and their alignment, equal to those of the `tokenizers` library (recorded).
import Foundation
import Testing

struct NormalFormTests {
  private static let file = GoldenFixtures.folder.appendingPathComponent("patterns/forms.jsonl")

  /// The source ranges of the scalars of a text.
  private static func sources(_ text: AlignedText) -> [[Int]] {
    var next = 0
    return String(decoding: text.bytes, as: UTF8.self).unicodeScalars.map { scalar in
      let source = text.source(of: next..<next + scalar.utf8.count)
      next += scalar.utf8.count
      return [source.lowerBound, source.upperBound]
    }
  }

  private static func made(_ name: String, _ text: AlignedText) -> AlignedText {
    switch name {
    case "nfc": text.normalised(.nfc)
    case "nfd": text.normalised(.nfd)
    case "nfkc": text.normalised(.nfkc)
    case "nfkd": text.normalised(.nfkd)
    default: text.lowercased()
    }
  }

  @Test func formsAndSourcesEqualTheRecordedOnes() throws {
    for line in try Data(contentsOf: Self.file).split(separator: 0x0A) {
      let row = try #require(JSONSerialization.jsonObject(with: line) as? [String: Any])
      let text = AlignedText(try #require(row["text"] as? String))
      for name in ["nfc", "nfd", "nfkc", "nfkd", "lower"] {
        let result = Self.made(name, text)
        let shown = Comment(rawValue: "\(name) of \(text.bytes)")
        #expect(result.bytes == Array(try #require(row[name] as? String).utf8), shown)
        #expect(Self.sources(result) == row[name + "_sources"] as? [[Int]], shown)
      }
    }
  }

  @Test func normalTextStaysAsItIs() {
    let text = AlignedText("Plain — “text”, é and 中文。\r\n")
    #expect(text.normalised(.nfc).sources == nil)
    #expect(AlignedText("ascii").normalised(.nfkd).sources == nil)
    #expect(AlignedText("").normalised(.nfc).bytes.isEmpty)
  }

  @Test func stableScalarsAreStable() {
    for form in NormalForm.allCases {
      var wrong: [UInt32] = []
      for value in UInt32(0xA0)..<0x2FFFF where form.isSurelyStable(value) {
        guard let scalar = Unicode.Scalar(value), value < 0x4000 || value > 0x9F00 else { continue }
        // A mark of the highest class in front would move behind a mark of a lower one.
        let changes = form.changes(of: [0x61, 0x345, value])
        let isStable = changes.map(\.scalar) == [0x61, 0x345, value]
        if !isStable || scalar.properties.canonicalCombiningClass != .notReordered {
          wrong.append(value)
        }
      }
      #expect(wrong.isEmpty, "\(form)")
    }
  }

  @Test func rewritingTwiceKeepsTheFirstSource() {
    let text = AlignedText("ﬁE\u{301}x").normalised(.nfkc).lowercased()
    #expect(String(decoding: text.bytes, as: UTF8.self) == "fiéx")
    #expect(Self.sources(text) == [[0, 3], [0, 3], [3, 4], [6, 7]])
    #expect(text.source(of: 0..<0) == 0..<0)
  }
}
