// One tokenizer for every model: the parts of a Hugging Face tokenizer.json, joined in its order.
import Foundation
import Synchronization

/// Turns texts into numbers and back, exactly as the `tokenizers` library does.
///
/// A text passes added tokens, normaliser, pre-tokeniser, model and frame. Truncation and padding that a file
/// may set are for its owner's batches and change nothing here.
package struct Tokenizer: Sendable {
  let normalizer: TextNormalizer?
  let splitter: PreTokenizer
  let model: TokenModel
  let framing: Framing
  let decoder: TokenDecoder
  /// The tokens that texts can hold as they are.
  package let addedTokens: [AddedToken]
  /// The tokens that have a role.
  package let special: NamedTokens
  private let plainTokens: AddedTokenFinder
  private let normalizedTokens: AddedTokenFinder
  /// Whether words reach the model as letters of `ByteAlphabet` and it wants the bytes.
  private let isLettered: Bool
  private let book: TokenBook
  private let memory = WorkingMemory()

  /// What a tokenizer is made of, whatever file that came from.
  package struct Parts: Sendable {
    package var normalizer: TextNormalizer?
    package var splitter = PreTokenizer()
    package var model: TokenModel
    package var framing = Framing()
    package var decoder: TokenDecoder
    package var addedTokens: [AddedToken] = []
    package var special = NamedTokens()
    /// Pieces of a byte-level model that no bytes can be, as files write them.
    package var strangePieces: [Int32: String] = [:]

    package init(model: TokenModel, decoder: TokenDecoder) {
      self.model = model
      self.decoder = decoder
    }
  }

  package init(_ parts: Parts) {
    normalizer = parts.normalizer
    var splitter = parts.splitter
    if parts.model.isByteLevel, case .byteLetters = splitter.steps.last {
      splitter.steps.removeLast()
    }
    self.splitter = splitter
    model = parts.model
    framing = parts.framing
    decoder = parts.decoder
    addedTokens = parts.addedTokens
    special = parts.special
    let makesLetters = splitter.steps.contains { if case .byteLetters = $0 { true } else { false } }
    isLettered =
      parts.model.isByteLevel && (makesLetters || parts.normalizer?.makesLetters == true)
    plainTokens = AddedTokenFinder(addedTokens.filter { !$0.isNormalized }) { Array($0.text.utf8) }
    let normalizer = parts.normalizer
    normalizedTokens = AddedTokenFinder(addedTokens.filter(\.isNormalized)) { token in
      let text = AlignedText(token.text)
      return (normalizer?.apply(text) ?? text).bytes
    }
    book = TokenBook(parts)
  }

  // MARK: Tokens

  /// One more than the largest number.
  package var size: Int { book.size }

  /// The number of a token as files write it.
  package func id(of token: String) -> Int32? { book.id(of: token) }

  /// A token as files write it: byte-level pieces in their letters.
  package func token(_ id: Int32) -> String? {
    written(id).map { String(decoding: $0, as: UTF8.self) }
  }

  func written(_ id: Int32) -> [UInt8]? { book.written(id) }

  package func isSpecial(_ id: Int32) -> Bool { book.isSpecial(id) }

  /// What it is, for people: "byte-level BPE", "SentencePiece BPE", "BPE", "WordPiece" or "Unigram".
  package var kind: String { model.kind }

  // MARK: Encoding

  /// The numbers of a text; faster than `encode`, which knows where each comes from.
  package func ids(_ text: String, addingSpecialTokens: Bool = true) -> [Int32] {
    let ids = tokens(text, tracks: false).ids
    return addingSpecialTokens ? framing.join(ids) : ids
  }

  /// The tokens of a text in its frame, with the bytes they stand for.
  package func encode(_ text: String, addingSpecialTokens: Bool = true) -> Encoding {
    framing.join([bare(text)], addingSpecialTokens: addingSpecialTokens)
  }

  /// The tokens of a text alone.
  func bare(_ text: String) -> Encoding {
    let sink = tokens(text, tracks: true)
    var encoding = Encoding()
    encoding.ids = sink.ids
    encoding.offsets = sink.ranges
    if let trimming = framing.trimming {
      for i in encoding.ids.indices {
        encoding.offsets[i] = trimmed(encoding.offsets[i], encoding.ids[i], i, trimming)
      }
    }
    return encoding
  }

  private func trimmed(
    _ range: Range<Int>, _ id: Int32, _ index: Int, _ trimming: Framing.Trimming
  ) -> Range<Int> {
    let spaces = book.outerSpaces(id)
    var leading = spaces.leading
    if leading > 0, index == 0 || range.lowerBound == 0, trimming.keepsFirstSpace { leading -= 1 }
    let lower = min(range.lowerBound + leading, range.upperBound)
    return lower..<max(range.upperBound - spaces.trailing, lower)
  }

  private func tokens(_ text: String, tracks: Bool) -> TokenSink {
    var sink = TokenSink(tracks: tracks)
    var text = text
    text.withUTF8 { bytes in
      sink.ids.reserveCapacity(bytes.count / 4)
      memory.lend { work in
        if plainTokens.isEmpty {
          read(bytes, base: 0, into: &sink, work)
        } else {
          plainTokens.forEachPart(of: bytes) { range, id in
            if id >= 0 {
              sink.append(id, range)
            } else {
              read(
                UnsafeBufferPointer(rebasing: bytes[range]), base: range.lowerBound, into: &sink,
                work)
            }
          }
        }
      }
    }
    return sink
  }

  /// Reads a part of the text that holds no added token.
  private func read(
    _ text: UnsafeBufferPointer<UInt8>, base: Int, into sink: inout TokenSink, _ work: ModelWork
  ) {
    guard !text.isEmpty else { return }
    let isSame = normalizer?.isSurelyIdentity(text) ?? true
    let start = sink.ranges.count
    if isSame, normalizedTokens.isEmpty, !isLettered {
      if let pattern = splitter.onlyPattern {
        readWords(text, pattern, into: &sink, work)
        sink.toSource(from: start, of: text, base: base)
        return
      }
      if splitter.steps.isEmpty {
        work.encode(text, at: 0, model, into: &sink)
        sink.toSource(from: start, of: text, base: base)
        return
      }
    }
    let raw = AlignedText(Array(text))
    readRewritten(isSame ? raw : normalizer?.apply(raw) ?? raw, base: base, into: &sink, work)
  }

  private func readWords(
    _ text: UnsafeBufferPointer<UInt8>, _ pattern: TextPattern, into sink: inout TokenSink,
    _ work: ModelWork
  ) {
    var end = 0
    pattern.forEachMatch(in: text) { match in
      if end < match.lowerBound {
        work.encode(
          UnsafeBufferPointer(rebasing: text[end..<match.lowerBound]), at: end, model, into: &sink)
      }
      work.encode(
        UnsafeBufferPointer(rebasing: text[match]), at: match.lowerBound, model, into: &sink)
      end = match.upperBound
    }
    work.encode(UnsafeBufferPointer(rebasing: text[end...]), at: end, model, into: &sink)
  }

  private func readRewritten(
    _ text: AlignedText, base: Int, into sink: inout TokenSink, _ work: ModelWork
  ) {
    let start = sink.ranges.count
    var words = [SplitWord(range: 0..<text.bytes.count)]
    if !normalizedTokens.isEmpty {
      words = []
      text.bytes.withUnsafeBufferPointer { bytes in
        normalizedTokens.forEachPart(of: bytes) { words.append(SplitWord(range: $0, id: $1)) }
      }
    }
    var split = SplitText(text: text, words: words, base: base)
    splitter.apply(&split)
    split.text.bytes.withUnsafeBufferPointer { bytes in
      for word in split.words {
        if word.id >= 0 {
          sink.append(word.id, word.range)
          continue
        }
        let part = UnsafeBufferPointer(rebasing: bytes[word.range])
        if isLettered {
          readLetters(part, at: word.range.lowerBound, into: &sink, work)
        } else {
          work.encode(part, at: word.range.lowerBound, model, into: &sink)
        }
      }
    }
    sink.toSource(from: start, of: split.text, base: base)
  }

  /// Reads a word of letters as the bytes they stand for; letters that stand for none are left out.
  private func readLetters(
    _ word: UnsafeBufferPointer<UInt8>, at place: Int, into sink: inout TokenSink,
    _ work: ModelWork
  ) {
    var raw: [UInt8] = []
    guard ByteAlphabet.read(word, into: &raw) else { return }
    let start = sink.ranges.count
    raw.withUnsafeBufferPointer { work.encode($0, at: 0, model, into: &sink) }
    guard sink.tracks else { return }
    var starts: [Int] = []
    for i in word.indices where word[i] & 0xC0 != 0x80 { starts.append(place + i) }
    starts.append(place + word.count)
    for i in start..<sink.ranges.count {
      let range = sink.ranges[i]
      sink.ranges[i] = starts[range.lowerBound]..<starts[range.upperBound]
    }
  }

  // MARK: Decoding

  /// The text of some tokens; numbers that no token has say nothing.
  package func decode(_ ids: [Int32], skippingSpecialTokens: Bool = true) -> String {
    var stream = streamingDecoder(skippingSpecialTokens: skippingSpecialTokens)
    var text: [UInt8] = []
    for id in ids { stream.add(id, &text) }
    stream.finish(&text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Gives out text while tokens come; all of it joined is what `decode` gives.
  package func streamingDecoder(skippingSpecialTokens: Bool = true) -> StreamingDecoder {
    StreamingDecoder(self, skippingSpecialTokens: skippingSpecialTokens)
  }
}

extension TokenSink {
  /// Turns ranges of a text that was not rewritten into ranges of whole scalars of the source.
  mutating func toSource(from start: Int, of text: UnsafeBufferPointer<UInt8>, base: Int) {
    for i in start..<ranges.count {
      var (lower, upper) = (ranges[i].lowerBound, ranges[i].upperBound)
      while lower > 0, lower < text.count, text[lower] & 0xC0 == 0x80 { lower -= 1 }
      while upper < text.count, text[upper] & 0xC0 == 0x80 { upper += 1 }
      ranges[i] = base + lower..<base + upper
    }
  }

  /// Turns ranges of a rewritten text into ranges of the source.
  mutating func toSource(from start: Int, of text: AlignedText, base: Int) {
    guard text.sources != nil else {
      text.bytes.withUnsafeBufferPointer { toSource(from: start, of: $0, base: base) }
      return
    }
    for i in start..<ranges.count {
      let source = text.source(of: ranges[i])
      ranges[i] = base + source.lowerBound..<base + source.upperBound
    }
  }
}

/// The memory of models between calls: each call takes one and puts it back.
final class WorkingMemory: Sendable {
  private let idle = Mutex<[ModelWork]>([])
  private static let mostIdle = 8

  func lend(_ body: (ModelWork) -> Void) {
    let work = idle.withLock { $0.popLast() } ?? ModelWork()
    body(work)
    idle.withLock { if $0.count < Self.mostIdle { $0.append(work) } }
  }
}
