// Cuts documents into the passages that are embedded, found and cited.

/// Packs the blocks of a document into chunks, keeping blocks, sentences and headings whole.
///
/// Blocks under one heading and on one page are packed up to the target. A block beyond the limit is cut
/// between sentences (code between lines) with an overlap. The same document gives the same chunks.
package struct Chunker: Sendable {
  package let settings: ChunkingSettings
  private let tokens: @Sendable (String) -> [Range<Int>]

  /// Counts with `tokens`, which gives the tokens of a text as ranges of its UTF-8 bytes in order.
  package init(
    settings: ChunkingSettings, tokens: @escaping @Sendable (String) -> [Range<Int>]
  ) {
    self.settings = settings
    self.tokens = tokens
  }

  /// Counts as `embedder` does; without one, words and single CJK characters.
  package init(embedder: (any TextEmbedder)? = nil) {
    if let embedder {
      self.init(settings: ChunkingSettings(maximumTokens: embedder.maximumTokens)) { text in
        embedder.tokens(of: text).map(\.bytes)
      }
    } else {
      self.init(settings: ChunkingSettings()) { WordTokens.ranges(in: $0) }
    }
  }

  /// The chunks of `document` in reading order.
  ///
  /// `Chunk.textInContext(title:)` of each stays within the limit, unless title and headings alone take
  /// more than a third of it; then the passage still stays within the other two thirds.
  ///
  /// - Throws: only `CancellationError`.
  package func chunks(of document: ExtractedDocument) throws -> [Chunk] {
    var chunks: [Chunk] = []
    for section in Section.all(in: document) {
      try Task.checkCancellation()
      let splitter = splitter(title: document.title, headings: section.headings)
      var packer = Packer(target: splitter.target, maximum: splitter.maximum)
      for block in section.blocks {
        for passage in splitter.passages(of: block) { packer.add(passage) }
      }
      for group in packer.finished() {
        append(group, under: section.headings, maximum: splitter.maximum, to: &chunks)
      }
    }
    return chunks
  }

  private func splitter(title: String, headings: [String]) -> BlockSplitter {
    let context = tokens(Chunk.inContext(title: title, headings: headings, text: "")).count
    let maximum = max(1, settings.limit - min(context, settings.limit / 3))
    let target = min(settings.target, maximum)
    return BlockSplitter(
      tokens: tokens, target: target, maximum: maximum, overlap: min(settings.overlap, maximum / 4))
  }

  private func append(
    _ group: [Passage], under headings: [String], maximum: Int, to chunks: inout [Chunk]
  ) {
    let lines = group.compactMap(\.lines)
    let range = lines.first.map { first in
      lines.dropFirst().reduce(first) {
        min($0.lowerBound, $1.lowerBound)...max($0.upperBound, $1.upperBound)
      }
    }
    for (text, count) in fitting(Packer.text(of: group), maximum) {
      chunks.append(
        Chunk(
          ordinal: chunks.count, text: text, headings: headings, lines: range,
          page: group.first?.page, tokens: count))
    }
  }

  /// The text with its count, or its halves where a tokenizer counts more for the whole than for parts.
  private func fitting(_ text: String, _ maximum: Int) -> [(text: String, tokens: Int)] {
    let count = tokens(text).count
    guard count > maximum, text.count > 1 else { return [(text, count)] }
    let middle = text.index(text.startIndex, offsetBy: text.count / 2)
    return [text[..<middle], text[middle...]].map { $0.trimmed }.filter { !$0.isEmpty }
      .flatMap { fitting(String($0), maximum) }
  }
}

/// Packs passages into groups that become chunks.
private struct Packer {
  let target: Int
  let maximum: Int
  private var groups: [[Passage]] = []
  private var current: [Passage] = []
  private var total = 0

  init(target: Int, maximum: Int) {
    self.target = target
    self.maximum = maximum
  }

  mutating func add(_ passage: Passage) {
    let sum = total + passage.tokens
    let fits = sum <= target || (total < target / 4 && sum <= maximum)
    let samePlace = current.last?.page == passage.page
    let whole = !passage.isPiece && current.last?.isPiece != true
    if !current.isEmpty, !(fits && samePlace && whole) { close() }
    current.append(passage)
    total += passage.tokens
  }

  mutating func finished() -> [[Passage]] {
    close()
    mergeSmallEnd()
    return groups
  }

  /// A last group of a few words goes to the one before it when both fit.
  private mutating func mergeSmallEnd() {
    guard groups.count > 1, let last = groups.last, let before = groups.dropLast().last,
      before.last?.page == last.first?.page
    else { return }
    let (small, large) = (last.reduce(0) { $0 + $1.tokens }, before.reduce(0) { $0 + $1.tokens })
    guard small < target / 4, small + large <= maximum,
      !(last + before).contains(where: \.isPiece)
    else { return }
    groups.removeLast(2)
    groups.append(before + last)
  }

  private mutating func close() {
    if !current.isEmpty { groups.append(current) }
    current = []
    total = 0
  }

  /// The passages as one text: rows and items on lines of their own, paragraphs apart.
  static func text(of group: [Passage]) -> String {
    var text = ""
    for (i, passage) in group.enumerated() {
      if i > 0 {
        let joins: [ExtractedDocument.Block.Kind] = [.listItem, .tableRow, .record]
        let isList = passage.kind == group[i - 1].kind && joins.contains(passage.kind)
        text += isList ? "\n" : "\n\n"
      }
      text += passage.text
    }
    return text
  }
}
