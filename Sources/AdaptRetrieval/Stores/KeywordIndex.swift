// What keyword search gives, whichever engine keeps the inverted index.

/// An inverted index over analysed text (see `TextAnalyzer`), ranked by BM25.
package protocol KeywordIndex: Sendable {
  /// Adds or replaces the text of chunks, all or none.
  func upsert(_ rows: [KeywordRow]) throws
  /// Removes chunks; unknown ids are ignored.
  func delete(_ ids: [Int64]) throws
  /// The `k` best chunks for analysed query terms, by BM25, best first; equal scores in ascending id.
  func search(_ terms: [String], k: Int, filter: SearchFilter) throws -> [Hit]
  /// In how many chunks each term occurs, and how many chunks there are: what IDF needs.
  func documentFrequencies(_ terms: [String], filter: SearchFilter) throws -> (
    frequencies: [String: Int], total: Int
  )
}

/// The raw fields of a chunk that keyword search weighs apart.
package struct KeywordRow: Sendable, Equatable {
  package var id: Int64
  package var collection: Int64
  package var title: String
  package var headings: String
  package var body: String

  package init(id: Int64, collection: Int64, title: String, headings: String, body: String) {
    self.id = id
    self.collection = collection
    self.title = title
    self.headings = headings
    self.body = body
  }
}
