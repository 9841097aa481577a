// What a search says about itself: which retrievers ran, how they were weighed, what was left out.

/// How a search came to its result.
package struct SearchExplanation: Sendable, Equatable, Codable {
  /// The mode that ran, which is lexical when dense search was asked for and cannot be had.
  package var mode: SearchMode
  /// The terms searched by.
  package var terms: [String]
  /// Those of them that no passage has.
  package var missingTerms: [String]
  /// Nil unless both retrievers ran.
  package var weights: FusionWeights?
  package var notes: [Note]

  /// Something the reader should know about the result.
  package enum Note: Sendable, Equatable, Codable {
    /// No embedding model is there, so that only words were compared.
    case noEmbedder
    /// The vectors come from another model than the one loaded; they were left alone.
    case otherEmbedder(indexed: String, loaded: String)
    /// The question has more tokens than the embedder reads, or more terms than are searched.
    case cut(what: String, length: Int, limit: Int)
    /// The question holds no letter or digit.
    case noTerms
    /// The collection has not been calibrated; an assumed agreement was used.
    case notCalibrated
  }

  package init(
    mode: SearchMode, terms: [String], missingTerms: [String] = [], weights: FusionWeights? = nil,
    notes: [Note] = []
  ) {
    self.mode = mode
    self.terms = terms
    self.missingTerms = missingTerms
    self.weights = weights
    self.notes = notes
  }
}

extension SearchExplanation.Note: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noEmbedder: "no embedding model: only words were compared"
    case .otherEmbedder(let indexed, let loaded):
      "vectors are of `\(indexed)`, the model loaded is `\(loaded)`: only words were compared"
    case .cut(let what, let length, let limit):
      "the question has \(length) \(what); the first \(limit) were used"
    case .noTerms: "the question holds no word to search by"
    case .notCalibrated: "the collection is not calibrated: an assumed weight was used"
    }
  }
}
