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
    let tokenizer = try Tokenizer(folder: folder.url(name))
    try EncodingLines(folder, name + "/encode.jsonl").compare(tokenizer, &log)
    if folder.has(name + "/decode.jsonl") {
      try DecodingLines(folder, name + "/decode.jsonl").compare(tokenizer, &log)
    }
    if folder.has(name + "/pairs.jsonl") {
      try PairLines(folder, name + "/pairs.jsonl").compare(tokenizer, &log)
    }
    if folder.has(name + "/chat.jsonl") {
      log.notImplemented("chat", "chat templates")
    }
  }
}

/// One file made with a vocabulary from outside, which lies in `data` beside the folder or in the shared one.
struct RealVocabularyCase: GoldenCase {
  let folder: GoldenFolder
  let name: String
  let source: String

  func run(_ log: inout CaseLog) throws {
    let words = source.split(separator: ",").first?.split(separator: " ") ?? []
    let files = try words.filter { $0.contains("/") }.map { try vocabulary(String($0)) }
    let tokenizer: Tokenizer
    if source.contains("WordPiece"), files.count == 1 {
      tokenizer = try Tokenizer(vocabularyText: files[0])
    } else if source.contains("byte-level BPE"), files.count == 2 {
      tokenizer = try Tokenizer(vocabulary: files[0], merges: files[1])
    } else {
      throw NotImplemented("tokenizers of this kind (\(source))")
    }
    try EncodingLines(folder, name + ".jsonl").compare(tokenizer, &log)
  }

  private func vocabulary(_ path: String) throws -> URL {
    let url = folder.root.deletingLastPathComponent().appendingPathComponent("data/\(path)")
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw NotImplemented("its vocabulary does not lie at \(url.path)")
    }
    return url
  }
}
