// The `model` of a tokenizer.json: some options, and megabytes of pieces and merges that are read in place.
import AdaptSystem

/// The pieces, merges and options of a model.
struct ModelReader {
  let path: String
  private let options: PartSettings
  /// Scanners that stand at the vocabulary and the merges.
  private let vocabulary: JSONScanner
  private let merges: JSONScanner?
  /// How many bytes the vocabulary has.
  private let vocabularyBytes: Int

  /// Walks the object that comes next in `scanner`.
  init(_ scanner: inout JSONScanner) throws(TokenizerFault) {
    path = scanner.path
    var values: [String: JSONValue] = [:]
    var (vocabulary, merges): (JSONScanner?, JSONScanner?) = (nil, nil)
    var vocabularyBytes = 0
    do throws(JSONFault) {
      try scanner.openObject()
      while let key = try scanner.nextKey() {
        switch key {
        case "vocab":
          vocabulary = scanner
          let start = scanner.position
          try scanner.skip()
          vocabularyBytes = scanner.position - start
        case "merges":
          merges = scanner
          try scanner.skip()
        default: values[key] = try scanner.value()
        }
      }
    } catch {
      throw .json(error)
    }
    guard let vocabulary else {
      throw .malformed(path: path, reason: "no `model.vocab`")
    }
    self.vocabulary = vocabulary
    self.merges = merges
    self.vocabularyBytes = vocabularyBytes
    if values["type"] == nil { values["type"] = .string(try Self.type(vocabulary, merges)) }
    guard let options = try PartSettings(.object(values), role: "tokenizer model", path: path)
    else { throw .malformed(path: path, reason: "no `model`") }
    self.options = options
  }

  /// The type that old files leave out.
  private static func type(
    _ vocabulary: JSONScanner, _ merges: JSONScanner?
  ) throws(TokenizerFault) -> String {
    var vocabulary = vocabulary
    do throws(JSONFault) {
      if try vocabulary.peekKind() == .array { return "Unigram" }
    } catch {
      throw .json(error)
    }
    return merges == nil ? "WordPiece" : "BPE"
  }

  var isBytePair: Bool { options.type == "BPE" }

  /// What the model is made of.
  struct Result {
    var model: TokenModel
    var strangePieces: [Int32: String] = [:]
  }

  /// Reads it all; `isByteLevel` says whether pieces are written in letters for bytes.
  ///
  /// - Throws: `TokenizerFault` with the place of what cannot be.
  func read(isByteLevel: Bool) throws(TokenizerFault) -> Result {
    switch options.type {
    case "BPE": try bytePair(isByteLevel)
    case "WordPiece": Result(model: .wordPiece(try wordPiece()))
    case "Unigram": Result(model: .unigram(try unigram()))
    default: throw options.unknown(["BPE", "WordPiece", "Unigram"])
    }
  }

  private func bytePair(_ isByteLevel: Bool) throws(TokenizerFault) -> Result {
    if let dropout = options.value("dropout"), dropout.double != 0 {
      throw .unsupported(path: path, part: "dropout", got: dropout.brief, known: ["null"])
    }
    var result = BytePairModel.Options()
    result.isByteLevel = isByteLevel
    result.prefix = Array((try options.string("continuing_subword_prefix") ?? "").utf8)
    result.suffix = Array((try options.string("end_of_word_suffix") ?? "").utf8)
    guard !isByteLevel || result.prefix.isEmpty && result.suffix.isEmpty else {
      throw .unsupported(
        path: path, part: "prefix or suffix of byte-level pieces",
        got: String(decoding: result.prefix + result.suffix, as: UTF8.self), known: ["none"])
    }
    result.fusesUnknown = try options.bool("fuse_unk", false)
    result.ignoresMerges = try options.bool("ignore_merges", false)
    let (pieces, strange) = try VocabularyReader(path: path, byteCount: vocabularyBytes).pieces(
      vocabulary, isByteLevel: isByteLevel)
    if try options.bool("byte_fallback", false), !isByteLevel {
      result.fallback = ByteFallback.ids(pieces)
    }
    if let name = try options.string("unk_token"), !name.isEmpty {
      result.unknown = pieces.id(of: Array(name.utf8)) ?? strange.first { $0.value == name }?.key
      guard result.unknown != nil || isByteLevel else {
        throw .missingToken(path: path, token: name)
      }
    }
    let table = try merges.map { (merges) throws(TokenizerFault) in
      try MergeReader(
        path: path, pieces: pieces, isByteLevel: isByteLevel, prefixLength: result.prefix.count
      ).read(merges)
    }
    let model = BytePairModel(
      pieces: pieces, merges: table ?? MergeTable(capacity: 0), options: result)
    return Result(model: .bytePair(model), strangePieces: strange)
  }

  private func wordPiece() throws(TokenizerFault) -> WordPieceModel {
    let (pieces, _) = try VocabularyReader(path: path, byteCount: vocabularyBytes).pieces(
      vocabulary, isByteLevel: false)
    let name = try options.string("unk_token") ?? "[UNK]"
    guard let unknown = pieces.id(of: Array(name.utf8)) else {
      throw .missingToken(path: path, token: name)
    }
    let prefix = try options.string("continuing_subword_prefix") ?? "##"
    return WordPieceModel(
      pieces: pieces, unknown: unknown, prefix: Array(prefix.utf8),
      longestWord: try options.count("max_input_chars_per_word", 100))
  }

  private func unigram() throws(TokenizerFault) -> UnigramModel {
    let (pieces, scores) = try VocabularyReader(path: path, byteCount: vocabularyBytes)
      .scoredPieces(vocabulary)
    guard let number = options.value("unk_id")?.int, let unknown = Int32(exactly: number),
      pieces.has(unknown)
    else { throw options.fault("unk_id", "the number of a piece") }
    let hasFallback = try options.bool("byte_fallback", false)
    return UnigramModel(
      pieces: pieces, scores: scores, unknown: unknown,
      fallback: hasFallback ? ByteFallback.ids(pieces) : [])
  }
}
