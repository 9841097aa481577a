// The way from a file to its text: read, hash, choose a reader, extract.

/// A document and what the store keeps about its file.
package struct ReadDocument: Sendable, Equatable {
  package var document: ExtractedDocument
  package var hash: ContentHash
  /// The name of the reader that took it, such as `markdown`.
  package var format: String
  /// How its bytes were decoded; nil for formats that are not text.
  package var encoding: TextEncoding?
  package var bytes: Int
  /// What in it was read otherwise than its format says.
  package var warnings: [String]

  package init(
    document: ExtractedDocument, hash: ContentHash, format: String, encoding: TextEncoding? = nil,
    bytes: Int, warnings: [String] = []
  ) {
    self.document = document
    self.hash = hash
    self.format = format
    self.encoding = encoding
    self.bytes = bytes
    self.warnings = warnings
  }
}

/// What came of a file.
package enum ReadOutcome: Sendable, Equatable {
  case document(ReadDocument)
  /// Its bytes are those of the hash that was given: nothing was extracted.
  case unchanged
  case skipped(SkipReason)
}

/// Reads the documents that `DocumentDiscovery` found.
package struct DocumentReader: Sendable {
  /// The largest file in bytes; more is never held in memory.
  package var largestFile: Int

  package init(largestFile: Int = 64 << 20) {
    self.largestFile = largestFile
  }

  /// The document in `file`, or why there is none.
  ///
  /// Whatever the file holds is no error.
  /// With `known`, the hash stored before, an unchanged file is not extracted again.
  ///
  /// - Throws: only `CancellationError`.
  package func read(
    _ file: DiscoveredFile, unlessHash known: ContentHash? = nil
  ) async throws -> ReadOutcome {
    try Task.checkCancellation()
    do {
      let bytes = try BoundedFile.read(file.path, limit: largestFile)
      let hash = ContentHash(of: bytes)
      if hash == known { return .unchanged }
      let source = DocumentSource(path: file.path, bytes: bytes)
      return .document(try await extract(source, hash))
    } catch let reason as SkipReason {
      return .skipped(reason)
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      return .skipped(.unreadable(reason: "\(error)"))
    }
  }

  private func extract(_ source: DocumentSource, _ hash: ContentHash) async throws -> ReadDocument {
    guard !source.bytes.isEmpty else { throw SkipReason.empty }
    let reader = FormatReaders.reader(for: source)
    let extraction = try await reader.read(source)
    guard !extraction.document.blocks.isEmpty else { throw SkipReason.empty }
    return ReadDocument(
      document: extraction.document, hash: hash, format: reader.name,
      encoding: extraction.encoding, bytes: source.bytes.count, warnings: extraction.warnings)
  }
}
