// The texts that embedding is measured with.
import AdaptSystem
import AdaptTensors
import CBench
import Foundation

/// Texts that are measured together.
struct TextGroup: Equatable {
  let name: String
  var texts: [String]

  /// Longest file read.
  private static let limit = 1 << 30

  /// A JSON array of texts, an object whose arrays of texts are groups, or one text a line.
  ///
  /// Empty lines are no texts; members of an object that are no arrays of texts are left out.
  /// - Throws: `FileFault`; `BenchFault.notJSON`, `.noTexts`.
  static func read(_ path: String) throws -> [TextGroup] {
    let file = try MappedFile(URL(fileURLWithPath: path), limit: limit)
    guard let text = String(validating: file.bytes, as: UTF8.self) else {
      throw FileFault.unreadable(path: path, reason: "it is not UTF-8")
    }
    let groups: [TextGroup]
    if let first = text.first(where: { !$0.isWhitespace }), first == "[" || first == "{" {
      groups = try json(Data(file.bytes), path: path)
    } else {
      let lines = text.split(whereSeparator: \.isNewline).map(String.init)
      groups = [TextGroup(name: "texts", texts: lines)]
    }
    guard !groups.isEmpty, groups.allSatisfy({ !$0.texts.isEmpty }) else {
      throw BenchFault.noTexts(path: path)
    }
    return groups
  }

  private static func json(_ data: Data, path: String) throws -> [TextGroup] {
    switch try? JSONSerialization.jsonObject(with: data) {
    case let texts as [String]: return [TextGroup(name: "texts", texts: texts)]
    case let object as [String: Any]:
      return object.sorted { $0.key < $1.key }.compactMap { key, value in
        (value as? [String]).map { TextGroup(name: key, texts: $0) }
      }
    default: throw BenchFault.notJSON(path: path, wanted: "an array of texts")
    }
  }

  /// Words that are one token each in the usual English vocabularies.
  private static let words = [
    "the", "model", "answers", "with", "a", "short", "text", "from", "documents", "that", "people",
    "write", "about", "their", "work", "and", "every", "word", "is", "one", "number", "in", "small",
    "table", "of", "common", "language", "which", "training", "never", "sees", "again",
  ]

  /// Random words: sentences of 20 to 30 tokens and chunks of 224 to 256, special tokens included.
  static func synthetic(seed: UInt64, isTiny: Bool) -> [TextGroup] {
    [
      made("sentences", count: isTiny ? 3 : 1_000, words: 18...28, seed: seed),
      made("chunks", count: isTiny ? 2 : 100, words: isTiny ? 30...33 : 222...254, seed: seed),
    ]
  }

  private static func made(
    _ name: String, count: Int, words range: ClosedRange<Int>, seed: UInt64
  ) -> TextGroup {
    let longest = range.upperBound
    var noise = [Float](repeating: 0, count: count * (longest + 1))
    bench_noise(seed, UInt64(longest), 0, noise.count, 4_096, &noise)
    let numbers = noise.map { Int(abs($0)) }
    return TextGroup(
      name: name,
      texts: (0..<count).map { text in
        let own = numbers[text * (longest + 1)..<(text + 1) * (longest + 1)]
        let length = range.lowerBound + (own.first ?? 0) % range.count
        return own.dropFirst().prefix(length).map { words[$0 % words.count] }
          .joined(separator: " ") + "."
      })
  }
}
