// The list of vector stores: a new one is a file beside this one and a line here.

/// A kind of vector store and how to open one over a workspace's database.
package struct VectorStoreDriver: Sendable {
  package var name: String
  package var open: @Sendable (RetrievalDatabase, @escaping ScoreKernel) -> any VectorStore
}

package enum VectorStores {
  package static let all: [VectorStoreDriver] = [sqlite, memory]

  package static let sqlite = VectorStoreDriver(name: "sqlite") { database, kernel in
    SQLiteVectorStore(database, kernel: kernel)
  }

  /// Empty at first: nothing is kept on disk.
  package static let memory = VectorStoreDriver(name: "memory") { database, kernel in
    InMemoryVectorStore(
      dimensions: { id in try database.collections().first { $0.id == id }?.dimensions },
      path: { chunk in try database.chunks([chunk]).first?.path }, kernel: kernel)
  }
}
