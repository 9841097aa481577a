// Byte-pair encoding: of raw bytes, as GPT-2, Llama 3 and Qwen do, or of scalars, as SentencePiece does.

/// A vocabulary with merges.
///
/// Sennrich et al., arXiv:1508.07909; the corner cases are those of the `tokenizers` library.
package struct BytePairModel: Sendable {
  /// What else a tokenizer file says of the model.
  package struct Options: Sendable {
    /// Whether the pieces are raw bytes, and each byte of a word is a symbol at first.
    package var isByteLevel = false
    /// What stands for a scalar without piece; nil drops it.
    package var unknown: Int32?
    /// Whether neighbouring unknown scalars are one token.
    package var fusesUnknown = false
    /// The pieces `<0x00>` to `<0xFF>`, −1 where one is missing; empty without byte fallback.
    package var fallback: [Int32] = []
    /// Whether a word that is a piece is taken whole, whatever the merges say.
    package var ignoresMerges = false
    /// Written before each symbol but the first of a word.
    package var prefix: [UInt8] = []
    /// Written behind the last symbol of a word.
    package var suffix: [UInt8] = []

    package init() {}
  }

  package let pieces: PieceTable
  package let merges: MergeTable
  package let options: Options
  /// The number of each byte alone, or of each scalar of the basic plane, −1 for none.
  private let symbols: [Int32]
  /// Whether a word may be cut before each `▁` behind something else, because no merge crosses there.
  let splitsAtMarker: Bool

  package init(pieces: PieceTable, merges: MergeTable, options: Options) {
    self.pieces = pieces
    self.merges = merges
    self.options = options
    var symbols = [Int32](repeating: -1, count: options.isByteLevel ? 256 : 0x1_0000)
    var crosses = false
    pieces.visit { id, piece in
      if options.isByteLevel {
        if piece.count == 1 { symbols[Int(piece[0])] = id }
      } else if !piece.isEmpty {
        let (scalar, length) = UTF8Scalars.decode(piece, at: 0)
        if length == piece.count, scalar < 0x1_0000 { symbols[Int(scalar)] = id }
        crosses = crosses || Marker.isInside(piece)
      }
    }
    self.symbols = symbols
    splitsAtMarker =
      !options.isByteLevel && !crosses && symbols[Int(Marker.scalar)] >= 0
      && options.prefix.isEmpty && options.suffix.isEmpty && !options.ignoresMerges
  }

  /// Appends the tokens of a word that is not empty.
  func encode(
    _ word: UnsafeBufferPointer<UInt8>, _ merging: inout PairMerging, into out: inout WordTokens
  ) {
    if options.ignoresMerges, let id = pieces.id(of: word) {
      out.append(id, 0, word.count)
      return
    }
    merging.start()
    if options.isByteLevel { addBytes(word, &merging) } else { addScalars(word, &merging) }
    merging.merge(merges)
    var place = 0
    for (id, length) in zip(merging.ids, merging.lengths) {
      out.append(id, place, place + Int(length))
      place += Int(length)
    }
  }

  private func addBytes(_ word: UnsafeBufferPointer<UInt8>, _ merging: inout PairMerging) {
    var unknown = UnknownRun(options)
    for byte in word {
      let id = symbols[Int(byte)]
      if id >= 0 {
        unknown.end(&merging)
        merging.add(id, 1)
      } else {
        unknown.add(1, &merging)
      }
    }
    unknown.end(&merging)
  }

  private func addScalars(_ word: UnsafeBufferPointer<UInt8>, _ merging: inout PairMerging) {
    var unknown = UnknownRun(options)
    let isDecorated = !options.prefix.isEmpty || !options.suffix.isEmpty
    var place = 0
    while place < word.count {
      let (scalar, length) = UTF8Scalars.decode(word, at: place)
      let symbol = UnsafeBufferPointer(rebasing: word[place..<place + length])
      place += length
      let id: Int32?
      if isDecorated {
        id = decorated(symbol, isFirst: place == length, isLast: place == word.count)
      } else if scalar < 0x1_0000 {
        id = symbols[Int(scalar)] >= 0 ? symbols[Int(scalar)] : nil
      } else {
        id = pieces.id(of: symbol)
      }
      if let id {
        unknown.end(&merging)
        merging.add(id, length)
      } else if !addFallback(symbol, &merging) {
        unknown.add(length, &merging)
      }
    }
    unknown.end(&merging)
  }

  private func decorated(
    _ symbol: UnsafeBufferPointer<UInt8>, isFirst: Bool, isLast: Bool
  ) -> Int32? {
    let before = isFirst ? [] : options.prefix
    return pieces.id(of: before + symbol + (isLast ? options.suffix : []))
  }

  /// The bytes of a scalar as pieces, if each of them is one.
  private func addFallback(
    _ symbol: UnsafeBufferPointer<UInt8>, _ merging: inout PairMerging
  ) -> Bool {
    guard !options.fallback.isEmpty,
      symbol.allSatisfy({ options.fallback[Int($0)] >= 0 })
    else { return false }
    for byte in symbol { merging.add(options.fallback[Int(byte)], 1) }
    return true
  }
}

/// The unknown scalars just read, not yet a token.
private struct UnknownRun {
  private let id: Int32?
  private let fuses: Bool
  private var length = 0

  init(_ options: BytePairModel.Options) {
    id = options.unknown
    fuses = options.fusesUnknown
  }

  mutating func add(_ length: Int, _ merging: inout PairMerging) {
    if !fuses { end(&merging) }
    self.length += length
  }

  @inline(__always)
  mutating func end(_ merging: inout PairMerging) {
    guard length > 0 else { return }
    if let id { merging.add(id, length) }
    length = 0
  }
}

/// SentencePiece's sign for a space.
package enum Marker {
  package static let scalar: UInt32 = 0x2581
  package static let bytes: [UInt8] = [0xE2, 0x96, 0x81]

  /// Whether the sign starts at `place`.
  @inline(__always)
  static func starts(_ text: UnsafeBufferPointer<UInt8>, _ place: Int) -> Bool {
    place + 2 < text.count && text[place] == 0xE2 && text[place + 1] == 0x96
      && text[place + 2] == 0x81
  }

  /// Whether the sign stands behind something else in `piece`.
  static func isInside(_ piece: UnsafeBufferPointer<UInt8>) -> Bool {
    var start = 0
    while starts(piece, start) { start += 3 }
    return piece.indices.contains { $0 >= start && starts(piece, $0) }
  }
}
