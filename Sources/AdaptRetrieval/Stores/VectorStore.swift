// What a vector store gives, whichever way it keeps its vectors. A store is one file beside this one
// and one line in the list; the contract suite runs on all of them.

/// A normalised vector and the chunk it stands for.
package struct VectorRow: Sendable, Equatable {
  /// The chunk's row id.
  package var id: Int64
  package var collection: Int64
  /// `[D]` f32 of unit length (or all zero: a text without a single token the embedder reads).
  package var vector: [Float]

  package init(id: Int64, collection: Int64, vector: [Float]) {
    self.id = id
    self.collection = collection
    self.vector = vector
  }
}

/// A chunk found and how well it scored; higher is better.
package struct Hit: Sendable, Equatable {
  package var id: Int64
  package var score: Float

  package init(id: Int64, score: Float) {
    self.id = id
    self.score = score
  }
}

/// Which rows a search may return.
package struct SearchFilter: Sendable, Equatable {
  /// Only this collection; nil means all.
  package var collection: Int64?
  /// Only documents whose path starts so; nil means all.
  package var pathPrefix: String?

  package init(collection: Int64? = nil, pathPrefix: String? = nil) {
    self.collection = collection
    self.pathPrefix = pathPrefix
  }
}

/// How much a store holds.
package struct StoreStatistics: Sendable, Equatable {
  package var rows: Int
  package var dimensions: Int
  package var bytes: Int

  package init(rows: Int, dimensions: Int, bytes: Int) {
    self.rows = rows
    self.dimensions = dimensions
    self.bytes = bytes
  }
}

/// Keeps vectors and finds the nearest by cosine.
///
/// Hits come best first; equal scores in ascending id, so that results are the same on every run.
package protocol VectorStore: Sendable {
  /// Adds rows, replacing those with the same id, all or none.
  ///
  /// - Throws: `StoreFault.dimensions` when a vector's length differs from the collection's.
  func upsert(_ rows: [VectorRow]) throws
  /// Removes rows; unknown ids are ignored.
  func delete(_ ids: [Int64]) throws
  /// The `k` nearest rows to `query [D]`. `exact` asks for a full scan from stores that can approximate.
  func search(_ query: [Float], k: Int, filter: SearchFilter, exact: Bool) throws -> [Hit]
  func statistics() throws -> StoreStatistics
}
