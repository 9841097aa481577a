// Keyword search on SQLite's FTS5: it keeps the inverted index, the analysis of text is ours.
import GRDB

/// BM25 over title, headings and body, each with its own weight.
///
/// FTS5's formula with k1 = 1.2, b = 0.75: term frequencies are summed over the columns times their weights,
/// lengths are in terms of all columns, and the inverse frequency of a term that more than half of the
/// chunks hold is 1e-6. A term given twice counts twice.
package struct FTS5KeywordIndex: KeywordIndex {
  package struct Weights: Sendable, Equatable {
    package var title: Double
    package var headings: Double
    package var body: Double

    package init(title: Double = 1, headings: Double = 1, body: Double = 1) {
      self.title = title
      self.headings = headings
      self.body = body
    }
  }

  private let database: RetrievalDatabase
  private let analyze: @Sendable (String) -> [String]
  private let weights: Weights

  /// - Parameters:
  ///   - database: where the index is kept.
  ///   - weights: how much a term counts in each column.
  ///   - analyze: the terms of a text; queries must come through the same function.
  package init(
    _ database: RetrievalDatabase, weights: Weights = Weights(),
    analyze: @escaping @Sendable (String) -> [String]
  ) {
    self.database = database
    self.weights = weights
    self.analyze = analyze
  }

  package func upsert(_ rows: [KeywordRow]) throws {
    let analysed = rows.map(columns)
    try database.write { db in
      for row in analysed { try Self.write(row, db) }
    }
  }

  package func delete(_ ids: [Int64]) throws {
    try database.write { db in
      for id in ids { try Self.delete(id, db) }
    }
  }

  package func search(_ terms: [String], k: Int, filter: SearchFilter) throws -> [Hit] {
    let terms = terms.compactMap(KeywordTerm.canonical)
    guard !terms.isEmpty, k > 0 else { return [] }
    return try database.read { db in
      let scope = try Scope(filter, db)
      let statement = try db.cachedStatement(
        sql: """
          SELECT f.rowid, bm25(keyword_index, :title, :headings, :body) AS score
          FROM keyword_index f \(scope.join)
          WHERE keyword_index MATCH :query \(scope.condition)
          ORDER BY score, f.rowid LIMIT :k
          """)
      let arguments: StatementArguments = [
        "query": KeywordTerm.query(anyOf: terms), "k": k, "title": weights.title,
        "headings": weights.headings, "body": weights.body,
      ]
      return try Row.fetchAll(statement, arguments: arguments + scope.arguments).map { row in
        let score: Double = try row.value(at: 1)
        return Hit(id: try row.value(at: 0), score: Float(-score))
      }
    }
  }

  /// The frequencies by the terms as given; with a filter, both numbers count only what it lets pass.
  package func documentFrequencies(
    _ terms: [String], filter: SearchFilter
  ) throws -> (frequencies: [String: Int], total: Int) {
    try database.read { db in
      let scope = try Scope(filter, db)
      var frequencies: [String: Int] = [:]
      for term in terms where frequencies[term] == nil {
        frequencies[term] = try KeywordTerm.canonical(term).map { try scope.count($0, db) } ?? 0
      }
      return (frequencies, try scope.total(db))
    }
  }

  /// A row whose columns hold terms instead of text.
  func columns(_ row: KeywordRow) -> KeywordRow {
    KeywordRow(
      id: row.id, collection: row.collection, title: KeywordTerm.column(analyze(row.title)),
      headings: KeywordTerm.column(analyze(row.headings)),
      body: KeywordTerm.column(analyze(row.body)))
  }

  /// Writes an analysed row as part of a larger step; triggers keep the index in line.
  static func write(_ row: KeywordRow, _ db: Database) throws {
    try delete(row.id, db)
    try db.cachedStatement(
      sql: "INSERT INTO keywords (id, title, headings, body) VALUES (?, ?, ?, ?)"
    ).execute(arguments: [row.id, row.title, row.headings, row.body])
  }

  private static func delete(_ id: Int64, _ db: Database) throws {
    try db.cachedStatement(sql: "DELETE FROM keywords WHERE id = ?").execute(arguments: [id])
  }
}

/// A filter as SQL; one that lets everything pass costs nothing.
private struct Scope {
  var join = ""
  var condition = ""
  var arguments: StatementArguments = [:]

  init(_ filter: SearchFilter, _ db: Database) throws {
    if let collection = filter.collection {
      let all = try Int64.fetchAll(db, sql: "SELECT id FROM collections LIMIT 2")
      if all != [collection] {
        join = "JOIN chunks c ON c.id = f.rowid"
        condition = "AND c.collection = :collection"
        arguments = ["collection": collection]
      }
    }
    if let prefix = filter.pathPrefix {
      join = "JOIN chunks c ON c.id = f.rowid JOIN documents d ON d.id = c.document"
      condition += " AND substr(d.path, 1, length(:prefix)) = :prefix"
      arguments = arguments + ["prefix": prefix]
    }
  }

  /// In how many chunks a canonical term occurs.
  func count(_ term: String, _ db: Database) throws -> Int {
    if join.isEmpty {
      return try Int.fetchOne(
        db, sql: "SELECT doc FROM keyword_terms WHERE term = ?", arguments: [term]) ?? 0
    }
    let sql = """
      SELECT count(*) FROM keyword_index f \(join) WHERE keyword_index MATCH :query \(condition)
      """
    let query: StatementArguments = ["query": KeywordTerm.query(anyOf: [term])]
    return try Int.fetchOne(db, sql: sql, arguments: query + arguments) ?? 0
  }

  func total(_ db: Database) throws -> Int {
    if join.isEmpty {
      return try Int.fetchOne(db, sql: "SELECT count(*) FROM keyword_index_docsize") ?? 0
    }
    let sql = """
      SELECT count(*) FROM keyword_index_docsize f \(join.replacing("f.rowid", with: "f.id"))
      WHERE true \(condition)
      """
    return try Int.fetchOne(db, sql: sql, arguments: arguments) ?? 0
  }
}
