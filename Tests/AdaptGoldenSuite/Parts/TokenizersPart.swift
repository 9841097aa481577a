// tokenizers/: numbers, offsets and texts of trained and of real vocabularies.
import AdaptSystem
import AdaptTokenizers
import Foundation

enum TokenizersPart: GoldenPart {
  static let folder = "tokenizers"

  static func cases(in folder: GoldenFolder) throws -> [any GoldenCase] {
    try folder.folders("tokenizers").flatMap { name throws -> [any GoldenCase] in
      let path = "tokenizers/" + name
      return name == "real" ? try realCases(folder) : [TokenizerCase(folder: folder, name: path)]
    }
  }

  /// The vocabularies that are not in the folder: they lie in `data` beside it.
  private static func realCases(_ folder: GoldenFolder) throws -> [any GoldenCase] {
    let files = try FileManager.default.contentsOfDirectory(
      atPath: folder.url("tokenizers/real").path)
    return try files.sorted().filter { $0.hasSuffix(".jsonl") }.map { file in
      let name = "real/" + file.dropLast(".jsonl".count)
      let source = try folder.json("tokenizers/info.json").object(name).string("made_from")
      return RealVocabularyCase(folder: folder, name: "tokenizers/" + name, source: source)
    }
  }
}

/// One folder with a tokenizer.json.
struct TokenizerCase: GoldenCase {
  let folder: GoldenFolder
  let name: String

  func run(_ log: inout CaseLog) throws {
    let kind = try folder.json(name + "/tokenizer.json").object("model").string("type")
    guard kind == "WordPiece" else {
      throw NotImplemented("tokenizers of kind \(kind)")
    }
    let tokenizer = try WordPieceTokenizer(folder: folder.url(name))
    let cases = try EncodingLines(folder, name + "/encode.jsonl")
    cases.compare(tokenizer, &log)
    log.notImplemented("decoded texts", "no tokenizer decodes yet")
    for (file, reason) in [
      ("pairs", "pairs of texts in windows"), ("chat", "chat templates"),
    ] where folder.has("\(name)/\(file).jsonl") {
      log.notImplemented(file, reason)
    }
  }
}

/// One file made with a vocabulary from outside.
struct RealVocabularyCase: GoldenCase {
  let folder: GoldenFolder
  let name: String
  let source: String

  func run(_ log: inout CaseLog) throws {
    guard source.contains("WordPiece"),
      let path = source.split(whereSeparator: { " ,".contains($0) }).first
    else { throw NotImplemented("tokenizers of this kind (\(source))") }
    let vocabulary = folder.root.deletingLastPathComponent().appendingPathComponent("data/\(path)")
    guard FileManager.default.fileExists(atPath: vocabulary.path) else {
      throw NotImplemented("its vocabulary does not lie at \(vocabulary.path)")
    }
    let tokenizer = try WordPieceTokenizer(vocabularyText: vocabulary)
    try EncodingLines(folder, name + ".jsonl").compare(tokenizer, &log)
  }
}

/// Texts with their expected encodings.
private struct EncodingLines {
  private struct Text: Decodable {
    let text: String
  }

  private struct Line: Decodable {
    let ids: [Int32]
    /// Ranges of Unicode scalars in the text.
    let offsets: [[Int]]
  }

  private let texts: [Text]
  private let lines: [Line]

  init(_ folder: GoldenFolder, _ path: String) throws {
    texts = try Self.read(folder.url("tokenizers/strings.jsonl"))
    lines = try Self.read(folder.url(path))
    guard texts.count == lines.count, !lines.isEmpty else {
      throw GoldenFault.damaged(
        path: path, what: "a line for each of strings.jsonl", wanted: "\(texts.count)",
        got: "\(lines.count)")
    }
  }

  func compare(_ tokenizer: WordPieceTokenizer, _ log: inout CaseLog) {
    log.expectEqual("numbers") { equality in
      for (i, line) in lines.enumerated() {
        let ours = tokenizer.framed(tokenizer.encode(texts[i].text))
        equality.expect(ours, elements: line.ids, of: "text \(i)")
      }
    }
    log.expectEqual("offsets") { equality in
      for (i, line) in lines.enumerated() {
        let scalars = ScalarCounts(texts[i].text)
        let inside = tokenizer.encode(texts[i].text).map { scalars.range($0.bytes) }
        let frame = ([[0, 0]], tokenizer.prefix.count, tokenizer.suffix.count)
        let ours =
          (0..<frame.1).flatMap { _ in frame.0 } + inside
          + (0..<frame.2).flatMap { _ in frame.0 }
        equality.expect(ours, elements: line.offsets, of: "text \(i)")
      }
    }
  }

  /// By JSONDecoder: JSONSerialization drops a byte order mark at the start of a string.
  private static func read<Item: Decodable>(_ url: URL) throws -> [Item] {
    let data: Data
    do { data = try Data(contentsOf: url) } catch { throw FileFault.missing(path: url.path) }
    return try data.split(separator: 0x0A).map {
      do {
        return try JSONDecoder().decode(Item.self, from: Data($0))
      } catch {
        throw GoldenFault.damaged(
          path: url.path, what: "a line that cannot be read", wanted: "JSON", got: "\(error)")
      }
    }
  }
}

/// Byte ranges of a text as ranges of its scalars.
private struct ScalarCounts {
  /// Scalars that start before each byte.
  private let counts: [Int]

  init(_ text: String) {
    var counts = [0]
    for byte in text.utf8 { counts.append((counts.last ?? 0) + (byte & 0xC0 != 0x80 ? 1 : 0)) }
    self.counts = counts
  }

  func range(_ bytes: Range<Int>) -> [Int] { [counts[bytes.lowerBound], counts[bytes.upperBound]] }
}
