// Finds the fixtures beside the tests, and the full goldens where `GOLDEN` names their folder.
import Foundation

enum GoldenFixtures {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Fixtures")

  /// The folder of `GOLDEN`, when set: the full reference set with its data beside it.
  static let full: URL? = ProcessInfo.processInfo.environment["GOLDEN"].map {
    URL(fileURLWithPath: $0)
  }

  /// The values of a JSON Lines file.
  ///
  /// By JSONDecoder: JSONSerialization drops a byte order mark at the start of a string.
  static func lines<Line: Decodable>(_ url: URL, of type: Line.Type) throws -> [Line] {
    try Data(contentsOf: url).split(separator: 0x0A).map {
      try JSONDecoder().decode(type, from: Data($0))
    }
  }
}

/// One expected encoding; the text stands in another file where it is absent.
struct GoldenEncoding: Decodable {
  var text: String?
  let ids: [Int32]
  /// Code point ranges of the text.
  let offsets: [[Int]]

  /// A byte range of the text as a code point range.
  func codePoints(_ bytes: Range<Int>) -> [Int] {
    let utf8 = Array((text ?? "").utf8)
    func count(_ end: Int) -> Int { utf8[..<end].count { $0 & 0xC0 != 0x80 } }
    return [count(bytes.lowerBound), count(bytes.upperBound)]
  }
}

/// One text of the reference set.
struct GoldenText: Decodable {
  let text: String
}
