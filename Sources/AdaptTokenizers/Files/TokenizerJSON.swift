// The parts of a tokenizer.json other than its vocabulary; each is checked to be what BERT uses.
import Foundation

/// A tokenizer.json whose vocabulary has been taken out.
struct TokenizerJSON {
  let path: String
  let root: [String: Any]

  private var model: [String: Any] { root["model"] as? [String: Any] ?? [:] }

  var longestWord: Int {
    min(max(1, model["max_input_chars_per_word"] as? Int ?? 100), 100_000)
  }

  /// The model must be WordPiece; old files do not say, and then have no merges.
  func checkModel() throws(TokenizerFault) {
    let type = model["type"] as? String ?? (model["merges"] == nil ? "WordPiece" : "BPE")
    guard type == "WordPiece" else {
      throw .unsupported(path: path, part: "tokenizer model", got: type, known: ["WordPiece"])
    }
  }

  func normalizerOptions() throws(TokenizerFault) -> BertNormalizerOptions {
    let part = root["normalizer"] as? [String: Any]
    guard let part, part["type"] as? String == "BertNormalizer" else {
      throw .unsupported(
        path: path, part: "normalizer", got: part?["type"] as? String ?? "none",
        known: ["BertNormalizer"])
    }
    var options = BertNormalizerOptions()
    options.cleansText = part["clean_text"] as? Bool ?? true
    options.separatesCJK = part["handle_chinese_chars"] as? Bool ?? true
    options.stripsAccents = part["strip_accents"] as? Bool
    options.lowercases = part["lowercase"] as? Bool ?? true
    return options
  }

  func checkSplitter() throws(TokenizerFault) {
    let type = (root["pre_tokenizer"] as? [String: Any])?["type"] as? String ?? "none"
    guard type == "BertPreTokenizer" else {
      throw .unsupported(path: path, part: "pre-tokenizer", got: type, known: ["BertPreTokenizer"])
    }
  }

  func unknown(_ vocabulary: Vocabulary) throws(TokenizerFault) -> Int32 {
    let token = model["unk_token"] as? String ?? "[UNK]"
    guard let id = vocabulary.id(of: token) else { throw .missingToken(path: path, token: token) }
    return id
  }

  /// What stands before and after a single text.
  func frame(
    _ vocabulary: Vocabulary
  ) throws(TokenizerFault) -> (prefix: [Int32], suffix: [Int32]) {
    let part = root["post_processor"] as? [String: Any] ?? [:]
    switch part["type"] as? String {
    case "TemplateProcessing":
      return try template(part["single"] as? [[String: Any]] ?? [], vocabulary)
    case "BertProcessing":
      let names = ["cls", "sep"].map { (part[$0] as? [Any])?.first as? String ?? "" }
      return ([try id(names[0], vocabulary)], [try id(names[1], vocabulary)])
    case let other:
      throw .unsupported(
        path: path, part: "post-processor", got: other ?? "none",
        known: ["TemplateProcessing", "BertProcessing"])
    }
  }

  private func template(
    _ pieces: [[String: Any]], _ vocabulary: Vocabulary
  ) throws(TokenizerFault) -> (prefix: [Int32], suffix: [Int32]) {
    var (prefix, suffix): ([Int32], [Int32]) = ([], [])
    var sequences = 0
    for piece in pieces {
      if piece["Sequence"] != nil {
        sequences += 1
      } else if let name = (piece["SpecialToken"] as? [String: Any])?["id"] as? String {
        let id = try id(name, vocabulary)
        if sequences == 0 { prefix.append(id) } else { suffix.append(id) }
      }
    }
    guard sequences == 1 else {
      throw .malformed(path: path, reason: "its template holds \(sequences) texts, wanted 1")
    }
    return (prefix, suffix)
  }

  func specials() throws(TokenizerFault) -> SpecialTokens {
    var entries: [SpecialTokens.Entry] = []
    for token in root["added_tokens"] as? [[String: Any]] ?? [] {
      guard let text = token["content"] as? String, let number = token["id"] as? Int,
        let id = Int32(exactly: number), (0..<VocabularyLimits.pieces).contains(id)
      else { throw .malformed(path: path, reason: "an added token without content or id") }
      for flag in ["normalized", "single_word"] where token[flag] as? Bool == true {
        throw .unsupported(
          path: path, part: "flag of the added token `\(text)`", got: flag,
          known: ["lstrip", "rstrip"])
      }
      entries.append(
        SpecialTokens.Entry(
          text: Array(text.utf8), id: id, takesLeft: token["lstrip"] as? Bool ?? false,
          takesRight: token["rstrip"] as? Bool ?? false))
    }
    return SpecialTokens(entries)
  }

  private func id(_ token: String, _ vocabulary: Vocabulary) throws(TokenizerFault) -> Int32 {
    guard let id = vocabulary.id(of: token) else { throw .missingToken(path: path, token: token) }
    return id
  }
}
