// Results of indexing, searching and asking as blocks, for the walk and for the commands alike.
package import AdaptGuidance
package import AdaptRetrieval
import AdaptSystem
import Foundation

/// Words for what was found in documents.
package struct DocumentBlocks: Sendable {
  package let phrases: Phrases

  package init(phrases: Phrases) {
    self.phrases = phrases
  }

  /// What an indexing run did; files left out are grouped by reason.
  package func blocks(_ summary: IndexOutcome) -> [WalkBlock] {
    let counts = [
      "new": "\(summary.new)", "updated": "\(summary.updated)",
      "unchanged": "\(summary.unchanged)", "removed": "\(summary.removed)",
      "skipped": "\(summary.skipped.count)", "documents": "\(summary.documents)",
      "chunks": "\(summary.chunks)",
    ]
    var blocks: [WalkBlock] = [.success(phrases("index.summary", counts))]
    if summary.embedder == nil { blocks.append(.warning(phrases("index.lexical"))) }
    // Files that git ignores are many and no surprise: they are counted, not explained one by one.
    let groups = Dictionary(grouping: summary.skipped) { file in
      file.reason == "ignored"
        ? file.reason
        : [file.reason, file.detail].compactMap { $0 }
          .joined(separator: ": ")
    }
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
    // Three digits wherever the point is: BM25 in a small collection is far below 1.
    let rounded = { (value: Double) in String(format: "%.3g", value) }
    var parts = ["score \(rounded(passage.score))"]
    let stages = passage.stages
    for (name, score, rank) in [
      ("bm25", stages.bm25, stages.bm25Rank), ("cosine", stages.cosine, stages.cosineRank),
    ] {
      guard let score, let rank else { continue }
      parts.append("\(name) \(rounded(score)) (#\(rank))")
    }
    return parts.joined(separator: " · ")
  }

  /// What a search has to say about itself: the notes always, the weights with `explain`.
  package func blocks(_ explanation: SearchExplanation, explain: Bool) -> [WalkBlock] {
    var blocks = explanation.notes.map { WalkBlock.note(note($0)) }
    guard explain else { return blocks }
    blocks.append(.note(phrases("search.terms", ["terms": list(explanation.terms)])))
    if !explanation.missingTerms.isEmpty {
      blocks.append(.note(phrases("search.missing", ["terms": list(explanation.missingTerms)])))
    }
    if let weights = explanation.weights {
      let percent = { (share: Double) in "\(Int((share * 100).rounded()))" }
      blocks.append(
        .note(
          phrases(
            "search.weights",
            [
              "dense": percent(weights.dense), "lexical": percent(1 - weights.dense),
              "agreement": percent(weights.agreement), "readable": percent(weights.readable),
            ])))
    }
    return blocks
  }

  private func list(_ terms: [String]) -> String {
    Painter.sanitised(terms.joined(separator: phrases("list.comma")))
  }

  private func note(_ note: SearchExplanation.Note) -> String {
    switch note {
    case .noEmbedder: phrases("search.note.no_embedder")
    case .otherEmbedder: phrases("search.note.other_embedder")
    case .cut(let what, let length, let limit):
      phrases(
        what == "tokens" ? "search.note.cut_tokens" : "search.note.cut_terms",
        ["length": "\(length)", "limit": "\(limit)"])
    case .noTerms: phrases("search.note.no_terms")
    case .notCalibrated: phrases("search.note.not_calibrated")
    }
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
        let marks =
          statement.citations.isEmpty ? "[?]" : statement.citations.map { "[\($0)]" }.joined()
        blocks.append(.text(Painter.sanitised(statement.text) + " " + marks))
      }
    }
    if !answer.citations.isEmpty || answer.leftOut > 0 { blocks.append(.blank) }
    for citation in answer.citations {
      blocks.append(.note("[\(citation.n)] \(place(citation))"))
    }
    if answer.leftOut > 0 {
      blocks.append(.note(phrases("ask.left_out", ["count": "\(answer.leftOut)"])))
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
        first == last
          ? phrases("place.line", ["lines": "\(first)"])
          : phrases("place.lines", ["lines": "\(first)–\(last)"]))
    }
    return parts.joined(separator: " · ")
  }

  /// The beginning of a passage on one line.
  private func snippet(_ text: String) -> String {
    let flat = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return Painter.sanitised(DisplayWidth.truncate(flat, to: 320))
  }
}
