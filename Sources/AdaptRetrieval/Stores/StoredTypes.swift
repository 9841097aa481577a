// What the database gives back: rows as values that outlive it.

/// A named set of documents, bound to at most one embedder.
package struct StoredCollection: Sendable, Equatable {
  package var id: Int64
  package var name: String
  /// Identity of the embedder all its vectors come from; nil while it is lexical only.
  package var embedder: String?
  /// Length of its vectors, 0 while it is lexical only.
  package var dimensions: Int
  /// Its own retrieval settings as a JSON object.
  package var settings: String
}

/// An indexed file.
package struct StoredDocument: Sendable, Equatable {
  package var id: Int64
  package var collection: Int64
  package var path: String
  package var title: String
  package var format: String
  package var contentHash: String
  package var bytes: Int
  /// Seconds since 1970, as the file system had it.
  package var modified: Double?
  package var chunks: Int
}

/// A passage with the document it comes from.
package struct StoredChunk: Sendable, Equatable {
  package var id: Int64
  package var document: Int64
  package var collection: Int64
  package var path: String
  package var title: String
  package var chunk: Chunk
}

/// How much a workspace, or one collection of it, holds.
package struct DatabaseStatistics: Sendable, Equatable {
  package var documents: Int
  package var chunks: Int
  /// Chunks with a vector; fewer than `chunks` after an interrupted run or without an embedder.
  package var vectors: Int
  /// Tokens of all chunks; overlaps count twice.
  package var tokens: Int
  /// Bytes of the documents as files.
  package var sourceBytes: Int
  /// Bytes of the database file.
  package var databaseBytes: Int
}
