// What a run reports while it works and when it has finished.

/// How far a run is.
package struct IndexProgress: Sendable, Equatable {
  package var filesDone: Int
  package var filesTotal: Int
  package var bytesDone: Int
  package var bytesTotal: Int
  /// Chunks written in this run.
  package var chunks: Int
  /// Chunks embedded in this run.
  package var embedded: Int
  /// Chunks that wait for their vectors once all files are read; 0 while files are being read.
  package var waiting: Int
  package var seconds: Double

  package var chunksPerSecond: Double { seconds > 0 ? Double(max(chunks, embedded)) / seconds : 0 }

  /// Estimated from the bytes read so far, then from the chunks embedded; nil while nothing is known.
  package var secondsLeft: Double? {
    if filesDone < filesTotal {
      guard bytesDone > 0 else { return nil }
      return seconds * Double(max(0, bytesTotal - bytesDone)) / Double(bytesDone)
    }
    if waiting == 0 { return 0 }
    return embedded > 0 ? seconds * Double(waiting) / Double(embedded) : nil
  }
}

/// What a run did.
package struct IndexSummary: Sendable {
  package var new = 0
  package var updated = 0
  package var unchanged = 0
  package var removed = 0
  package var skipped: [SkippedDocument] = []
  /// Chunks written.
  package var chunks = 0
  /// Vectors computed.
  package var embedded = 0
  /// Vectors taken over from an equal passage.
  package var reused = 0
  /// Chunks of the collection without a vector, which only keyword search finds.
  package var withoutVector = 0
  /// The collection's embedder; nil when it is lexical only.
  package var embedder: String?
  package var seconds = 0.0
}

/// A file that was left out, and why.
package struct SkippedDocument: Sendable {
  package var path: String
  package var reason: String
  /// What reading it threw, nil when the reader gave the reason itself.
  package var error: (any Error)?
}
