// A vector store that lives and dies with the process: the twin the others are held against.
import Synchronization

/// Vectors in a dictionary; every search scans all of them.
package final class InMemoryVectorStore: VectorStore {
  private let dimensions: @Sendable (Int64) throws -> Int?
  private let path: @Sendable (Int64) throws -> String?
  private let kernel: ScoreKernel
  private let rows = Mutex<[Int64: VectorRow]>([:])

  /// - Parameters:
  ///   - dimensions: length of a collection's vectors, nil where there is no such collection.
  ///   - path: path of a chunk's document.
  ///   - kernel: the product of vectors and query.
  package init(
    dimensions: @escaping @Sendable (Int64) throws -> Int?,
    path: @escaping @Sendable (Int64) throws -> String?,
    kernel: @escaping ScoreKernel = ScoreKernels.plain
  ) {
    self.dimensions = dimensions
    self.path = path
    self.kernel = kernel
  }

  package func upsert(_ added: [VectorRow]) throws {
    for row in added {
      guard let wanted = try dimensions(row.collection) else {
        throw StoreFault.unknownCollection(row.collection)
      }
      try VectorChecks.check(row, wanted: wanted)
    }
    rows.withLock { rows in
      for row in added { rows[row.id] = row }
    }
  }

  package func delete(_ ids: [Int64]) throws {
    rows.withLock { rows in
      for id in ids { rows[id] = nil }
    }
  }

  package func search(
    _ query: [Float], k: Int, filter: SearchFilter, exact: Bool
  ) throws -> [Hit] {
    if let one = filter.collection {
      guard let wanted = try dimensions(one) else { throw StoreFault.unknownCollection(one) }
      guard wanted == query.count || wanted == 0 else {
        throw StoreFault.dimensions(collection: one, wanted: [wanted], got: query.count)
      }
    }
    let all = rows.withLock { Array($0.values) }
    let fitting = all.filter { $0.vector.count == query.count }
    guard all.isEmpty || !fitting.isEmpty || filter.collection != nil else {
      let lengths = Set(all.map(\.vector.count)).sorted()
      throw StoreFault.dimensions(collection: nil, wanted: lengths, got: query.count)
    }
    let found = try fitting.filter { try isAllowed($0, filter) }
    let matrix = VectorMatrix(
      ids: found.map(\.id), dimensions: query.count, values: found.flatMap(\.vector))
    var top = TopHits(k)
    for (id, score) in zip(matrix.ids, matrix.scores(query, kernel: kernel)) {
      top.offer(id, score)
    }
    return top.sorted
  }

  private func isAllowed(_ row: VectorRow, _ filter: SearchFilter) throws -> Bool {
    if let collection = filter.collection, row.collection != collection { return false }
    guard let prefix = filter.pathPrefix else { return true }
    return try path(row.id)?.utf8.starts(with: prefix.utf8) ?? false
  }

  package func statistics() throws -> StoreStatistics {
    rows.withLock { rows in
      let numbers = rows.values.reduce(0) { $0 + $1.vector.count }
      return StoreStatistics(
        rows: rows.count, dimensions: rows.values.map(\.vector.count).max() ?? 0,
        bytes: numbers * MemoryLayout<Float>.size)
    }
  }
}
