// A workspace with files that exist only here, and an embedder that counts what it is asked.
import AdaptRetrieval
import AdaptTestSupport
import Foundation
import Synchronization

/// Vectors from the bytes of a text; remembers every text and can fail at one.
final class CountingEmbedder: TextEmbedder {
  let identity: String
  let dimensions: Int
  let maximumTokens = 64
  private let state: Mutex<(texts: [String], failure: String?)>

  init(identity: String = "counting", dimensions: Int = 4, failingAt text: String? = nil) {
    self.identity = identity
    self.dimensions = dimensions
    state = Mutex(([], text))
  }

  var texts: [String] { state.withLock { $0.texts } }

  func tokens(of text: String) -> [EmbedderToken] { [] }

  func embed(_ texts: [String]) throws -> [[Float]] {
    try state.withLock { state in
      if let failure = state.failure, texts.contains(where: { $0.contains(failure) }) {
        throw Killed()
      }
      state.texts += texts
    }
    return texts.map { text in
      var vector = [Float](repeating: 0, count: dimensions)
      for (index, byte) in text.utf8.enumerated() { vector[index % dimensions] += Float(byte) }
      let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return vector.map { $0 / max(length, 1) }
    }
  }
}

struct Killed: Error {}

final class IndexingFixture: Sendable {
  let folder: TemporaryFolder
  let database: RetrievalDatabase
  let keywords: FTS5KeywordIndex
  /// Path to content; each line becomes a chunk.
  private let files = Mutex<[String: String]>([:])
  private let reads = Mutex(0)

  init(options: RetrievalDatabase.Options = .init()) throws {
    folder = try TemporaryFolder()
    database = try RetrievalDatabase(at: folder.path("adapt.sqlite"), options: options)
    keywords = FTS5KeywordIndex(database) { text in text.split(separator: " ").map(String.init) }
  }

  subscript(path: String) -> String? {
    get { files.withLock { $0[path] } }
    set { files.withLock { $0[path] = newValue } }
  }

  /// How often a file was cut into chunks.
  var cuts: Int { reads.withLock { $0 } }

  /// Indexes all files; `modified` is every file's time.
  func index(
    _ embedder: (any TextEmbedder)? = nil, options: Indexer.Options = .init(batch: 2),
    roots: [String] = ["/docs"], unseen: [String] = [], modified: Double? = nil,
    progress: (IndexProgress) -> Void = { _ in }
  ) async throws -> IndexSummary {
    let found = files.withLock { $0 }.sorted { $0.key < $1.key }.map { path, text in
      DiscoveredFile(path: path, bytes: text.utf8.count, modified: modified)
    }
    let indexer = Indexer(database, keywords: keywords, embedder: embedder, options: options)
    return try await indexer.run(
      found, roots: roots, unseen: unseen, prepare: { try self.prepare($0, $1) },
      progress: progress)
  }

  private func prepare(_ file: DiscoveredFile, _ knownHash: String?) throws -> PreparedFile {
    guard let text = self[file.path] else { throw Killed() }
    if text == "unreadable" { throw StubFailure() }
    if text == "binary" { return .skipped(reason: "binary") }
    let hash = text.utf8.map { String($0, radix: 16) }.joined()
    if hash == knownHash { return .unchanged }
    reads.withLock { $0 += 1 }
    let chunks = text.split(separator: "\n").enumerated().map { index, line in
      Chunk(
        ordinal: index, text: String(line), headings: ["part"], lines: index + 1...index + 1,
        tokens: line.count)
    }
    return .document(
      IndexInput(
        path: file.path, title: "title", format: "text", contentHash: hash, bytes: file.bytes,
        modified: file.modified, chunks: chunks))
  }

  func found(_ term: String) throws -> [String] {
    let hits = try keywords.search([term], k: 50, filter: .init())
    return try database.chunks(hits.map(\.id)).map { "\($0.path): \($0.chunk.text)" }.sorted()
  }
}

struct StubFailure: Error, CustomStringConvertible {
  var description: String { "permission denied" }
}
