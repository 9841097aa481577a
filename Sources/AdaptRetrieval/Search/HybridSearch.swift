// Search over both indexes: words and meaning, weighed by how well the embedder reads this collection.

/// A passage as a search returns it.
package struct FoundPassage: Sendable, Equatable {
  package var chunk: Int64
  package var document: Int64
  package var path: String
  package var title: String
  package var headings: [String]
  package var text: String
  package var lines: ClosedRange<Int>?
  package var page: Int?

  package init(
    chunk: Int64, document: Int64, path: String, title: String, headings: [String], text: String,
    lines: ClosedRange<Int>? = nil, page: Int? = nil
  ) {
    self.chunk = chunk
    self.document = document
    self.path = path
    self.title = title
    self.headings = headings
    self.text = text
    self.lines = lines
    self.page = page
  }
}

/// Searches a collection by words, by meaning, or by both.
///
/// Without an embedder, or with one other than the vectors come from, it searches by words and says so.
package struct HybridSearch: Sendable {
  /// What one search gave.
  package struct Outcome: Sendable {
    package var results: [SearchResult]
    package var explanation: SearchExplanation
  }

  /// A chunk with its final score, before its text is looked up.
  package struct RankedChunk: Sendable, Equatable {
    package var id: Int64
    package var score: Double
    package var stages: SearchResult.Stages
  }

  /// Passages that each retriever hands to fusion, at the least.
  package static let leastCandidates = 1000
  /// More different terms than these are not searched for.
  package static let mostTerms = 256

  let keywords: any KeywordIndex
  let vectors: (any VectorStore)?
  let embedder: (any TextEmbedder)?
  let calibration: RetrievalCalibration?
  let analyzer: TextAnalyzer
  let passages: @Sendable ([Int64]) throws -> [FoundPassage]

  /// A search; `calibration` is what was measured when the collection was indexed, nil if nothing was.
  ///
  /// `passages` gives the passages of chunk ids in any order; ids that are gone are left out.
  package init(
    keywords: any KeywordIndex, vectors: (any VectorStore)? = nil,
    embedder: (any TextEmbedder)? = nil, calibration: RetrievalCalibration? = nil,
    analyzer: TextAnalyzer = TextAnalyzer(),
    passages: @escaping @Sendable ([Int64]) throws -> [FoundPassage]
  ) {
    self.keywords = keywords
    self.vectors = vectors
    self.embedder = embedder
    self.calibration = calibration
    self.analyzer = analyzer
    self.passages = passages
  }

  /// The `k` best passages for `query`; equal scores in ascending chunk id.
  package func search(
    _ query: String, mode: SearchMode = .hybrid, k: Int = 10,
    filter: SearchFilter = SearchFilter(), exact: Bool = false
  ) throws -> Outcome {
    let (ranked, explanation) = try rank(query, mode: mode, k: k, filter: filter, exact: exact)
    let found = try passages(ranked.map(\.id))
    let byChunk = Dictionary(found.map { ($0.chunk, $0) }) { first, _ in first }
    let results = ranked.compactMap { ranked in byChunk[ranked.id].map { $0.result(ranked) } }
    return Outcome(results: results, explanation: explanation)
  }

  /// As `search`, without looking the passages up: what evaluation needs.
  package func rank(
    _ query: String, mode: SearchMode = .hybrid, k: Int,
    filter: SearchFilter = SearchFilter(), exact: Bool = false
  ) throws -> ([RankedChunk], SearchExplanation) {
    var plan = plan(query, mode)
    guard k > 0 else { return ([], plan.explanation) }
    let depth = max(Self.leastCandidates, k < 1 << 30 ? 2 * k : k)
    var lexical: [Hit] = []
    if plan.explanation.mode != .dense {
      let terms = plan.explanation.terms
      let (frequencies, total) = try keywords.documentFrequencies(terms, filter: filter)
      plan.explanation.missingTerms = terms.filter { (frequencies[$0] ?? 0) == 0 }
      plan.ideal = FusionWeights.idealBM25(terms, frequencies: frequencies, total: total)
      lexical = try keywords.search(terms, k: depth, filter: filter)
    }
    var dense: [Hit] = []
    if plan.explanation.mode != .lexical, let vectors, let embedder, !plan.text.isEmpty {
      let vector = try embedder.embed([plan.text]).first ?? []
      dense = try vectors.search(vector, k: depth, filter: filter, exact: exact)
    }
    let weights = plan.explanation.mode == .hybrid ? weights(plan) : nil
    plan.explanation.weights = weights
    if weights?.dense == 0 { dense = [] }
    let ranked = Fusion(lexical: lexical, dense: dense, weights: weights).ranked
    return (Array(ranked.prefix(k)), plan.explanation)
  }

  private func weights(_ plan: Plan) -> FusionWeights {
    let scale = calibration ?? .assumed(for: embedder?.identity ?? "")
    return FusionWeights(
      agreement: scale.agreement, readable: plan.readable, idealBM25: plan.ideal,
      cosineMean: scale.cosineMean, cosineSpread: scale.cosineSpread)
  }
}

// MARK: - Planning

extension HybridSearch {
  /// What is to be searched, and what has to be said about it.
  private struct Plan {
    var explanation: SearchExplanation
    /// The part of the question that the embedder reads.
    var text = ""
    var readable = 0.0
    var ideal = 0.0
  }

  private func plan(_ query: String, _ mode: SearchMode) -> Plan {
    var terms = analyzer.queryTerms(query)
    var notes: [SearchExplanation.Note] = terms.isEmpty ? [.noTerms] : []
    if mode != .dense, terms.count > Self.mostTerms {
      notes.append(.cut(what: "terms", length: terms.count, limit: Self.mostTerms))
      terms = Array(terms.prefix(Self.mostTerms))
    }
    var plan = Plan(explanation: SearchExplanation(mode: mode, terms: terms, notes: notes))
    guard mode != .lexical, !terms.isEmpty else { return plan }
    guard let embedder, vectors != nil else {
      plan.explanation.mode = .lexical
      plan.explanation.notes.append(.noEmbedder)
      return plan
    }
    if let calibration, calibration.embedder != embedder.identity {
      plan.explanation.mode = .lexical
      plan.explanation.notes.append(
        .otherEmbedder(indexed: calibration.embedder, loaded: embedder.identity))
      return plan
    }
    if calibration == nil, mode == .hybrid { plan.explanation.notes.append(.notCalibrated) }
    read(query, with: embedder, into: &plan)
    return plan
  }

  /// Cuts the question where the embedder stops reading and tells how much of it it can read.
  private func read(_ query: String, with embedder: any TextEmbedder, into plan: inout Plan) {
    let tokens = embedder.tokens(of: query)
    let room = max(1, embedder.maximumTokens - 2)
    plan.text = query
    if tokens.count > room {
      plan.explanation.notes.append(.cut(what: "tokens", length: tokens.count, limit: room))
      let end = tokens[room - 1].bytes.upperBound
      plan.text = String(decoding: query.utf8.prefix(end), as: UTF8.self)
    }
    plan.readable = FusionWeights.readableShare(of: query, Array(tokens.prefix(room)))
  }
}

extension FoundPassage {
  fileprivate func result(_ ranked: HybridSearch.RankedChunk) -> SearchResult {
    SearchResult(
      chunk: chunk, document: document, path: path, title: title,
      heading: Chunk.headingPath(headings), text: text, lines: lines, page: page,
      score: ranked.score, stages: ranked.stages)
  }
}
