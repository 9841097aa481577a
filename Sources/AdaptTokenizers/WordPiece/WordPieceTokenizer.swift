// BERT's tokenizer: clean-up, split at spaces and punctuation, then the longest known pieces from the left.

/// A WordPiece tokenizer with BERT's normaliser and splitter.
///
/// Wu et al., arXiv:1609.08144; Devlin et al.,
/// arXiv:1810.04805.
package struct WordPieceTokenizer: Sendable {
  package let vocabulary: Vocabulary
  package let unknown: Int32
  /// What stands before and after a single text, `[CLS]` and `[SEP]` in BERT.
  package let prefix: [Int32]
  package let suffix: [Int32]
  /// Words of more scalars than this are unknown as a whole.
  let longestWord: Int
  let normalizer: BertNormalizer
  let specials: SpecialTokens

  init(
    vocabulary: Vocabulary, unknown: Int32, frame: (prefix: [Int32], suffix: [Int32]),
    options: BertNormalizerOptions, specials: SpecialTokens, longestWord: Int = 100
  ) {
    self.vocabulary = vocabulary
    self.unknown = unknown
    self.prefix = frame.prefix
    self.suffix = frame.suffix
    self.longestWord = longestWord
    self.normalizer = BertNormalizer(options)
    self.specials = specials
  }

  /// The tokens of `text` without prefix and suffix, at most `limit` of them.
  ///
  /// Special tokens written out in the text, such as `[MASK]`, are themselves. Reading stops at the limit,
  /// so a long text costs no more than what is used of it.
  package func encode(_ text: String, limit: Int = .max) -> [Token] {
    var text = text
    return text.withUTF8 { encode($0, limit: limit) }
  }

  /// One more than the largest number it can give.
  package var size: Int { max(vocabulary.size, specials.size) }

  /// The numbers of `tokens` between prefix and suffix.
  package func framed(_ tokens: some Sequence<Token>) -> [Int32] {
    prefix + tokens.map(\.id) + suffix
  }

  private func encode(_ text: UnsafeBufferPointer<UInt8>, limit: Int) -> [Token] {
    var splitter = WordSplitter(tokenizer: self, limit: limit)
    var position = 0
    while position < text.count, !splitter.isFull {
      if let special = specials.match(in: text, at: position) {
        splitter.endWord()
        splitter.append(
          Token(id: special.id, bytes: special.bytes, isUnknown: special.id == unknown))
        position = special.bytes.upperBound
      } else {
        let (scalar, length) = UTF8Scalars.decode(text, at: position)
        splitter.read(scalar, bytes: position..<position + length)
        position += length
      }
    }
    splitter.endWord()
    return splitter.tokens
  }
}

/// Collects normalised scalars into words and words into tokens.
private struct WordSplitter {
  let tokenizer: WordPieceTokenizer
  let limit: Int
  private(set) var tokens: [Token] = []
  /// The word so far: normalised UTF-8, where each scalar of it ends, and which bytes of the text it is.
  private var word: [UInt8] = []
  private var ends: [Int] = []
  private var sources: [Range<Int>] = []
  private var block: (number: UInt32, forms: ScalarBlock)?

  init(tokenizer: WordPieceTokenizer, limit: Int) {
    self.tokenizer = tokenizer
    self.limit = limit
  }

  var isFull: Bool { tokens.count >= limit }

  mutating func append(_ token: Token) {
    if !isFull { tokens.append(token) }
  }

  mutating func read(_ scalar: UInt32, bytes: Range<Int>) {
    if block?.number != scalar >> 8 {
      block = (scalar >> 8, tokenizer.normalizer.block(of: scalar))
    }
    guard let block else { return }
    for form in block.forms[scalar] {
      switch form.kind {
      case .space: endWord()
      case .punctuation:
        endWord()
        add(form.value, bytes)
        endWord()
      case .letter: add(form.value, bytes)
      }
    }
  }

  private mutating func add(_ scalar: UInt32, _ bytes: Range<Int>) {
    UTF8Scalars.append(scalar, to: &word)
    ends.append(word.count)
    sources.append(bytes)
  }

  /// Turns the collected word into tokens.
  mutating func endWord() {
    guard !ends.isEmpty else { return }
    let start = tokens.count
    if ends.count > tokenizer.longestWord || !appendPieces() {
      tokens.removeSubrange(start...)
      let bytes = sources[0].lowerBound..<sources[sources.count - 1].upperBound
      tokens.append(Token(id: tokenizer.unknown, bytes: bytes, isUnknown: true))
    }
    if tokens.count > limit { tokens.removeSubrange(limit...) }
    word.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    sources.removeAll(keepingCapacity: true)
  }

  /// Appends the longest known piece again and again; false when some rest has none.
  private mutating func appendPieces() -> Bool {
    var first = 0
    while first < ends.count {
      guard let (id, last) = longestPiece(from: first) else { return false }
      let bytes = sources[first].lowerBound..<sources[last].upperBound
      tokens.append(Token(id: id, bytes: bytes, isUnknown: id == tokenizer.unknown))
      first = last + 1
    }
    return true
  }

  /// The longest piece of the vocabulary that starts at scalar `first`, and its last scalar.
  private func longestPiece(from first: Int) -> (id: Int32, last: Int)? {
    let start = first == 0 ? 0 : ends[first - 1]
    var hash = PieceHash(continues: first > 0)
    var hashes: [PieceHash] = []
    hashes.reserveCapacity(16)
    for last in first..<ends.count {
      guard ends[last] - start <= tokenizer.vocabulary.longest else { break }
      for byte in word[(last == first ? start : ends[last - 1])..<ends[last]] { hash.add(byte) }
      hashes.append(hash)
    }
    return word.withUnsafeBufferPointer { word in
      for (offset, hash) in hashes.enumerated().reversed() {
        let piece = UnsafeBufferPointer(rebasing: word[start..<ends[first + offset]])
        if let id = tokenizer.vocabulary.id(of: piece, hash: hash, continues: first > 0) {
          return (id, first + offset)
        }
      }
      return nil
    }
  }
}
