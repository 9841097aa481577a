// What the walk and the commands need of the user's documents; the library that indexes and
// searches is one implementation, tests bring a small one.

/// The user's indexed documents: fill, search, ask.
///
/// Work that takes time checks for task cancellation and leaves the store as it was.
package protocol DocumentLibrary: Sendable {
  /// Whether nothing is indexed yet.
  var isEmpty: Bool { get async throws }
  /// Adds or refreshes files and folders; `progress` is called on any thread.
  func index(
    _ paths: [String], progress: @escaping @Sendable (IndexProgress) -> Void
  ) async throws -> IndexSummary
  /// The `limit` best passages for a query, best first.
  func search(_ query: String, limit: Int) async throws -> [Passage]
  /// An answer whose every statement is cited; `stream` receives generated text as it comes.
  func ask(
    _ question: String, stream: @escaping @Sendable (String) -> Void
  ) async throws -> CitedAnswer
}

/// How far an indexing run is.
package struct IndexProgress: Sendable, Equatable {
  package var filesDone: Int
  /// Nil while the folders are still being listed.
  package var filesTotal: Int?
  package var path: String

  package init(filesDone: Int, filesTotal: Int?, path: String) {
    self.filesDone = filesDone
    self.filesTotal = filesTotal
    self.path = path
  }
}

/// What an indexing run did, in files.
package struct IndexSummary: Sendable, Equatable, Codable {
  package var new: Int
  package var updated: Int
  package var unchanged: Int
  package var removed: Int
  package var skipped: [SkippedFile]
  package var chunks: Int

  /// A file that was left out, and why.
  package struct SkippedFile: Sendable, Equatable, Codable {
    package var path: String
    package var reason: String

    package init(path: String, reason: String) {
      self.path = path
      self.reason = reason
    }
  }

  package init(
    new: Int, updated: Int, unchanged: Int, removed: Int, skipped: [SkippedFile], chunks: Int
  ) {
    self.new = new
    self.updated = updated
    self.unchanged = unchanged
    self.removed = removed
    self.skipped = skipped
    self.chunks = chunks
  }
}

/// Where a passage stands: what a reader needs to find it again.
package struct Citation: Sendable, Equatable, Codable {
  /// The number in the answer, from 1.
  package var n: Int
  package var path: String
  package var heading: String
  /// First and last line, counted from 1; nil where the format has no lines.
  package var lines: [Int]?
  package var page: Int?
  package var chunk: Int64

  package init(
    n: Int, path: String, heading: String, lines: [Int]? = nil, page: Int? = nil, chunk: Int64
  ) {
    self.n = n
    self.path = path
    self.heading = heading
    self.lines = lines
    self.page = page
    self.chunk = chunk
  }
}

/// A passage that was found.
package struct Passage: Sendable, Equatable, Codable {
  package var citation: Citation
  package var text: String
  /// Higher is better, comparable only within one search.
  package var score: Double
  /// The score of every stage by its name, where the search tells them.
  package var stages: [String: Double]?

  package init(
    citation: Citation, text: String, score: Double, stages: [String: Double]? = nil
  ) {
    self.citation = citation
    self.text = text
    self.score = score
    self.stages = stages
  }
}

/// An answer from the documents, or the nearest passages when they do not hold one.
package struct CitedAnswer: Sendable, Equatable, Codable {
  /// One sentence or paragraph of the answer with the numbers of its citations.
  package struct Statement: Sendable, Equatable, Codable {
    package var text: String
    package var citations: [Int]

    package init(text: String, citations: [Int]) {
      self.text = text
      self.citations = citations
    }
  }

  package var isAnswered: Bool
  package var statements: [Statement]
  package var citations: [Citation]
  /// The nearest passages, filled when the documents do not answer.
  package var nearest: [Passage]

  package init(
    isAnswered: Bool, statements: [Statement], citations: [Citation], nearest: [Passage]
  ) {
    self.isAnswered = isAnswered
    self.statements = statements
    self.citations = citations
    self.nearest = nearest
  }
}
