// What every vector store in the list must do.
import AdaptRetrieval
import AdaptTestSupport
import GRDB
import Testing

@Suite struct VectorStoreContractTests {
  private static let names = VectorStores.all.map(\.name)

  private func store(
    _ name: String, _ fixture: StoreFixture, kernel: @escaping ScoreKernel = ScoreKernels.plain
  ) throws -> any VectorStore {
    let driver = try #require(VectorStores.all.first { $0.name == name })
    return driver.open(fixture.database, kernel)
  }

  @Test(arguments: names) func anEmptyStoreFindsNothing(_ name: String) throws {
    let store = try store(name, StoreFixture())
    #expect(try store.search([1, 0, 0, 0], k: 5, filter: .init(), exact: true).isEmpty)
    #expect(try store.statistics().rows == 0)
  }

  @Test(arguments: names, [1, 3, 4, 7, 33]) func searchEqualsASortOfAllProducts(
    _ name: String, _ dimensions: Int
  ) throws {
    let fixture = try StoreFixture(dimensions: [dimensions])
    try fixture.add(1...60)
    let store = try store(name, fixture)
    var random = Seeded(state: UInt64(dimensions))
    let rows = (1...60).map {
      VectorRow(id: $0, collection: 1, vector: unitVector(dimensions, &random))
    }
    try store.upsert(rows.shuffled(using: &random))
    let query = unitVector(dimensions, &random)
    let wanted = rows.map { row in
      Hit(id: row.id, score: zip(row.vector, query).reduce(0) { $0 + $1.0 * $1.1 })
    }.sorted(by: TopHits.isBetter)
    for k in [0, 1, 10, 60, 1000] {
      let hits = try store.search(query, k: k, filter: .init(), exact: true)
      #expect(hits.count == min(k, 60))
      for (hit, want) in zip(hits, wanted) {
        // Products are summed in another order here.
        #expect(abs(hit.score - want.score) < 1e-5)
      }
      if dimensions > 1 { #expect(hits.map(\.id) == wanted.prefix(k).map(\.id)) }
    }
  }

  @Test(arguments: names) func equalScoresComeInAscendingID(_ name: String) throws {
    let fixture = try StoreFixture()
    try fixture.add([3, 9, 12, 40])
    let store = try store(name, fixture)
    try store.upsert(
      [40, 9, 12, 3].map { VectorRow(id: $0, collection: 1, vector: [1, 0, 0, 0]) })
    let hits = try store.search([1, 0, 0, 0], k: 3, filter: .init(), exact: true)
    #expect(hits.map(\.id) == [3, 9, 12])
  }

  @Test(arguments: names) func replacesAndDeletes(_ name: String) throws {
    let fixture = try StoreFixture()
    try fixture.add([1, 2])
    let store = try store(name, fixture)
    try store.upsert([1, 2].map { VectorRow(id: $0, collection: 1, vector: [1, 0, 0, 0]) })
    try store.upsert([VectorRow(id: 1, collection: 1, vector: [0, 1, 0, 0])])
    let hits = try store.search([0, 1, 0, 0], k: 2, filter: .init(), exact: true)
    #expect(hits == [Hit(id: 1, score: 1), Hit(id: 2, score: 0)])
    try store.delete([1, 77])
    #expect(try store.search([0, 1, 0, 0], k: 2, filter: .init(), exact: true).map(\.id) == [2])
    #expect(try store.statistics() == StoreStatistics(rows: 1, dimensions: 4, bytes: 16))
  }

  @Test(arguments: names) func filtersByCollectionAndPath(_ name: String) throws {
    let fixture = try StoreFixture(dimensions: [4, 4, 2, 0])
    try fixture.add([1], path: "/docs/a.md")
    try fixture.add([2], path: "/docs/b%_.md")
    try fixture.add([3], collection: 2, path: "/docs/a.md")
    try fixture.add([4], collection: 3, path: "/docs/a.md")
    let store = try store(name, fixture)
    for (id, collection) in [(1, 1), (2, 1), (3, 2)] as [(Int64, Int64)] {
      try store.upsert([VectorRow(id: id, collection: collection, vector: [1, 0, 0, 0])])
    }
    try store.upsert([VectorRow(id: 4, collection: 3, vector: [1, 0])])
    func ids(_ collection: Int64?, _ prefix: String?) throws -> [Int64] {
      let filter = SearchFilter(collection: collection, pathPrefix: prefix)
      return try store.search([1, 0, 0, 0], k: 9, filter: filter, exact: true).map(\.id)
    }
    #expect(try ids(nil, nil) == [1, 2, 3])
    #expect(try ids(1, nil) == [1, 2])
    #expect(try ids(nil, "/docs/a") == [1, 3])
    #expect(try ids(1, "/docs/b%_") == [2])
    #expect(try ids(1, "/docs/_%").isEmpty)
    #expect(try ids(4, nil).isEmpty)
  }

  @Test(arguments: names) func refusesAnotherLengthAndKeepsNothingOfTheStep(_ name: String) throws {
    let fixture = try StoreFixture()
    try fixture.add([1, 2])
    let store = try store(name, fixture)
    let wrong = StoreFault.dimensions(collection: 1, wanted: [4], got: 3)
    #expect(throws: wrong) {
      try store.upsert([
        VectorRow(id: 1, collection: 1, vector: [1, 0, 0, 0]),
        VectorRow(id: 2, collection: 1, vector: [1, 0, 0]),
      ])
    }
    #expect(try store.statistics().rows == 0)
    #expect(throws: wrong) {
      try store.search([1, 0, 0], k: 1, filter: .init(collection: 1), exact: true)
    }
    try store.upsert([VectorRow(id: 1, collection: 1, vector: [1, 0, 0, 0])])
    #expect(throws: StoreFault.dimensions(collection: nil, wanted: [4], got: 3)) {
      try store.search([1, 0, 0], k: 1, filter: .init(), exact: true)
    }
  }

  @Test(arguments: names) func refusesUnknownCollectionsAndNumbersThatAreNone(
    _ name: String
  ) throws {
    let fixture = try StoreFixture()
    try fixture.add([1])
    let store = try store(name, fixture)
    #expect(throws: StoreFault.unknownCollection(9)) {
      try store.upsert([VectorRow(id: 1, collection: 9, vector: [1, 0, 0, 0])])
    }
    #expect(throws: StoreFault.unknownCollection(9)) {
      try store.search([1, 0, 0, 0], k: 1, filter: .init(collection: 9), exact: true)
    }
    #expect(throws: StoreFault.notFinite(id: 1)) {
      try store.upsert([VectorRow(id: 1, collection: 1, vector: [.nan, 0, 0, 0])])
    }
  }

  @Test(arguments: names) func theProductIsTheKernels(_ name: String) throws {
    let fixture = try StoreFixture()
    try fixture.add([1, 2])
    let store = try store(name, fixture) { _, rows, columns, query in
      (0..<rows).map { Float($0 * columns) + query[0] }
    }
    try store.upsert([1, 2].map { VectorRow(id: $0, collection: 1, vector: [0, 0, 0, 0]) })
    let hits = try store.search([5, 0, 0, 0], k: 2, filter: .init(), exact: false)
    #expect(hits.map(\.score) == [9, 5])
  }
}

