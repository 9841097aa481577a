// The tokenizer against what the reference library produced, numbers and offsets.
import AdaptTokenizers
import Foundation
import Testing

struct WordPieceGoldenTests {
  @Test(arguments: ["wordpiece", "wordpiece_cased"])
  func matchesTheReference(name: String) throws {
    let folder = GoldenFixtures.folder.appendingPathComponent(name)
    let tokenizer = try WordPieceTokenizer(folder: folder)
    let cases = try GoldenFixtures.lines(
      folder.appendingPathComponent("encode.jsonl"), of: GoldenEncoding.self)
    #expect(cases.count > 150)
    for golden in cases { compare(tokenizer, golden) }
  }

  @Test func vocabularyTextGivesTheSame() throws {
    let folder = GoldenFixtures.folder.appendingPathComponent("wordpiece")
    let tokenizer = try WordPieceTokenizer(
      vocabularyText: folder.appendingPathComponent("vocab.txt"))
    let cases = try GoldenFixtures.lines(
      folder.appendingPathComponent("encode.jsonl"), of: GoldenEncoding.self)
    for golden in cases { compare(tokenizer, golden) }
  }

  @Test(
    .enabled(if: GoldenFixtures.full != nil, "set GOLDEN to the folder of the full reference set"),
    arguments: ["wordpiece", "wordpiece_cased"])
  func matchesTheFullReference(name: String) throws {
    let root = try #require(GoldenFixtures.full).appendingPathComponent("tokenizers")
    let folder = root.appendingPathComponent(name)
    let tokenizer = try WordPieceTokenizer(folder: folder)
    try compareAll(tokenizer, root, folder.appendingPathComponent("encode.jsonl"))
  }

  @Test(
    .enabled(if: GoldenFixtures.full != nil, "set GOLDEN to the folder of the full reference set"))
  func matchesTheReferenceWithTheRealVocabulary() throws {
    let golden = try #require(GoldenFixtures.full)
    let data = golden.appendingPathComponent("../data/hf-tokenizer-tests").standardizedFileURL
    let tokenizer = try WordPieceTokenizer(
      vocabularyText: data.appendingPathComponent("bert-vocab.txt"))
    let root = golden.appendingPathComponent("tokenizers")
    try compareAll(tokenizer, root, root.appendingPathComponent("real/bert_uncased.jsonl"))

    let questions = try object(data, "question_tokens.json") as? [[String: Any]] ?? []
    let expected = try object(data, "tokenized_questions.json") as? [[Int]] ?? []
    #expect(questions.count == expected.count && questions.count > 10_000)
    for (question, ids) in zip(questions, expected) {
      let text = try #require(question["original"] as? String)
      #expect(tokenizer.encode(text).map { Int($0.id) } == ids, "\(text)")
    }
  }

  private func object(_ folder: URL, _ name: String) throws -> Any {
    try JSONSerialization.jsonObject(
      with: Data(contentsOf: folder.appendingPathComponent(name)))
  }

  private func compareAll(_ tokenizer: WordPieceTokenizer, _ root: URL, _ file: URL) throws {
    let texts = try GoldenFixtures.lines(
      root.appendingPathComponent("strings.jsonl"), of: GoldenText.self)
    var rows = try GoldenFixtures.lines(file, of: GoldenEncoding.self)
    #expect(rows.count == texts.count && rows.count > 300)
    for (i, text) in texts.enumerated() where i < rows.count {
      rows[i].text = text.text
      compare(tokenizer, rows[i])
    }
  }

  private func compare(_ tokenizer: WordPieceTokenizer, _ golden: GoldenEncoding) {
    let text = golden.text ?? ""
    let tokens = tokenizer.encode(text)
    #expect(tokenizer.framed(tokens) == golden.ids, "\(text.debugDescription)")
    guard tokens.count + 2 == golden.offsets.count else { return }
    let offsets = tokens.map { golden.codePoints($0.bytes) }
    #expect(offsets == Array(golden.offsets[1...].dropLast()), "\(text.debugDescription)")
  }
}
