// A model folder as a tokenizer: tokenizer.json, or the older files that came before it.
import AdaptSystem
package import Foundation

extension Tokenizer {
  /// The tokenizer of a model folder, from the first of the files it knows.
  ///
  /// - Throws: `TokenizerFault` naming the file and what it lacks, or the files it looked for.
  package init(folder: URL) throws(TokenizerFault) {
    func file(_ name: String) -> URL? {
      let url = folder.appendingPathComponent(name)
      return FileManager.default.fileExists(atPath: url.path) ? url : nil
    }
    if let json = file("tokenizer.json") {
      try self.init(json: json)
    } else if let model = file("tokenizer.model") {
      try self.init(sentencePiece: model, settings: folder)
    } else if let text = file("vocab.txt") {
      try self.init(vocabularyText: text, settings: folder)
    } else if let pieces = file("vocab.json"), let merges = file("merges.txt") {
      try self.init(vocabulary: pieces, merges: merges, settings: folder)
    } else {
      throw .missing(
        folder: folder.path,
        wanted: ["tokenizer.json", "tokenizer.model", "vocab.txt", "vocab.json with merges.txt"])
    }
  }

  /// BERT's tokenizer of one piece a line, with the settings of the files in a folder.
  ///
  /// - Throws: `TokenizerFault` for a vocabulary without BERT's special tokens.
  package init(vocabularyText: URL, settings: URL? = nil) throws(TokenizerFault) {
    let path = vocabularyText.path
    let names = try SpecialNames(folder: settings)
    let data = try TokenizerFiles.read(vocabularyText)
    let pieces = try data.withBytes { (bytes) throws(TokenizerFault) in
      try PieceTable.lines(of: bytes, path: path)
    }
    func id(_ token: String) throws(TokenizerFault) -> Int32 {
      guard let id = pieces.id(of: Array(token.utf8)) else {
        throw .missingToken(path: path, token: token)
      }
      return id
    }
    let tokens = [
      names.text("unk_token") ?? "[UNK]", names.text("cls_token") ?? "[CLS]",
      names.text("sep_token") ?? "[SEP]", names.text("pad_token") ?? "[PAD]",
      names.text("mask_token") ?? "[MASK]",
    ]
    let (unknown, start, end) = try (id(tokens[0]), id(tokens[1]), id(tokens[2]))
    let model = WordPieceModel(
      pieces: pieces, unknown: unknown, prefix: Array("##".utf8), longestWord: 100)
    let decoder = TokenDecoder([.wordPiece(prefix: Array("##".utf8), cleansUp: true)])
    var parts = Parts(model: .wordPiece(model), decoder: decoder)
    parts.normalizer = .bert(BertNormalizer(try names.bertOptions()))
    parts.splitter = PreTokenizer([
      .scalars(.whitespace, .removed), .scalars(.punctuation, .isolated),
    ])
    parts.framing.single = [
      .special([start], type: 0), .text(0, type: 0), .special([end], type: 0),
    ]
    parts.framing.pair = parts.framing.single + [.text(1, type: 1), .special([end], type: 1)]
    parts.addedTokens = tokens.compactMap { token in
      pieces.id(of: Array(token.utf8)).map { AddedToken(token, id: $0) }
    }
    parts.special = names.tokens(Tokenizer(parts))
    self.init(parts)
  }

  /// GPT-2's files of pieces and merges, and those of its relatives, with the settings in a folder.
  ///
  /// - Throws: `TokenizerFault` with the byte or line that cannot be.
  package init(
    vocabulary: URL, merges: URL, settings: URL? = nil
  ) throws(TokenizerFault) {
    let names = try SpecialNames(folder: settings)
    let data = try TokenizerFiles.read(vocabulary)
    let (pieces, strange) = try data.withBytes { (bytes) throws(TokenizerFault) in
      let scanner: JSONScanner
      do throws(JSONFault) {
        scanner = try JSONScanner(bytes, path: vocabulary.path)
      } catch {
        throw .json(error)
      }
      return try VocabularyReader(path: vocabulary.path, byteCount: bytes.count)
        .pieces(scanner, isByteLevel: true)
    }
    let lines = try TokenizerFiles.read(merges)
    let table = try lines.withBytes { (bytes) throws(TokenizerFault) in
      try MergeReader(path: merges.path, pieces: pieces, isByteLevel: true).lines(of: bytes)
    }
    var options = BytePairModel.Options()
    options.isByteLevel = true
    let model = BytePairModel(pieces: pieces, merges: table, options: options)
    var parts = Parts(model: .bytePair(model), decoder: TokenDecoder([.byteLetters]))
    parts.strangePieces = strange
    let pattern = try PartSettings.regex(PreTokenizer.gpt2Pattern, vocabulary.path)
    let prefixSpace = names.settings["add_prefix_space"] == .boolean(true)
    parts.splitter = PreTokenizer(
      (prefixSpace ? [.prefixSpace] : []) + [
        .split(.regex(pattern), .isolated, inverted: false), .byteLetters,
      ])
    try parts.addNamedTokens(names, path: vocabulary.path)
    parts.special = names.tokens(Tokenizer(parts))
    self.init(parts)
  }
}