@Suite struct SQLiteVectorStoreTests {
  @Test func seesWhatAnotherConnectionWrote() throws {
    let fixture = try StoreFixture()
    try fixture.add([1, 2])
    let store = SQLiteVectorStore(fixture.database)
    try store.upsert([VectorRow(id: 1, collection: 1, vector: [0, 1, 0, 0])])
    #expect(try store.search([1, 0, 0, 0], k: 1, filter: .init(), exact: true).map(\.id) == [1])
    let other = try RetrievalDatabase(at: fixture.database.path)
    try SQLiteVectorStore(other).upsert([VectorRow(id: 2, collection: 1, vector: [1, 0, 0, 0])])
    #expect(try store.search([1, 0, 0, 0], k: 1, filter: .init(), exact: true).map(\.id) == [2])
  }

  @Test func aBlobOfAnotherSizeIsDamage() throws {
    let fixture = try StoreFixture()
    try fixture.add([1])
    try fixture.database.write { db in
      try db.execute(sql: "INSERT INTO vectors VALUES (1, 1, x'0000')")
    }
    let store = SQLiteVectorStore(fixture.database)
    let fault = #expect(throws: StoreFault.self) {
      try store.search([1, 0, 0, 0], k: 1, filter: .init(), exact: true)
    }
    guard case .damaged = fault else { return #expect(Bool(false), "\(String(describing: fault))") }
  }

  @Test func topHitsEqualASort() {
    var random = Seeded(state: 7)
    for count in [0, 1, 2, 17, 200] {
      let hits = (0..<count).map { _ in
        Hit(
          id: Int64.random(in: 0..<1000, using: &random),
          score: Float(Int.random(in: 0..<9, using: &random)))
      }
      for k in [0, 1, 5, 200, 500] {
        var top = TopHits(k)
        for hit in hits { top.offer(hit.id, hit.score) }
        #expect(top.sorted == Array(hits.sorted(by: TopHits.isBetter).prefix(k)))
      }
    }
    var top = TopHits(2)
    for (id, score) in [(1, Float.nan), (2, -5), (3, 0)] as [(Int64, Float)] {
      top.offer(id, score)
    }
    #expect(top.sorted.map(\.id) == [3, 2])
  }
}
