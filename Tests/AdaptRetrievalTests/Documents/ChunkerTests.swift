import AdaptRetrieval
import Testing

struct ChunkerTests {
  private typealias Block = ExtractedDocument.Block

  private func words(_ count: Int, _ word: String = "word") -> String {
    (0..<count).map { "\(word)\($0)" }.joined(separator: " ")
  }

  private func chunk(_ blocks: [Block], title: String = "T") throws -> [Chunk] {
    try Chunker().chunks(of: ExtractedDocument(title: title, blocks: blocks))
  }

  @Test func packsSmallNeighboursUnderOneHeadingOnly() throws {
    let chunks = try chunk([
      Block(.heading(level: 1), "T", lines: 1...1), Block(.paragraph, "Intro.", lines: 2...2),
      Block(.heading(level: 2), "A", lines: 3...3), Block(.paragraph, "One.", lines: 4...4),
      Block(.listItem, "- two", lines: 5...5), Block(.listItem, "- three", lines: 6...6),
      Block(.heading(level: 3), "Deep", lines: 7...7), Block(.paragraph, "Four.", lines: 8...8),
      Block(.heading(level: 2), "B", lines: 9...9), Block(.paragraph, "Five.", lines: 10...10),
    ])
    #expect(chunks.map(\.text) == ["Intro.", "One.\n\n- two\n- three", "Four.", "Five."])
    #expect(chunks.map(\.headings) == [[], ["A"], ["A", "Deep"], ["B"]])
    #expect(chunks.map(\.lines) == [2...2, 4...6, 8...8, 10...10])
    #expect(chunks.map(\.ordinal) == [0, 1, 2, 3])
  }

  @Test func keepsHeadingsThatHaveNothingBelow() throws {
    let chunks = try chunk([
      Block(.heading(level: 2), "A", lines: 1...1), Block(.heading(level: 3), "A1", lines: 2...2),
      Block(.heading(level: 2), "B", lines: 3...3),
    ])
    #expect(chunks.map(\.text) == ["A1", "B"])
    #expect(chunks.map(\.headings) == [["A"], []])
    #expect(try chunk([Block(.heading(level: 1), "T", lines: 1...1)]).map(\.text) == ["T"])
  }

  @Test func keepsTitleOutOfTheHeadings() throws {
    let chunks = try chunk(
      [Block(.heading(level: 1), "LoRA"), Block(.paragraph, "Text.")],
      title: "LoRA (Low-Rank Adaptation)")
    #expect(chunks.first?.headings == [])
    #expect(chunks.first?.textInContext(title: "LoRA") == "LoRA\nText.")
  }

  @Test func neverMixesPages() throws {
    let chunks = try chunk([
      Block(.paragraph, "One.", page: 1), Block(.paragraph, "Two.", page: 1),
      Block(.paragraph, "Three.", page: 2),
    ])
    #expect(chunks.map(\.page) == [1, 2])
    #expect(chunks.map(\.text) == ["One.\n\nTwo.", "Three."])
  }

  @Test func cutsLongBlocksBetweenSentencesWithOverlap() throws {
    let sentences = (0..<60).map { "Sentence number \($0) has a few words in it." }
    let text = sentences.joined(separator: "\n")
    let chunks = try chunk([Block(.paragraph, text, lines: 11...70)])
    #expect(chunks.count > 2)
    for (index, chunk) in chunks.enumerated() {
      #expect(chunk.text.hasPrefix("Sentence") && chunk.text.hasSuffix("."))
      let inside = sentences.indices.filter { chunk.text.contains(sentences[$0]) }
      #expect(chunk.lines == (11 + (inside.first ?? 0))...(11 + (inside.last ?? 0)))
      guard index > 0 else { continue }
      let shared = sentences.filter {
        chunk.text.contains($0) && chunks[index - 1].text.contains($0)
      }
      #expect((1...3).contains(shared.count))
    }
  }

