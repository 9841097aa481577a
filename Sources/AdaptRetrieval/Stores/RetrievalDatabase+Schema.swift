// The tables, as numbered migrations that are never edited once released; a change is a new one.
import GRDB

extension RetrievalDatabase {
  /// `adap` in ASCII: marks the file as ours.
  static let applicationID: Int32 = 0x6164_6170
  /// The number of the last migration, kept in the file's `user_version`.
  package static let version = 1

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("m001") { db in
      try db.execute(sql: documents)
      try db.execute(sql: vectors)
      try db.execute(sql: keywords)
      try db.execute(sql: "PRAGMA application_id = \(applicationID); PRAGMA user_version = 1")
    }
    return migrator
  }

  private static let documents = """
    CREATE TABLE store_state (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      version INTEGER NOT NULL
    );
    INSERT INTO store_state VALUES (1, 0);
    CREATE TABLE collections (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      embedder TEXT,
      dimensions INTEGER NOT NULL DEFAULT 0 CHECK (dimensions BETWEEN 0 AND 65536),
      settings TEXT NOT NULL DEFAULT '{}'
    );
    CREATE TABLE roots (
      collection INTEGER NOT NULL REFERENCES collections(id) ON DELETE CASCADE,
      path TEXT NOT NULL,
      PRIMARY KEY (collection, path)
    ) WITHOUT ROWID;
    CREATE TABLE documents (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      collection INTEGER NOT NULL REFERENCES collections(id) ON DELETE CASCADE,
      path TEXT NOT NULL,
      title TEXT NOT NULL,
      format TEXT NOT NULL,
      hash TEXT NOT NULL,
      preparation TEXT NOT NULL,
      bytes INTEGER NOT NULL,
      modified REAL,
      indexed_at REAL NOT NULL,
      UNIQUE (collection, path)
    );
    CREATE TABLE chunks (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      document INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
      collection INTEGER NOT NULL REFERENCES collections(id) ON DELETE CASCADE,
      ordinal INTEGER NOT NULL,
      line_start INTEGER,
      line_end INTEGER,
      page INTEGER,
      tokens INTEGER NOT NULL,
      text_hash INTEGER NOT NULL,
      headings TEXT NOT NULL,
      text TEXT NOT NULL,
      UNIQUE (document, ordinal)
    );
    CREATE INDEX chunks_by_text ON chunks (collection, text_hash);
    """

  private static let vectors = """
    CREATE TABLE vectors (
      chunk INTEGER PRIMARY KEY REFERENCES chunks(id) ON DELETE CASCADE,
      collection INTEGER NOT NULL REFERENCES collections(id) ON DELETE CASCADE,
      vector BLOB NOT NULL
    );
    CREATE INDEX vectors_by_collection ON vectors (collection);
    """

  // Terms are split by us (see `KeywordTerm`): every printable ASCII character belongs to a term, and
  // this tokenizer takes all others for letters, so only the spaces between terms part them.
  private static let keywords = """
    CREATE TABLE keywords (
      id INTEGER PRIMARY KEY REFERENCES chunks(id) ON DELETE CASCADE,
      title TEXT NOT NULL,
      headings TEXT NOT NULL,
      body TEXT NOT NULL
    );
    CREATE VIRTUAL TABLE keyword_index USING fts5(
      title, headings, body, content='keywords', content_rowid='id',
      tokenize="ascii tokenchars '!#$%&()*+,-./:;<=>?@[\\]^_`{|}~'"
    );
    CREATE VIRTUAL TABLE keyword_terms USING fts5vocab('keyword_index', 'row');
    CREATE TRIGGER keywords_added AFTER INSERT ON keywords BEGIN
      INSERT INTO keyword_index(rowid, title, headings, body)
      VALUES (new.id, new.title, new.headings, new.body);
    END;
    CREATE TRIGGER keywords_removed AFTER DELETE ON keywords BEGIN
      INSERT INTO keyword_index(keyword_index, rowid, title, headings, body)
      VALUES ('delete', old.id, old.title, old.headings, old.body);
    END;
    CREATE TRIGGER keywords_changed AFTER UPDATE ON keywords BEGIN
      INSERT INTO keyword_index(keyword_index, rowid, title, headings, body)
      VALUES ('delete', old.id, old.title, old.headings, old.body);
      INSERT INTO keyword_index(rowid, title, headings, body)
      VALUES (new.id, new.title, new.headings, new.body);
    END;
    """
}
