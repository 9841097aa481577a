// The merges of a byte-pair vocabulary, from the bytes into a table.
import AdaptSystem

/// Reads merges: `["a b", …]`, `[["a", "b"], …]`, or lines of `a b`.
struct MergeReader {
  private let path: String
  private var maker: MergeMaker
  private var table: MergeTable

  /// The right piece of a merge loses `prefixLength` bytes where it is joined to the left one.
  init(path: String, pieces: PieceTable, isByteLevel: Bool, prefixLength: Int = 0) {
    self.path = path
    maker = MergeMaker(pieces: pieces, isByteLevel: isByteLevel, prefixLength: prefixLength)
    table = MergeTable(capacity: pieces.count)
  }

  /// The merges of the list that comes next.
  ///
  /// - Throws: `TokenizerFault.vocabulary` for a merge of pieces that the vocabulary lacks.
  consuming func read(_ start: JSONScanner) throws(TokenizerFault) -> MergeTable {
    var scanner = start
    var rank: UInt32 = 0
    do {
      try scanner.openArray()
      while try scanner.nextElement() {
        let offset = scanner.position
        let isAdded =
          try scanner.peekKind() == .array
          ? try addPair(&scanner, rank) : try addLine(&scanner, rank)
        guard isAdded else { throw lacking(start, offset) }
        rank += 1
      }
    } catch {
      throw TokenizerFault(error, path: path)
    }
    return table
  }

  /// The merges that are lines; the first may say the version.
  ///
  /// - Throws: `TokenizerFault.vocabulary` for a merge of pieces that the vocabulary lacks.
  consuming func lines(
    of bytes: UnsafeBufferPointer<UInt8>
  ) throws(TokenizerFault) -> MergeTable {
    var rank: UInt32 = 0
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
      let isReturn = end > start && bytes[end - 1] == 0x0D
      let line = UnsafeBufferPointer(rebasing: bytes[start..<(isReturn ? end - 1 : end)])
      if !line.isEmpty, start > 0 || !line.starts(with: "#version".utf8) {
        guard add(line, rank) else {
          throw lacking(String(decoding: line, as: UTF8.self), start)
        }
        rank += 1
      }
      start = end + 1
    }
    return table
  }

  private func lacking(_ text: String, _ offset: Int) -> TokenizerFault {
    .vocabulary(
      path: path, offset: offset,
      reason: "the merge `\(text.excerpt)` is of pieces that the vocabulary lacks")
  }

  /// The fault of the merge at `offset`.
  private func lacking(_ start: JSONScanner, _ offset: Int) -> TokenizerFault {
    var text = ""
    do throws(JSONFault) {
      var scanner = start
      try scanner.openArray()
      while try scanner.nextElement() {
        let isWanted = scanner.position == offset
        let value = try scanner.value()
        guard isWanted else { continue }
        text = if case .string(let line) = value { line } else { value.brief }
        break
      }
    } catch {
      return .json(error)
    }
    return lacking(text, offset)
  }

  private mutating func addPair(
    _ scanner: inout JSONScanner, _ rank: UInt32
  ) throws(JSONFault) -> Bool {
    try scanner.openArray()
    guard try scanner.nextElement() else { throw scanner.fault("two pieces") }
    let first = try scanner.rawString()
    guard try scanner.nextElement() else { throw scanner.fault("two pieces") }
    let second = try scanner.rawString()
    guard try !scanner.nextElement() else { throw scanner.fault("two pieces") }
    if let first = scanner.bytes(of: first), let second = scanner.bytes(of: second) {
      return add(first, second, rank)
    }
    var (left, right): ([UInt8], [UInt8]) = ([], [])
    try scanner.append(first, to: &left)
    try scanner.append(second, to: &right)
    return left.withUnsafeBufferPointer { left in
      right.withUnsafeBufferPointer { add(left, $0, rank) }
    }
  }

  private mutating func addLine(
    _ scanner: inout JSONScanner, _ rank: UInt32
  ) throws(JSONFault) -> Bool {
    let raw = try scanner.rawString()
    if let line = scanner.bytes(of: raw) { return add(line, rank) }
    var line: [UInt8] = []
    try scanner.append(raw, to: &line)
    return line.withUnsafeBufferPointer { add($0, rank) }
  }

  /// A line with exactly one space.
  private mutating func add(_ line: UnsafeBufferPointer<UInt8>, _ rank: UInt32) -> Bool {
    guard let space = line.firstIndex(of: 32), !line[(space + 1)...].contains(32) else {
      return false
    }
    return add(
      UnsafeBufferPointer(rebasing: line[..<space]),
      UnsafeBufferPointer(rebasing: line[(space + 1)...]), rank)
  }

  private mutating func add(
    _ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>, _ rank: UInt32
  ) -> Bool {
    guard let merge = maker.merge(left, right) else { return false }
    table.insert(merge.left, merge.right, rank: rank, result: merge.result)
    return true
  }
}

/// Finds the numbers of merges.
private struct MergeMaker {
  private let pieces: PieceTable
  private let isByteLevel: Bool
  private let prefixLength: Int
  private var room = [UInt8](repeating: 0, count: 256)
  /// The number that comes behind the last result: trained vocabularies have their merges in this order.
  private var expected: Int32 = 0

  init(pieces: PieceTable, isByteLevel: Bool, prefixLength: Int) {
    self.pieces = pieces
    self.isByteLevel = isByteLevel
    self.prefixLength = prefixLength
  }

  /// The numbers of two pieces as files write them, and of what they become; nil where one is missing.
  mutating func merge(
    _ first: UnsafeBufferPointer<UInt8>, _ second: UnsafeBufferPointer<UInt8>
  ) -> (left: Int32, right: Int32, result: Int32)? {
    let count = first.count + second.count
    var room: [UInt8] = []
    swap(&room, &self.room)
    if room.count < count { room = [UInt8](repeating: 0, count: count * 2) }
    let found = room.withUnsafeMutableBufferPointer { find(first, second, $0) }
    swap(&room, &self.room)
    if let found { expected = found.result &+ 1 }
    return found
  }

  private func find(
    _ first: UnsafeBufferPointer<UInt8>, _ second: UnsafeBufferPointer<UInt8>,
    _ room: UnsafeMutableBufferPointer<UInt8>
  ) -> (left: Int32, right: Int32, result: Int32)? {
    guard let middle = write(first, room),
      let length = write(second, UnsafeMutableBufferPointer(rebasing: room[middle...])),
      let left = pieces.id(of: UnsafeBufferPointer(rebasing: room[..<middle])),
      let right = pieces.id(of: UnsafeBufferPointer(rebasing: room[middle..<middle + length]))
    else { return nil }
    let cut = min(prefixLength, length)
    for i in middle..<middle + length - cut where cut > 0 { room[i] = room[i + cut] }
    let whole = UnsafeBufferPointer(rebasing: room[..<(middle + length - cut)])
    if pieces.has(expected, as: whole) { return (left, right, expected) }
    return pieces.id(of: whole).map { (left, right, $0) }
  }

  private func write(
    _ written: UnsafeBufferPointer<UInt8>, _ room: UnsafeMutableBufferPointer<UInt8>
  ) -> Int? {
    if isByteLevel { return ByteAlphabet.read(written, into: room) }
    for i in written.indices { room[i] = written[i] }
    return written.count
  }
}