extension Tokenizer.Parts {
  /// The special tokens of old byte-level files, and RoBERTa's frame where they name one.
  fileprivate mutating func addNamedTokens(
    _ names: SpecialNames, path: String
  ) throws(TokenizerFault) {
    let book = TokenBook(self)
    let roles = [
      "bos_token", "eos_token", "unk_token", "pad_token", "cls_token", "sep_token", "mask_token",
    ]
    var texts = roles.compactMap(names.text)
    if texts.isEmpty { texts = ["<|endoftext|>"] }
    for text in Set(texts).sorted() {
      guard let id = book.id(of: text) else { continue }
      var token = AddedToken(text, id: id)
      token.takesLeft = text == names.text("mask_token")
      addedTokens.append(token)
    }
    guard let cls = names.text("cls_token"), let sep = names.text("sep_token") else { return }
    guard let start = book.id(of: cls), let end = book.id(of: sep) else {
      throw .missingToken(path: path, token: book.id(of: cls) == nil ? cls : sep)
    }
    framing.single = [.special([start], type: 0), .text(0, type: 0), .special([end], type: 0)]
    framing.pair =
      framing.single + [.special([end], type: 0), .text(1, type: 0), .special([end], type: 0)]
    framing.trimming = Framing.Trimming(keepsFirstSpace: true)
  }
}

extension SpecialNames {
  /// The normaliser that tokenizer_config.json asks for; lower case without one.
  fileprivate func bertOptions() throws(TokenizerFault) -> BertNormalizerOptions {
    var options = BertNormalizerOptions()
    func bool(_ key: String) throws(TokenizerFault) -> Bool? {
      switch settings[key] {
      case nil, .null: return nil
      case .boolean(let value): return value
      case .some(let value):
        throw .malformed(path: settingsPath, reason: "`\(key)` is \(value.brief)")
      }
    }
    options.lowercases = try bool("do_lower_case") ?? true
    options.stripsAccents = try bool("strip_accents")
    options.separatesCJK = try bool("tokenize_chinese_chars") ?? true
    return options
  }
}

/// Calls `body` with each line, without its end, and the byte it starts at.
private func forEachLine(
  of bytes: UnsafeBufferPointer<UInt8>,
  _ body: (UnsafeBufferPointer<UInt8>, Int) throws(TokenizerFault) -> Void
) throws(TokenizerFault) {
  var start = 0
  while start < bytes.count {
    let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
    let isReturn = end > start && bytes[end - 1] == 0x0D
    try body(UnsafeBufferPointer(rebasing: bytes[start..<(isReturn ? end - 1 : end)]), start)
    start = end + 1
  }
}

extension PieceTable {
  /// Pieces that are lines, numbered from 0.
  fileprivate static func lines(
    of bytes: UnsafeBufferPointer<UInt8>, path: String
  ) throws(TokenizerFault) -> PieceTable {
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw .malformed(path: path, reason: "it is not UTF-8")
    }
    var pieces = PieceTable(capacity: bytes.count / 7, byteCapacity: bytes.count)
    var id: Int32 = 0
    try forEachLine(of: bytes) { (line, start) throws(TokenizerFault) in
      guard id < VocabularyLimits.pieces, pieces.insert(line, id: id) else {
        let text = String(decoding: line, as: UTF8.self)
        throw .vocabulary(
          path: path, offset: start, reason: "`\(text.excerpt)` twice, or more pieces than can be")
      }
      id += 1
    }
    return pieces
  }
}
