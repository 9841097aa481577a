// What a search returns: passages with their place and the score of every stage.

/// Which retrievers a search uses.
package enum SearchMode: String, Sendable, CaseIterable, Codable {
  case hybrid, dense, lexical
}

/// A passage that was found, with the place to cite and how each stage scored it.
package struct SearchResult: Sendable, Equatable {
  package var chunk: Int64
  package var document: Int64
  package var path: String
  package var title: String
  /// Headings from the outermost to the innermost, joined by " › ".
  package var heading: String
  package var text: String
  package var lines: ClosedRange<Int>?
  package var page: Int?
  /// The final score: higher is better, comparable only within one search.
  package var score: Double
  package var stages: Stages

  /// Scores and ranks (from 1) of the retrievers, nil where one did not return the passage.
  package struct Stages: Sendable, Equatable, Codable {
    package var bm25: Double?
    package var bm25Rank: Int?
    package var cosine: Double?
    package var cosineRank: Int?

    package init(
      bm25: Double? = nil, bm25Rank: Int? = nil, cosine: Double? = nil, cosineRank: Int? = nil
    ) {
      self.bm25 = bm25
      self.bm25Rank = bm25Rank
      self.cosine = cosine
      self.cosineRank = cosineRank
    }
  }

  package init(
    chunk: Int64, document: Int64, path: String, title: String, heading: String, text: String,
    lines: ClosedRange<Int>?, page: Int?, score: Double, stages: Stages
  ) {
    self.chunk = chunk
    self.document = document
    self.path = path
    self.title = title
    self.heading = heading
    self.text = text
    self.lines = lines
    self.page = page
    self.score = score
    self.stages = stages
  }
}
