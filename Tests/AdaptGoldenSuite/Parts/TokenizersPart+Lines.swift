// The lines of the tokenizers' references and how ours are compared with them.
import AdaptSystem
import AdaptTokenizers
import Foundation

/// Lines of JSON.
enum TokenizerLines {
  /// By JSONDecoder: JSONSerialization drops a byte order mark at the start of a string.
  static func read<Item: Decodable>(_ folder: GoldenFolder, _ path: String) throws -> [Item] {
    let url = folder.url(path)
    let data: Data
    do { data = try Data(contentsOf: url) } catch { throw FileFault.missing(path: url.path) }
    let items = try data.split(separator: 0x0A).map {
      do {
        return try JSONDecoder().decode(Item.self, from: Data($0))
      } catch {
        throw GoldenFault.damaged(
          path: url.path, what: "a line that cannot be read", wanted: "JSON", got: "\(error)")
      }
    }
    guard !items.isEmpty else {
      throw GoldenFault.damaged(path: url.path, what: "no lines", wanted: "some", got: "none")
    }
    return items
  }

  static func pairs(_ ranges: [Range<Int>]) -> [[Int]] {
    ranges.map { [$0.lowerBound, $0.upperBound] }
  }
}

/// Texts with their expected encodings.
struct EncodingLines {
  private struct Text: Decodable {
    let text: String
  }

  private struct Line: Decodable {
    let ids: [Int32]
    /// Ranges of Unicode scalars in the text.
    let offsets: [[Int]]
    /// Absent where it is the text.
    let decoded: String?
    // swift-format-ignore: AlwaysUseLowerCamelCase
    let decoded_with_special: String?
  }

  private let texts: [Text]
  private let lines: [Line]

  init(_ folder: GoldenFolder, _ path: String) throws {
    texts = try TokenizerLines.read(folder, "tokenizers/strings.jsonl")
    lines = try TokenizerLines.read(folder, path)
    guard texts.count == lines.count else {
      throw GoldenFault.damaged(
        path: path, what: "a line for each of strings.jsonl", wanted: "\(texts.count)",
        got: "\(lines.count)")
    }
  }

  func compare(_ tokenizer: Tokenizer, _ log: inout CaseLog) {
    let pairs = zip(texts.map(\.text), lines).enumerated()
    log.expectEqual("numbers") { equality in
      for (i, (text, line)) in pairs {
        equality.expect(tokenizer.ids(text), elements: line.ids, of: "text \(i)")
      }
    }
    log.expectEqual("offsets") { equality in
      for (i, (text, line)) in pairs {
        let encoding = tokenizer.encode(text)
        equality.expect(encoding.ids, elements: line.ids, of: "text \(i)")
        let offsets = TokenizerLines.pairs(encoding.scalarOffsets(in: text))
        equality.expect(offsets, elements: line.offsets, of: "text \(i)")
      }
    }
    log.expectEqual("decoded texts") { equality in
      for (i, (text, line)) in pairs {
        DecodedText(skipped: line.decoded ?? text, whole: line.decoded_with_special ?? text)
          .compare(tokenizer, line.ids, &equality, "text \(i)")
      }
    }
  }
}

/// What numbers decode to, with and without special tokens.
struct DecodedText {
  let skipped: String
  let whole: String

  func compare(
    _ tokenizer: Tokenizer, _ ids: [Int32], _ equality: inout Equality, _ place: String
  ) {
    for (skips, wanted) in [(true, skipped), (false, whole)] {
      let text = tokenizer.decode(ids, skippingSpecialTokens: skips)
      equality.expect(Array(text.utf8), elements: Array(wanted.utf8), of: place)
      var stream = tokenizer.streamingDecoder(skippingSpecialTokens: skips)
      let parts = ids.map { stream.append($0) } + [stream.finish()]
      equality.expect(Array(parts.joined().utf8), elements: Array(wanted.utf8), of: place)
    }
  }
}

/// Numbers at random with their texts.
struct DecodingLines {
  private struct Line: Decodable {
    let ids: [Int32]
    let decoded: String
    // swift-format-ignore: AlwaysUseLowerCamelCase
    let decoded_with_special: String
  }

  private let lines: [Line]

  init(_ folder: GoldenFolder, _ path: String) throws {
    lines = try TokenizerLines.read(folder, path)
  }

  func compare(_ tokenizer: Tokenizer, _ log: inout CaseLog) {
    log.expectEqual("numbers at random decoded") { equality in
      for (i, line) in lines.enumerated() {
        DecodedText(skipped: line.decoded, whole: line.decoded_with_special)
          .compare(tokenizer, line.ids, &equality, "line \(i)")
      }
    }
  }
}

/// Questions with passages in windows.
struct PairLines {
  private struct Window: Decodable {
    let ids: [Int32]
    // swift-format-ignore: AlwaysUseLowerCamelCase
    let type_ids: [Int32]
    // swift-format-ignore: AlwaysUseLowerCamelCase
    let attention_mask: [Int]
    let offsets: [[Int]]
    // swift-format-ignore: AlwaysUseLowerCamelCase
    let sequence_ids: [Int8?]
  }

  private struct Line: Decodable {
    let question: String
    let context: String
    // swift-format-ignore: AlwaysUseLowerCamelCase
    let max_length: Int
    let stride: Int
    let windows: [Window]
  }

  private let lines: [Line]

  init(_ folder: GoldenFolder, _ path: String) throws {
    lines = try TokenizerLines.read(folder, path)
  }

  func compare(_ tokenizer: Tokenizer, _ log: inout CaseLog) {
    log.expectEqual("pairs") { equality in
      for (i, line) in lines.enumerated() {
        let truncation = Truncation(
          limit: line.max_length, stride: line.stride, strategy: .onlySecond)
        let ours = try tokenizer.encodePair(line.question, line.context, truncation: truncation)
        equality.expect(ours.count, line.windows.count, at: "windows of pair \(i)")
        for (window, wanted) in zip(ours, line.windows) {
          compare(window, wanted, line, &equality, "pair \(i)")
        }
      }
    }
  }

  private func compare(
    _ ours: Encoding, _ wanted: Window, _ line: Line, _ equality: inout Equality, _ place: String
  ) {
    // The reference pads its last window.
    let count = wanted.attention_mask.reduce(0, +)
    equality.expect(ours.ids, elements: Array(wanted.ids.prefix(count)), of: place)
    equality.expect(ours.typeIds, elements: Array(wanted.type_ids.prefix(count)), of: place)
    equality.expect(
      ours.sequenceIds, elements: wanted.sequence_ids.prefix(count).map { $0 ?? -1 }, of: place)
    let (first, second) = (
      ours.scalarOffsets(in: line.question), ours.scalarOffsets(in: line.context, sequence: 1)
    )
    let offsets = zip(ours.sequenceIds, zip(first, second)).map { $0 == 1 ? $1.1 : $1.0 }
    equality.expect(
      TokenizerLines.pairs(offsets), elements: Array(wanted.offsets.prefix(count)), of: place)
  }
}
