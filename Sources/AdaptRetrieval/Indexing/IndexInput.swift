// What the indexer takes: documents, made of the files found only when it asks.

/// A document ready to be stored: read, hashed and cut.
package struct IndexInput: Sendable, Equatable {
  package var path: String
  package var title: String
  package var format: String
  /// Hash of the file's bytes, in any form that does not change between runs.
  package var contentHash: String
  package var bytes: Int
  package var modified: Double?
  package var chunks: [Chunk]

  package init(
    path: String, title: String, format: String, contentHash: String, bytes: Int,
    modified: Double? = nil, chunks: [Chunk]
  ) {
    self.path = path
    self.title = title
    self.format = format
    self.contentHash = contentHash
    self.bytes = bytes
    self.modified = modified
    self.chunks = chunks
  }

  /// The same without U+0000, at which SQLite would end a text; U+FFFD stands in its place.
  var withoutNulls: IndexInput {
    func clean(_ text: String) -> String {
      guard text.utf8.contains(0) else { return text }
      return text.replacing("\u{0}", with: "\u{FFFD}")
    }
    var input = self
    input.title = clean(title)
    for index in input.chunks.indices {
      input.chunks[index].text = clean(chunks[index].text)
      input.chunks[index].headings = chunks[index].headings.map(clean)
    }
    return input
  }
}

/// What became of a file when the indexer asked for it.
package enum PreparedFile: Sendable, Equatable {
  case document(IndexInput)
  /// Its hash is the known one, so it was not cut.
  case unchanged
  /// It is no document (any more); what was stored of it is removed.
  case skipped(reason: String)
}

/// Reads one file; `knownHash` is the hash of what is stored, nil when it must be cut whatever its hash.
///
/// What it throws counts as skipped and leaves what is stored, except `CancellationError` and
/// `StoreFault`, which end the run.
package typealias FilePreparer =
  @Sendable (_ file: DiscoveredFile, _ knownHash: String?) async throws -> PreparedFile

/// A path by its bytes: two file names that only Unicode holds for equal are two files.
struct PathKey: Hashable {
  let bytes: [UInt8]

  init(_ path: String) {
    bytes = Array(path.utf8)
  }
}

/// What is stored of a file, to tell whether it changed.
struct KnownDocument: Sendable, Equatable {
  var id: Int64
  var path: String
  var hash: String
  var preparation: String
  var bytes: Int
  var modified: Double?
  /// When its reading began, seconds since 1970.
  var indexedAt: Double

  /// Whether size and time say that `file` is as it was read.
  ///
  /// A file written within two seconds of its reading may have changed without its time showing it.
  func looksUnchanged(_ file: DiscoveredFile) -> Bool {
    guard let modified, let now = file.modified else { return false }
    return now == modified && file.bytes == bytes && indexedAt - modified > 2
  }
}
