// The models a tokenizer file can have, behind one door, with the cache of words before them.

/// What turns words into numbers.
package enum TokenModel: Sendable {
  case bytePair(BytePairModel)
  case wordPiece(WordPieceModel)
  case unigram(UnigramModel)

  package var pieces: PieceTable {
    switch self {
    case .bytePair(let model): model.pieces
    case .wordPiece(let model): model.pieces
    case .unigram(let model): model.pieces
    }
  }

  /// Whether pieces are raw bytes, which files write in `ByteAlphabet`.
  var isByteLevel: Bool {
    if case .bytePair(let model) = self { model.options.isByteLevel } else { false }
  }

  /// Its name for people.
  var kind: String {
    switch self {
    case .bytePair(let model):
      model.options.isByteLevel
        ? "byte-level BPE"
        : model.splitsAtMarker || !model.options.fallback.isEmpty ? "SentencePiece BPE" : "BPE"
    case .wordPiece: "WordPiece"
    case .unigram: "Unigram"
    }
  }
}

/// The memory of one call of a model; it serves the next call too.
///
/// Unchecked: a call takes it out of `WorkingMemory`, and puts it back when it ends.
final class ModelWork: @unchecked Sendable {
  private var cache = WordCache()
  private var merging = PairMerging()
  private var single = WordTokens()

  /// Appends the tokens of one word at `place` of the text.
  @inline(__always)
  func encode(
    _ word: UnsafeBufferPointer<UInt8>, at place: Int, _ model: TokenModel,
    into out: inout TokenSink
  ) {
    guard !word.isEmpty else { return }
    if case .bytePair(let pairs) = model, pairs.splitsAtMarker, word.count > 3 {
      var start = 0
      for end in 3..<word.count
      where word[end] == 0xE2 && Marker.starts(word, end) && !Marker.starts(word, end - 3) {
        encodeOne(
          UnsafeBufferPointer(rebasing: word[start..<end]), at: place + start, model, into: &out)
        start = end
      }
      encodeOne(
        UnsafeBufferPointer(rebasing: word[start...]), at: place + start, model, into: &out)
    } else {
      encodeOne(word, at: place, model, into: &out)
    }
  }

  @inline(__always)
  private func encodeOne(
    _ word: UnsafeBufferPointer<UInt8>, at place: Int, _ model: TokenModel,
    into out: inout TokenSink
  ) {
    if word.count <= WordCache.longestWord {
      let range = cache.range(of: word) { make(word, model, &$0) }
      out.append(cache.tokens, range, at: place)
    } else {
      single.removeAll()
      make(word, model, &single)
      out.append(single, 0..<single.ids.count, at: place)
    }
  }

  private func make(
    _ word: UnsafeBufferPointer<UInt8>, _ model: TokenModel, _ tokens: inout WordTokens
  ) {
    switch model {
    case .bytePair(let model): model.encode(word, &merging, into: &tokens)
    case .wordPiece(let model): model.encode(word, into: &tokens)
    case .unigram(let model): model.encode(word, into: &tokens)
    }
  }
}
