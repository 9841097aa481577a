// The vocabularies and merges of a tokenizer.json, from the bytes into tables.
import AdaptSystem

extension TokenizerFault {
  /// A fault that came out of reading JSON and checking it at once.
  init(_ error: any Error, path: String) {
    switch error {
    case let fault as TokenizerFault: self = fault
    case let fault as JSONFault: self = .json(fault)
    default: self = .malformed(path: path, reason: "\(error)")
    }
  }
}

/// Reads pieces: `{"piece": number, …}` or `[["piece", score], …]`.
struct VocabularyReader {
  let path: String
  /// About how many bytes of JSON there are to read.
  let byteCount: Int

  /// Pieces by number; those of a byte-level model that no bytes can be are apart.
  ///
  /// - Throws: `TokenizerFault.vocabulary` for a piece or a number that is there twice or cannot be.
  func pieces(
    _ start: JSONScanner, isByteLevel: Bool
  ) throws(TokenizerFault) -> (PieceTable, strange: [Int32: String]) {
    var found = PieceCollector(isByteLevel: isByteLevel, bytes: byteCount)
    var scanner = start
    var unescaped: [UInt8] = []
    do {
      try scanner.openObject()
      while let key = try scanner.nextRawKey() {
        let id = try id(try scanner.integer(), key.range.lowerBound)
        let isNew: Bool
        if let written = scanner.bytes(of: key) {
          isNew = found.add(written, id: id)
        } else {
          unescaped.removeAll(keepingCapacity: true)
          try scanner.append(key, to: &unescaped)
          isNew = unescaped.withUnsafeBufferPointer { found.add($0, id: id) }
        }
        guard isNew else { throw twice(try scanner.text(of: key), id, key.range.lowerBound) }
      }
    } catch {
      throw TokenizerFault(error, path: path)
    }
    guard found.pieces.count > 0 else {
      throw .malformed(path: path, reason: "an empty vocabulary")
    }
    return (found.pieces, found.strange)
  }

  /// Pieces in their order with their scores.
  func scoredPieces(_ start: JSONScanner) throws(TokenizerFault) -> (PieceTable, [Double]) {
    var pieces = PieceTable(capacity: byteCount / 20, byteCapacity: byteCount / 3)
    var scores: [Double] = []
    var scanner = start
    var written: [UInt8] = []
    do {
      try scanner.openArray()
      while try scanner.nextElement() {
        try scanner.openArray()
        guard try scanner.nextElement() else { throw scanner.fault("a piece") }
        let raw = try scanner.rawString()
        written.removeAll(keepingCapacity: true)
        try scanner.append(raw, to: &written)
        guard try scanner.nextElement() else { throw scanner.fault("a score") }
        scores.append(try scanner.number().double ?? 0)
        guard try !scanner.nextElement() else { throw scanner.fault("`]`") }
        let id = try id(scores.count - 1, raw.range.lowerBound)
        guard written.withUnsafeBufferPointer({ pieces.insert($0, id: id) }) else {
          throw twice(try scanner.text(of: raw), id, raw.range.lowerBound)
        }
      }
    } catch {
      throw TokenizerFault(error, path: path)
    }
    guard pieces.count > 0 else { throw .malformed(path: path, reason: "an empty vocabulary") }
    return (pieces, scores)
  }

  private func id(_ number: Int, _ offset: Int) throws(TokenizerFault) -> Int32 {
    guard let id = Int32(exactly: number), (0..<VocabularyLimits.pieces).contains(id) else {
      throw .vocabulary(
        path: path, offset: offset,
        reason: "the number \(number) is not from 0 to \(VocabularyLimits.pieces - 1)")
    }
    return id
  }

  private func twice(_ piece: String, _ id: Int32, _ offset: Int) -> TokenizerFault {
    .vocabulary(
      path: path, offset: offset, reason: "`\(piece.excerpt)` or its number \(id) twice")
  }
}

/// Pieces as they are read.
private struct PieceCollector {
  private(set) var pieces: PieceTable
  /// The pieces of a byte-level model that no bytes can be.
  private(set) var strange: [Int32: String] = [:]
  private let isByteLevel: Bool
  private var room = [UInt8](repeating: 0, count: 256)

  /// Room for what so many bytes of JSON usually hold.
  init(isByteLevel: Bool, bytes: Int) {
    self.isByteLevel = isByteLevel
    pieces = PieceTable(capacity: bytes / 20, byteCapacity: bytes / 3)
  }

  /// Adds a piece as the file writes it; false where it, or its number, is there.
  mutating func add(_ written: UnsafeBufferPointer<UInt8>, id: Int32) -> Bool {
    guard isByteLevel else { return pieces.insert(written, id: id) }
    if room.count < written.count { room = [UInt8](repeating: 0, count: written.count * 2) }
    let length = room.withUnsafeMutableBufferPointer { ByteAlphabet.read(written, into: $0) }
    guard let length else {
      let text = String(decoding: written, as: UTF8.self)
      return strange.updateValue(text, forKey: id) == nil && !pieces.has(id)
    }
    guard strange.isEmpty || strange[id] == nil else { return false }
    let bytes = room
    return bytes.withUnsafeBufferPointer {
      pieces.insert(UnsafeBufferPointer(rebasing: $0[..<length]), id: id)
    }
  }
}
