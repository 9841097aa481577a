// What the walk and the commands need of the user's documents; the workspace's library is one
// implementation, tests bring a small one.
package import AdaptRetrieval

/// The user's indexed documents: fill, search, ask.
///
/// Work that takes time checks for task cancellation and leaves the store as it was.
package protocol DocumentLibrary: Sendable {
  /// Whether nothing is indexed yet.
  var isEmpty: Bool { get async throws }
  /// Adds or refreshes files and folders, all that were indexed before when none is named; `progress`
  /// is called on any thread.
  func index(
    _ paths: [String], progress: @escaping @Sendable (IndexProgress) -> Void
  ) async throws -> IndexOutcome
  /// The `limit` best passages for a query, best first.
  func search(_ query: String, limit: Int) async throws -> FoundPassages
  /// An answer whose every statement is cited; `stream` receives generated text as it comes.
  func ask(
    _ question: String, stream: @escaping @Sendable (String) -> Void
  ) async throws -> CitedAnswer
}

/// What an indexing run did, in files, and what the collection now holds.
package struct IndexOutcome: Sendable, Equatable, Codable {
  package var new: Int
  package var updated: Int
  package var unchanged: Int
  package var removed: Int
  package var skipped: [SkippedFile]
  /// What in the files read was taken otherwise than their format says.
  package var warnings: [FileWarning] = []
  /// Documents and passages in the collection after the run.
  package var documents: Int
  package var chunks: Int
  /// The embedder's folder; nil when search is lexical only.
  package var embedder: String?
  package var seconds: Double

  /// A file that was left out, and why.
  package struct SkippedFile: Sendable, Equatable, Codable {
    package var path: String
    /// A short stable name, such as `binary` or `ignored`.
    package var reason: String
    /// What exactly, and what to do about it.
    package var detail: String?

    package init(path: String, reason: String, detail: String? = nil) {
      self.path = path
      self.reason = reason
      self.detail = detail
    }
  }

  /// A file that was read, but not entirely as its format says.
  package struct FileWarning: Sendable, Equatable, Codable {
    package var path: String
    package var text: String

    package init(path: String, text: String) {
      self.path = path
      self.text = text
    }
  }

  package init(
    new: Int, updated: Int = 0, unchanged: Int = 0, removed: Int = 0, skipped: [SkippedFile] = []
  ) {
    self.new = new
    self.updated = updated
    self.unchanged = unchanged
    self.removed = removed
    self.skipped = skipped
    self.documents = new + updated + unchanged
    self.chunks = 0
    self.seconds = 0
  }
}

/// A passage that was found.
package struct Passage: Sendable, Equatable, Codable {
  package var citation: Citation
  package var text: String
  /// Higher is better, comparable only within one search.
  package var score: Double
  /// The score and rank of every retriever.
  package var stages: SearchResult.Stages

  package init(citation: Citation, text: String, score: Double, stages: SearchResult.Stages) {
    self.citation = citation
    self.text = text
    self.score = score
    self.stages = stages
  }

  /// The `n`-th result, counted from 1.
  package init(n: Int, _ result: SearchResult) {
    self.init(
      citation: Citation(n: n, result), text: result.text, score: result.score,
      stages: result.stages)
  }
}

/// What a search found and how it went about it.
package struct FoundPassages: Sendable, Equatable, Codable {
  package var passages: [Passage]
  package var explanation: SearchExplanation

  package init(passages: [Passage], explanation: SearchExplanation) {
    self.passages = passages
    self.explanation = explanation
  }
}

/// An answer from the documents, or the nearest passages when they do not hold one.
package struct CitedAnswer: Sendable, Equatable, Codable {
  package var isAnswered: Bool
  package var statements: [Statement]
  package var citations: [Citation]
  /// The nearest passages, filled when the documents do not answer.
  package var nearest: [Passage]
  package var evidence: AnswerEvidence
  /// Passages that a model's context had no room for.
  package var leftOut: Int

  package init(
    isAnswered: Bool, statements: [Statement], citations: [Citation], nearest: [Passage],
    evidence: AnswerEvidence = AnswerEvidence(), leftOut: Int = 0
  ) {
    self.isAnswered = isAnswered
    self.statements = statements
    self.citations = citations
    self.nearest = nearest
    self.evidence = evidence
    self.leftOut = leftOut
  }
}