  @Test func cutsCodeBetweenLinesAndKeepsIndentation() throws {
    let lines = (0..<120).map { "  let value\($0) = compute(\($0))" }
    let chunks = try chunk([Block(.code, lines.joined(separator: "\n"), lines: 1...120)])
    #expect(chunks.count > 2)
    for chunk in chunks {
      let range = try #require(chunk.lines)
      #expect(
        chunk.text == lines[(range.lowerBound - 1)..<range.upperBound].joined(separator: "\n"))
    }
  }

  @Test func cutsASentenceThatIsTooLongAtSpaces() throws {
    let text = words(1000)
    let chunks = try chunk([Block(.paragraph, text, lines: 1...1)])
    #expect(chunks.allSatisfy { $0.tokens <= 254 })
    let known = Set(text.split(separator: " "))
    #expect(chunks.allSatisfy { Set($0.text.split(separator: " ")).isSubset(of: known) })
  }

  @Test func leavesRoomForTitleAndHeadings() throws {
    let title = words(40, "title")
    let document = ExtractedDocument(
      title: title,
      blocks: [
        Block(.heading(level: 2), words(30, "head")),
        Block(.paragraph, String(repeating: "A short sentence here. ", count: 200)),
      ])
    let counter = Chunker(settings: ChunkingSettings()) { text in byteTokens(text) }
    for chunk in try counter.chunks(of: document) {
      #expect(byteTokens(chunk.textInContext(title: title)).count <= 254)
    }
  }

  @Test func obeysAnEmbedder() throws {
    struct Tiny: TextEmbedder {
      let identity = "tiny"
      let dimensions = 1
      let maximumTokens = 34
      func tokens(of text: String) -> [EmbedderToken] {
        byteTokens(text).map { EmbedderToken(bytes: $0, isUnknown: false) }
      }
      func embed(_ texts: [String]) throws -> [[Float]] { texts.map { _ in [1] } }
    }
    let document = ExtractedDocument(
      title: "T", blocks: [Block(.paragraph, String(repeating: "中文句子很短。", count: 50))])
    let chunks = try Chunker(embedder: Tiny()).chunks(of: document)
    #expect(chunks.count > 5)
    #expect(chunks.allSatisfy { byteTokens($0.textInContext(title: "T")).count <= 32 })
    #expect(chunks.allSatisfy { $0.text.hasSuffix("。") })
  }

  @Test func givesTheSameChunksTwice() throws {
    var random = FixedRandom(seed: 5)
    let document = randomDocument(&random)
    #expect(try Chunker().chunks(of: document) == Chunker().chunks(of: document))
  }

  @Test func staysFastOnOneHugeLine() throws {
    let text = String(repeating: "abc,", count: 100_000)
    let chunks = try chunk([Block(.code, text, lines: 1...1)])
    #expect(chunks.allSatisfy { $0.tokens <= 254 && $0.lines == 1...1 })
    #expect(chunks.reduce(0) { $0 + $1.text.utf8.count } >= text.utf8.count)
  }

  /// Nothing is lost, nothing is too long, and every chunk stands on the lines it says.
  @Test(arguments: 0..<40)
  func holdsItsPromisesOnAnyDocument(seed: UInt64) throws {
    var random = FixedRandom(seed: seed)
    let document = randomDocument(&random)
    let limit = Int.random(in: 24...254, using: &random)
    let settings = ChunkingSettings(
      target: limit * 3 / 4, limit: limit, overlap: Int.random(in: 0...30, using: &random))
    let chunks = try Chunker(settings: settings) { byteTokens($0) }.chunks(of: document)
    let bodies = document.blocks.filter { if case .heading = $0.kind { false } else { true } }
    expectCovered(bodies.map(\.text), by: chunks.map(\.text))
    for chunk in chunks {
      #expect(chunk.tokens == byteTokens(chunk.text).count)
      #expect(byteTokens(chunk.textInContext(title: document.title)).count <= limit)
      #expect(!chunk.text.isEmpty)
    }
    expectLines(of: chunks, in: document)
  }

  /// Walks through all characters in order; a chunk may repeat what was read already, never skip.
  private func expectCovered(_ blocks: [String], by chunks: [String]) {
    let all = Array(blocks.joined().filter { !$0.isWhitespace })
    var covered = 0
    for chunk in chunks {
      let piece = Array(chunk.filter { !$0.isWhitespace })
      let starts = (max(0, covered - piece.count)...covered).reversed()
      let start = starts.first { all[$0...].starts(with: piece) }
      guard let start else {
        Issue.record("a chunk is out of order or skips text")
        return
      }
      covered = max(covered, start + piece.count)
    }
    #expect(covered == all.count)
  }

  private func expectLines(of chunks: [Chunk], in document: ExtractedDocument) {
    var source: [Int: Substring] = [:]
    for block in document.blocks {
      guard let lines = block.lines else { continue }
      let texts = block.text.split(separator: "\n", omittingEmptySubsequences: false)
      for (line, text) in zip(lines, texts) { source[line] = text }
    }
    for chunk in chunks {
      guard let lines = chunk.lines else { continue }
      let text = lines.compactMap { source[$0] }.joined().filter { !$0.isWhitespace }
      #expect(text.contains(chunk.text.filter { !$0.isWhitespace }))
    }
  }

  private func randomDocument(_ random: inout FixedRandom) -> ExtractedDocument {
    let kinds: [Block.Kind] = [.paragraph, .listItem, .code, .tableRow, .record]
    var blocks: [Block] = []
    var line = 1
    var word = 0
    for _ in 0..<Int.random(in: 1...25, using: &random) {
      if Int.random(in: 0..<5, using: &random) == 0 {
        blocks.append(Block(.heading(level: Int.random(in: 1...3, using: &random)), "Head"))
      }
      let count = Int.random(in: 1...12, using: &random)
      let lines = (0..<count).map { _ in
        word += 1
        return randomLine(word, &random)
      }
      let kind = kinds[Int.random(in: 0..<kinds.count, using: &random)]
      blocks.append(
        Block(kind, lines.joined(separator: "\n"), lines: line...(line + count - 1)))
      line += count + 1
    }
    // A heading without text below would become a chunk of its own.
    blocks.append(Block(.paragraph, "The end \(word).", lines: line...line))
    return ExtractedDocument(title: "Title", blocks: withoutEmptyHeadings(blocks))
  }

  private func withoutEmptyHeadings(_ blocks: [Block]) -> [Block] {
    blocks.enumerated().filter { index, block in
      guard case .heading = block.kind, index + 1 < blocks.count else { return true }
      if case .heading = blocks[index + 1].kind { return false }
      return true
    }.map(\.element)
  }

  private func randomLine(_ number: Int, _ random: inout FixedRandom) -> String {
    let words = ["low", "rank", "adaptation", "中文", "句子", "3.5", "e.g.", "矩阵", "LoRA中", "a_b"]
    let ends = [".", "。", "!", "", ",", "；"]
    let count = Int.random(in: 1...20, using: &random)
    let text = (0..<count).map { _ in words[Int.random(in: 0..<words.count, using: &random)] }
    return "n\(number) " + text.joined(separator: " ")
      + ends[Int.random(in: 0..<ends.count, using: &random)]
  }
}

/// Words by their letters and digits; every other character that is no space alone.
private func byteTokens(_ text: String) -> [Range<Int>] {
  var tokens: [Range<Int>] = []
  var start: Int?
  var offset = 0
  for scalar in text.unicodeScalars {
    let isPart = scalar.isASCII && (scalar.properties.isAlphabetic || "0"..."9" ~= scalar)
    if !isPart, let first = start {
      tokens.append(first..<offset)
      start = nil
    }
    let width = UTF8.width(scalar)
    if isPart, start == nil { start = offset }
    if !isPart, !scalar.properties.isWhitespace { tokens.append(offset..<(offset + width)) }
    offset += width
  }
  if let first = start { tokens.append(first..<offset) }
  return tokens
}
