// Results of indexing, searching and asking as blocks, for the walk and for the commands alike.
package import AdaptGuidance

/// Words for what was found in documents.
package struct DocumentBlocks: Sendable {
  package let phrases: Phrases

  package init(phrases: Phrases) {
    self.phrases = phrases
  }

  /// What an indexing run did; files left out are grouped by reason.
  package func blocks(_ summary: IndexSummary) -> [WalkBlock] {
    let counts = [
      "new": "\(summary.new)", "updated": "\(summary.updated)",
      "unchanged": "\(summary.unchanged)", "removed": "\(summary.removed)",
      "skipped": "\(summary.skipped.count)", "chunks": "\(summary.chunks)",
    ]
    var blocks: [WalkBlock] = [.success(phrases("index.summary", counts))]
    let groups = Dictionary(grouping: summary.skipped, by: \.reason)
    for (reason, files) in groups.sorted(by: { $0.key < $1.key }) {
      let shown = files.prefix(3).map(\.path).joined(separator: phrases("list.comma"))
      let key = files.count > 3 ? "index.skipped_more" : "index.skipped"
      blocks.append(
        .warning(
          phrases(
            key,
            [
              "count": "\(files.count)", "reason": Painter.sanitised(reason),
              "files": Painter.sanitised(shown), "more": "\(files.count - 3)",
            ])))
    }
    return blocks
  }

  /// Passages with where they stand; `explain` adds the score of every stage.
  package func blocks(_ passages: [Passage], explain: Bool = false) -> [WalkBlock] {
    guard !passages.isEmpty else { return [.note(phrases("search.none"))] }
    return passages.enumerated().flatMap { index, passage -> [WalkBlock] in
      (index == 0 ? [] : [.blank]) + [
        .heading("[\(passage.citation.n)] \(place(passage.citation))"),
        .text(snippet(passage.text)),
      ] + (explain ? [.note(scores(of: passage))] : [])
    }
  }

  private func scores(of passage: Passage) -> String {
    let rounded = { (value: Double) in "\((value * 10_000).rounded() / 10_000)" }
    let stages = (passage.stages ?? [:]).sorted { $0.key < $1.key }
    return (["score \(rounded(passage.score))"] + stages.map { "\($0.key) \(rounded($0.value))" })
      .joined(separator: " · ")
  }

  /// An answer: its statements with `[n]`, then the list of places.
  package func blocks(_ answer: CitedAnswer, wasStreamed: Bool) -> [WalkBlock] {
    guard answer.isAnswered else {
      return [.warning(phrases("ask.declined"))]
        + (answer.nearest.isEmpty
          ? [] : [.note(phrases("ask.nearest"))] + blocks(answer.nearest))
    }
    var blocks: [WalkBlock] = []
    if !wasStreamed {
      for statement in answer.statements {
        let marks = statement.citations.map { "[\($0)]" }.joined()
        blocks.append(.text(Painter.sanitised(statement.text) + " " + marks))
      }
    }
    blocks.append(.blank)
    for citation in answer.citations {
      blocks.append(.note("[\(citation.n)] \(place(citation))"))
    }
    return blocks
  }

  /// Path, heading, and lines or page.
  package func place(_ citation: Citation) -> String {
    var parts = [Painter.sanitised(citation.path)]
    if !citation.heading.isEmpty { parts.append(Painter.sanitised(citation.heading)) }
    if let page = citation.page {
      parts.append(phrases("place.page", ["page": "\(page)"]))
    } else if let lines = citation.lines, let first = lines.first, let last = lines.last {
      parts.append(
        phrases("place.lines", ["lines": first == last ? "\(first)" : "\(first)–\(last)"]))
    }
    return parts.joined(separator: " · ")
  }

  /// The beginning of a passage on one line.
  private func snippet(_ text: String) -> String {
    let flat = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return Painter.sanitised(DisplayWidth.truncate(flat, to: 320))
  }
}
