// Bad databases: each ends in a clear fault, with the file as it was.
import AdaptRetrieval
import AdaptSystem
import AdaptTestSupport
import Foundation
import GRDB
import Testing

@Suite struct RetrievalDatabaseTests {
  private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

  /// Runs SQL on a file of its own, without our checks.
  private func raw(_ path: String, _ sql: String) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.writeWithoutTransaction { db in try db.execute(sql: sql) }
    try queue.close()
  }

  private func madeDatabase(_ folder: TemporaryFolder) throws -> String {
    let path = folder.path("adapt.sqlite")
    let database = try RetrievalDatabase(at: path)
    _ = try database.makeCollection()
    try database.close()
    return path
  }

  @Test func keepsWhatWasWritten() throws {
    let folder = try TemporaryFolder()
    let path = try madeDatabase(folder)
    let database = try RetrievalDatabase(at: path)
    #expect(try database.collections().map(\.name) == ["default"])
    try database.checkIntegrity()
  }

  @Test func theFileHasItsPageSizeAndLog() throws {
    let folder = try TemporaryFolder()
    let database = try RetrievalDatabase(at: folder.path("adapt.sqlite"))
    let (size, mode) = try database.read { db in
      (
        try Int.fetchOne(db, sql: "PRAGMA page_size"),
        try String.fetchOne(db, sql: "PRAGMA journal_mode")
      )
    }
    #expect(size == RetrievalDatabase.pageSize && mode == "wal")
  }

  @Test func aNewerVersionIsLeftAlone() throws {
    let folder = try TemporaryFolder()
    let path = try madeDatabase(folder)
    try raw(path, "PRAGMA user_version = 99")
    let before = try bytes(path)
    for mode in [RetrievalDatabase.Mode.readWrite, .readOnly] {
      let fault = #expect(throws: StoreFault.self) { try RetrievalDatabase(at: path, mode: mode) }
      #expect(fault == .newer(path: path, found: 99, known: RetrievalDatabase.version))
      #expect(fault?.diagnosis.got == "version 99")
    }
    #expect(try bytes(path) == before)
  }

  @Test func aFileWithoutASchemaIsNoIndex() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("adapt.sqlite")
    try raw(path, "PRAGMA application_id = 1633968496; CREATE TABLE x(y)")
    #expect(throws: StoreFault.missing(path: path)) {
      try RetrievalDatabase(at: path, mode: .readOnly)
    }
  }

  @Test func aFileThatIsNoDatabaseIsLeftAlone() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(String(repeating: "no database ", count: 500), to: "adapt.sqlite")
    let before = try bytes(path)
    let fault = #expect(throws: StoreFault.self) { try RetrievalDatabase(at: path) }
    guard case .damaged = fault else { return #expect(Bool(false), "\(String(describing: fault))") }
    #expect(fault?.diagnosis.hint?.contains("move it away") == true)
    #expect(try bytes(path) == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["adapt.sqlite"])
  }

  @Test(arguments: [1, 2, 5]) func damagedPagesAreAFault(_ firstPage: Int) throws {
    let folder = try TemporaryFolder()
    let path = try madeDatabase(folder)
    var damaged = try bytes(path)
    for index in max(100, (firstPage - 1) * RetrievalDatabase.pageSize)..<damaged.count {
      damaged[index] = 0xA5
    }
    try damaged.write(to: URL(filePath: path))
    try expectDamage(at: path)
    #expect(try bytes(path) == damaged)
  }

  @Test(arguments: [1, 8192, 3 * 8192 + 5]) func aTruncatedFileIsAFault(_ count: Int) throws {
    let folder = try TemporaryFolder()
    let path = try madeDatabase(folder)
    try bytes(path).prefix(count).write(to: URL(filePath: path))
    try expectDamage(at: path)
  }

  private func expectDamage(at path: String) throws {
    let fault = #expect(throws: StoreFault.self) {
      try RetrievalDatabase(at: path).checkIntegrity()
    }
    guard case .damaged = fault else { return #expect(Bool(false), "\(String(describing: fault))") }
  }

  @Test func theDatabaseOfAnotherProgramIsLeftAlone() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("adapt.sqlite")
    try raw(path, "CREATE TABLE songs(name); INSERT INTO songs VALUES ('one')")
    let before = try bytes(path)
    #expect(throws: StoreFault.foreign(path: path)) { try RetrievalDatabase(at: path) }
    #expect(try bytes(path) == before)
  }

  @Test func anEmptyFileBecomesADatabase() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("", to: "adapt.sqlite")
    #expect(throws: StoreFault.missing(path: path)) {
      try RetrievalDatabase(at: path, mode: .readOnly)
    }
    #expect(try RetrievalDatabase(at: path).collections().isEmpty)
  }

  @Test func readingAloneCreatesAndChangesNothing() throws {
    let folder = try TemporaryFolder()
    let absent = folder.path("none.sqlite")
    #expect(throws: StoreFault.missing(path: absent)) {
      try RetrievalDatabase(at: absent, mode: .readOnly)
    }
    #expect(!FileManager.default.fileExists(atPath: absent))
    let path = try madeDatabase(folder)
    let before = try bytes(path)
    let database = try RetrievalDatabase(at: path, mode: .readOnly)
    #expect(try database.collections().count == 1)
    #expect(throws: StoreFault.readOnly(path: path)) {
      try database.addRoots(["/a"], collection: 1)
    }
    #expect(try bytes(path) == before)
  }

  @Test func aFolderInItsPlaceIsAFault() throws {
    let folder = try TemporaryFolder()
    let fault = #expect(throws: StoreFault.self) { try RetrievalDatabase(at: folder.path) }
    guard case .inaccessible = fault else {
      return #expect(Bool(false), "\(String(describing: fault))")
    }
  }

  @Test func aLockedDatabaseIsBusy() throws {
    let folder = try TemporaryFolder()
    let path = try madeDatabase(folder)
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    let database = try RetrievalDatabase(at: path, options: .init(busySeconds: 0.05))
    try queue.inDatabase { db in try db.execute(sql: "BEGIN IMMEDIATE") }
    #expect(throws: StoreFault.busy(path: path)) {
      try database.addRoots(["/a"], collection: 1)
    }
    #expect(try database.collections().count == 1)
    try queue.inDatabase { db in try db.execute(sql: "ROLLBACK") }
    try database.addRoots(["/a"], collection: 1)
    #expect(try database.roots(collection: 1) == ["/a"])
  }

  @Test func aFullDiskLeavesTheStoreAsItWas() throws {
    let folder = try TemporaryFolder()
    let path = try madeDatabase(folder)
    let pages = try bytes(path).count / RetrievalDatabase.pageSize
    let database = try RetrievalDatabase(at: path, options: .init(maximumPages: pages + 4))
    try database.addRoots(["/kept"], collection: 1)
    let many = (0..<5000).map { "/folder/\($0)/with a rather long name" }
    let fault = #expect(throws: StoreFault.self) { try database.addRoots(many, collection: 1) }
    #expect(fault == .full(path: path))
    #expect(fault?.diagnosis.hint?.contains("free some space") == true)
    #expect(try database.roots(collection: 1) == ["/kept"])
    try database.checkIntegrity()
  }

  @Test func readsPassagesBack() throws {
    let fixture = try StoreFixture()
    try fixture.add(10...14, path: "/a.md")
    try fixture.add(20...21, path: "/b.md")
    let database = fixture.database
    #expect(try database.chunks([21, 99, 10]).map(\.id) == [21, 10])
    #expect(try database.chunks([10]).first?.chunk.headings == ["one", "two"])
    #expect(try database.chunks([20]).first?.path == "/b.md")
    #expect(try database.neighbours(of: 12).map(\.id) == [11, 12, 13])
    #expect(try database.neighbours(of: 14, before: 2, after: 5).map(\.id) == [12, 13, 14])
    #expect(try database.neighbours(of: 99).isEmpty)
    let document = try #require(try database.documents().last)
    #expect(document.path == "/b.md" && document.chunks == 2)
    #expect(try database.chunks(ofDocument: document.id).map(\.id) == [20, 21])
    let held = try database.statistics()
    #expect(held.documents == 2 && held.chunks == 7 && held.vectors == 0 && held.tokens == 7)
    #expect(try database.statistics(collection: 5).chunks == 0)
  }

  @Test func aValueOfAnotherTypeIsDamage() throws {
    let fixture = try StoreFixture()
    try fixture.add([1])
    try fixture.database.write { db in
      try db.execute(
        sql: """
          UPDATE chunks SET tokens = 'many', headings = 'no list';
          UPDATE collections SET settings = x'ff';
          """)
    }
    #expect(throws: StoreFault.self) { try fixture.database.chunks([1]) }
    try fixture.database.write { db in try db.execute(sql: "UPDATE chunks SET headings = '[]'") }
    let fault = #expect(throws: StoreFault.self) { try fixture.database.chunks([1]) }
    guard case .damaged = fault else { return #expect(Bool(false), "\(String(describing: fault))") }
  }

  @Test func bindingToAnotherEmbedderDropsItsVectorsOnly() throws {
    let fixture = try StoreFixture(dimensions: [4, 4])
    try fixture.add([1])
    try fixture.add([2], collection: 2)
    let store = SQLiteVectorStore(fixture.database)
    for id in [1, 2] as [Int64] {
      try store.upsert([VectorRow(id: id, collection: id, vector: [1, 0, 0, 0])])
    }
    try fixture.database.bind(collection: 1, embedder: "e4", dimensions: 4)
    #expect(try store.statistics().rows == 2)
    try fixture.database.bind(collection: 1, embedder: "other", dimensions: 4)
    #expect(try fixture.database.statistics(collection: 1).vectors == 0)
    #expect(try fixture.database.statistics(collection: 2).vectors == 1)
  }
}
