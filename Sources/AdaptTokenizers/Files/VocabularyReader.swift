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

  /// Pieces by number; those of a byte-level model that no bytes can be are apart.
  ///
  /// - Throws: `TokenizerFault.vocabulary` for a piece or a number that is there twice or cannot be.
  func pieces(
    _ start: JSONScanner, isByteLevel: Bool
  ) throws(TokenizerFault) -> (PieceTable, strange: [Int32: String]) {
    var pieces = PieceTable(capacity: 1 << 15, byteCapacity: 1 << 18)
    var strange: [Int32: String] = [:]
    var scanner = start
    var (written, raw): ([UInt8], [UInt8]) = ([], [])
    do {
      try scanner.openObject()
      while let key = try scanner.nextRawKey() {
        let id = try id(try scanner.integer(), key.range.lowerBound)
        written.removeAll(keepingCapacity: true)
        try scanner.append(key, to: &written)
        let isRaw =
          isByteLevel && written.withUnsafeBufferPointer { ByteAlphabet.read($0, into: &raw) }
        let isNew: Bool
        if isByteLevel, !isRaw {
          let text = String(decoding: written, as: UTF8.self)
          isNew = strange.updateValue(text, forKey: id) == nil && !pieces.has(id)
        } else {
          isNew =
            (isRaw ? raw : written).withUnsafeBufferPointer { pieces.insert($0, id: id) }
            && (strange.isEmpty || strange[id] == nil)
        }
        guard isNew else { throw twice(written, id, key.range.lowerBound) }
      }
    } catch {
      throw TokenizerFault(error, path: path)
    }
    guard pieces.count > 0 else { throw .malformed(path: path, reason: "an empty vocabulary") }
    return (pieces, strange)
  }

  /// Pieces in their order with their scores.
  func scoredPieces(_ start: JSONScanner) throws(TokenizerFault) -> (PieceTable, [Double]) {
    var pieces = PieceTable(capacity: 1 << 15, byteCapacity: 1 << 18)
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
          throw twice(written, id, raw.range.lowerBound)
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

  private func twice(_ piece: [UInt8], _ id: Int32, _ offset: Int) -> TokenizerFault {
    let text = String(decoding: piece, as: UTF8.self)
    return .vocabulary(
      path: path, offset: offset, reason: "`\(text.excerpt)` or its number \(id) twice")
  }
}

/// Reads merges: `["a b", …]` or `[["a", "b"], …]`.
struct MergeReader {
  let path: String
  let pieces: PieceTable
  let isByteLevel: Bool

  /// The merges by pair; the right piece loses `prefixLength` bytes where it is joined to the left one.
  ///
  /// - Throws: `TokenizerFault.vocabulary` for a merge of pieces that the vocabulary lacks.
  func read(_ start: JSONScanner, prefixLength: Int) throws(TokenizerFault) -> MergeTable {
    var table = MergeTable(capacity: pieces.count)
    var scanner = start
    var rank: UInt32 = 0
    var (written, left, right): ([UInt8], [UInt8], [UInt8]) = ([], [], [])
    do {
      try scanner.openArray()
      while try scanner.nextElement() {
        let offset = scanner.position
        written.removeAll(keepingCapacity: true)
        let cut = try readPair(&scanner, into: &written)
        let merge =
          cut.flatMap { cut in
            ids(written, cut.left, cut.right, prefixLength, &left, &right)
          }
        guard let merge else {
          let text = String(decoding: written, as: UTF8.self)
          throw TokenizerFault.vocabulary(
            path: path, offset: offset,
            reason: "the merge `\(text.excerpt)` is of pieces that the vocabulary lacks")
        }
        table.insert(merge.left, merge.right, rank: rank, result: merge.result)
        rank += 1
      }
    } catch {
      throw TokenizerFault(error, path: path)
    }
    return table
  }

  /// One merge of a file of lines.
  func add(_ line: [UInt8], rank: UInt32, to table: inout MergeTable) -> Bool {
    var (left, right): ([UInt8], [UInt8]) = ([], [])
    guard let cut = Self.cut(line),
      let merge = ids(line, cut.left, cut.right, 0, &left, &right)
    else { return false }
    table.insert(merge.left, merge.right, rank: rank, result: merge.result)
    return true
  }

  /// Where the two pieces stand in `written`.
  private func readPair(
    _ scanner: inout JSONScanner, into written: inout [UInt8]
  ) throws(JSONFault) -> (left: Range<Int>, right: Range<Int>)? {
    if try scanner.peekKind() == .array {
      try scanner.openArray()
      guard try scanner.nextElement() else { throw scanner.fault("two pieces") }
      try scanner.append(try scanner.rawString(), to: &written)
      let end = written.count
      guard try scanner.nextElement() else { throw scanner.fault("two pieces") }
      try scanner.append(try scanner.rawString(), to: &written)
      guard try !scanner.nextElement() else { throw scanner.fault("two pieces") }
      return (0..<end, end..<written.count)
    }
    try scanner.append(try scanner.rawString(), to: &written)
    return Self.cut(written)
  }

  /// The parts of a line with exactly one space.
  private static func cut(_ line: [UInt8]) -> (left: Range<Int>, right: Range<Int>)? {
    guard let space = line.firstIndex(of: 32), space == line.lastIndex(of: 32) else { return nil }
    return (0..<space, space + 1..<line.count)
  }

  private func ids(
    _ written: [UInt8], _ first: Range<Int>, _ second: Range<Int>, _ prefixLength: Int,
    _ left: inout [UInt8], _ right: inout [UInt8]
  ) -> (left: Int32, right: Int32, result: Int32)? {
    written.withUnsafeBufferPointer { written in
      let a = UnsafeBufferPointer(rebasing: written[first])
      let b = UnsafeBufferPointer(rebasing: written[second])
      if isByteLevel {
        guard ByteAlphabet.read(a, into: &left), ByteAlphabet.read(b, into: &right) else {
          return nil
        }
      } else {
        left.removeAll(keepingCapacity: true)
        left.append(contentsOf: a)
        right.removeAll(keepingCapacity: true)
        right.append(contentsOf: b)
      }
      guard let leftID = pieces.id(of: left), let rightID = pieces.id(of: right) else {
        return nil
      }
      left.append(contentsOf: right.dropFirst(prefixLength))
      return pieces.id(of: left).map { (leftID, rightID, $0) }
    }
  }
}
