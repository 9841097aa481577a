// Reads a WordPiece tokenizer from a model folder: tokenizer.json, else vocab.txt with tokenizer_config.json.
import AdaptSystem
package import Foundation

extension WordPieceTokenizer {
  /// The tokenizer of a model folder.
  ///
  /// `lowercases` overrides the files, as `do_lower_case` of a sentence-embedding folder does.
  /// - Throws: `TokenizerFault` naming the file and what it lacks.
  package init(folder: URL, lowercases: Bool? = nil) throws(TokenizerFault) {
    let json = folder.appendingPathComponent("tokenizer.json")
    let text = folder.appendingPathComponent("vocab.txt")
    if FileManager.default.fileExists(atPath: json.path) {
      try self.init(json: json, lowercases: lowercases)
    } else if FileManager.default.fileExists(atPath: text.path) {
      let config = folder.appendingPathComponent("tokenizer_config.json")
      try self.init(vocabularyText: text, config: config, lowercases: lowercases)
    } else {
      throw .missing(folder: folder.path, wanted: ["tokenizer.json", "vocab.txt"])
    }
  }

  /// A tokenizer of one piece a line; `config` may be absent and then means lower case.
  package init(
    vocabularyText: URL, config: URL? = nil, lowercases: Bool? = nil
  ) throws(TokenizerFault) {
    let path = vocabularyText.path
    let data = try TokenizerFiles.read(vocabularyText)
    let vocabulary = try data.withBytes { (bytes) throws(TokenizerFault) in
      try Vocabulary.reading(text: bytes, path: path)
    }
    var options = BertNormalizerOptions()
    if let config, FileManager.default.fileExists(atPath: config.path) {
      let object = try TokenizerFiles.object(try TokenizerFiles.read(config), path: config.path)
      options.lowercases = object["do_lower_case"] as? Bool ?? true
      options.stripsAccents = object["strip_accents"] as? Bool
      options.separatesCJK = object["tokenize_chinese_chars"] as? Bool ?? true
    }
    if let lowercases { options.lowercases = lowercases }
    func id(_ token: String) throws(TokenizerFault) -> Int32 {
      guard let id = vocabulary.id(of: token) else {
        throw .missingToken(path: path, token: token)
      }
      return id
    }
    let frame = (prefix: [try id("[CLS]")], suffix: [try id("[SEP]")])
    let specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].compactMap { token in
      vocabulary.id(of: token).map { SpecialTokens.Entry(text: Array(token.utf8), id: $0) }
    }
    self.init(
      vocabulary: vocabulary, unknown: try id("[UNK]"), frame: frame, options: options,
      specials: SpecialTokens(specials))
  }

  /// A tokenizer.json of the `tokenizers` library with a WordPiece model.
  package init(json: URL, lowercases: Bool? = nil) throws(TokenizerFault) {
    let path = json.path
    let data = try TokenizerFiles.read(json)
    let (head, vocabulary) = try data.withBytes { (bytes) throws(TokenizerFault) in
      try TokenizerFiles.split(bytes, path: path)
    }
    let file = TokenizerJSON(path: path, root: head)
    var options = try file.normalizerOptions()
    if let lowercases { options.lowercases = lowercases }
    try file.checkSplitter()
    let unknown = try file.unknown(vocabulary)
    self.init(
      vocabulary: vocabulary, unknown: unknown, frame: try file.frame(vocabulary),
      options: options, specials: try file.specials(), longestWord: file.longestWord)
  }
}

enum TokenizerFiles {
  static func read(_ url: URL) throws(TokenizerFault) -> Data {
    let data: Data
    do {
      data = try Data(contentsOf: url, options: .mappedIfSafe)
    } catch {
      let missing = !FileManager.default.fileExists(atPath: url.path)
      let reason = (error as NSError).localizedDescription
      throw .file(missing ? .missing(path: url.path) : .unreadable(path: url.path, reason: reason))
    }
    guard data.count <= VocabularyLimits.fileBytes else {
      throw .file(
        .tooLarge(path: url.path, bytes: data.count, limit: VocabularyLimits.fileBytes))
    }
    return data
  }

  static func object(_ data: Data, path: String) throws(TokenizerFault) -> [String: Any] {
    let object: Any
    do {
      object = try JSONSerialization.jsonObject(with: data)
    } catch {
      throw .malformed(path: path, reason: "it is not JSON (\((error as NSError).debugWords))")
    }
    guard let object = object as? [String: Any] else {
      throw .malformed(path: path, reason: "it is no JSON object")
    }
    return object
  }

  /// The file without its vocabulary, and the vocabulary.
  static func split(
    _ bytes: UnsafeBufferPointer<UInt8>, path: String
  ) throws(TokenizerFault) -> ([String: Any], Vocabulary) {
    let reader = VocabularyJSON(path: path, bytes: bytes)
    guard let range = reader.vocabularyRange() else {
      let root = try object(Data(buffer: bytes), path: path)
      let type = (root["model"] as? [String: Any])?["type"] as? String
      if let type, type != "WordPiece" {
        throw .unsupported(path: path, part: "tokenizer model", got: type, known: ["WordPiece"])
      }
      throw .malformed(path: path, reason: "no `model.vocab` from pieces to numbers")
    }
    var rest = Data(bytes[..<range.lowerBound])
    rest.append(contentsOf: "{}".utf8)
    rest.append(contentsOf: bytes[range.upperBound...])
    let root = try object(rest, path: path)
    try TokenizerJSON(path: path, root: root).checkModel()
    let prefix = (root["model"] as? [String: Any])?["continuing_subword_prefix"] as? String ?? "##"
    guard prefix == "##" else {
      throw .unsupported(path: path, part: "continuation prefix", got: prefix, known: ["##"])
    }
    guard String(validating: bytes[range], as: UTF8.self) != nil else {
      throw .vocabulary(path: path, offset: range.lowerBound, reason: "it is not UTF-8")
    }
    return (root, try reader.read(range, prefix: Array(prefix.utf8)))
  }
}

extension Data {
  /// The bytes as a typed buffer, with typed throws.
  func withBytes<Result>(
    _ body: (UnsafeBufferPointer<UInt8>) throws(TokenizerFault) -> Result
  ) throws(TokenizerFault) -> Result {
    var outcome: Swift.Result<Result, TokenizerFault>?
    withUnsafeBytes { raw in
      let bytes = raw.bindMemory(to: UInt8.self)
      do throws(TokenizerFault) {
        outcome = .success(try body(bytes))
      } catch {
        outcome = .failure(error)
      }
    }
    guard let outcome else { throw .malformed(path: "", reason: "no bytes") }
    return try outcome.get()
  }
}

extension NSError {
  /// The reader's own words on where JSON breaks, where it gives them.
  fileprivate var debugWords: String {
    userInfo[NSDebugDescriptionErrorKey] as? String ?? localizedDescription
  }
}
