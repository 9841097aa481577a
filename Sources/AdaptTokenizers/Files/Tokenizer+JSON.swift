// A tokenizer.json as a tokenizer.
import AdaptSystem
package import Foundation

extension Tokenizer {
  /// The tokenizer of one tokenizer.json, with the named tokens of the files beside it.
  ///
  /// - Throws: `TokenizerFault` with the part, or the byte, that cannot be.
  package init(json: URL) throws(TokenizerFault) {
    let data = try TokenizerFiles.read(json)
    let names = try SpecialNames(folder: json.deletingLastPathComponent())
    var parts = try data.withBytes { (bytes) throws(TokenizerFault) in
      try TokenizerDocument(bytes, path: json.path).parts()
    }
    parts.special = names.tokens(Tokenizer(parts))
    self.init(parts)
  }

  /// The tokenizer that is the text of a tokenizer.json.
  package init(json bytes: UnsafeBufferPointer<UInt8>, path: String) throws(TokenizerFault) {
    self.init(try TokenizerDocument(bytes, path: path).parts())
  }
}

/// The parts of a tokenizer.json, the model not yet read.
struct TokenizerDocument {
  private let path: String
  private var values: [String: JSONValue] = [:]
  private let model: ModelReader

  init(_ bytes: UnsafeBufferPointer<UInt8>, path: String) throws(TokenizerFault) {
    self.path = path
    var model: ModelReader?
    do {
      var scanner = try JSONScanner(bytes, path: path)
      try scanner.openObject()
      while let key = try scanner.nextKey() {
        switch key {
        case "model": model = try ModelReader(&scanner)
        case "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder":
          values[key] = try scanner.value()
        default: try scanner.skip()
        }
      }
      try scanner.finish()
    } catch {
      throw TokenizerFault(error, path: path)
    }
    guard let model else { throw .malformed(path: path, reason: "no `model`") }
    self.model = model
  }

  private func part(_ key: String, _ role: String) throws(TokenizerFault) -> PartSettings? {
    try PartSettings(values[key], role: role, path: path)
  }

  /// - Throws: `TokenizerFault` naming what is unknown or cannot be.
  func parts() throws(TokenizerFault) -> Tokenizer.Parts {
    let normalizer = try part("normalizer", "normalizer").map(TextNormalizer.init)
    let splitter = try part("pre_tokenizer", "pre-tokenizer").map(PreTokenizer.init)
    let makesLetters =
      normalizer?.makesLetters == true
      || splitter?.steps.contains { if case .byteLetters = $0 { true } else { false } } == true
    let read = try model.read(isByteLevel: model.isBytePair && makesLetters)
    let decoder = try TokenDecoder(try part("decoder", "decoder"))
    var parts = Tokenizer.Parts(model: read.model, decoder: decoder)
    parts.normalizer = normalizer
    parts.splitter = splitter ?? PreTokenizer()
    parts.framing = try Framing(try part("post_processor", "post-processor"))
    parts.strangePieces = read.strangePieces
    let book = TokenBook(parts)
    parts.addedTokens = try AddedTokensReader(path: path, book: book).read(values["added_tokens"])
    return parts
  }
}

/// Reads the list of added tokens.
struct AddedTokensReader {
  let path: String
  /// The tokens of the model.
  let book: TokenBook

  func read(_ value: JSONValue?) throws(TokenizerFault) -> [AddedToken] {
    guard let value, !value.isNull else { return [] }
    guard case .array(let items) = value else { throw fault("no list") }
    var tokens: [AddedToken] = []
    var texts: Set<String> = []
    var ids: Set<Int32> = []
    for item in items {
      let token = try token(item)
      guard !token.text.isEmpty else { continue }
      guard texts.insert(token.text).inserted, ids.insert(token.id).inserted else {
        throw fault("`\(token.text.excerpt)` or its number \(token.id) twice")
      }
      tokens.append(token)
    }
    return tokens
  }

  private func token(_ value: JSONValue) throws(TokenizerFault) -> AddedToken {
    guard case .object(let values) = value, case .string(let text) = values["content"],
      let number = values["id"]?.int
    else { throw fault("an entry without `content` or `id`") }
    guard let written = Int32(exactly: number), (0..<VocabularyLimits.pieces).contains(written)
    else {
      throw fault(
        "the number \(number) of `\(text.excerpt)` is not from 0 to \(VocabularyLimits.pieces - 1)")
    }
    // A piece of the model keeps its number, as in the reference.
    let id = book.id(of: text) ?? written
    if let other = book.written(id), other != Array(text.utf8) {
      let name = String(decoding: other, as: UTF8.self)
      throw fault("`\(text.excerpt)` and the piece `\(name.excerpt)` have the number \(id)")
    }
    var token = AddedToken(text, id: id)
    token.isSpecial = try flag(values, "special")
    token.takesLeft = try flag(values, "lstrip")
    token.takesRight = try flag(values, "rstrip")
    token.isWholeWord = try flag(values, "single_word")
    token.isNormalized = try flag(values, "normalized", !token.isSpecial)
    return token
  }

  private func flag(
    _ values: [String: JSONValue], _ key: String, _ usual: Bool = false
  ) throws(TokenizerFault) -> Bool {
    switch values[key] {
    case nil, .null: return usual
    case .boolean(let value): return value
    case .some(let value): throw fault("`\(key)` is \(value.brief), wanted true or false")
    }
  }

  private func fault(_ reason: String) -> TokenizerFault {
    .malformed(path: path, reason: "its added tokens: \(reason)")
  }
}
