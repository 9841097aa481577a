// Vocabularies of GGUF files as tokenizers: SentencePiece's, GPT-2's, BERT's and T5's.
import AdaptSystem
package import Foundation

extension Tokenizer {
  /// The tokenizer of a GGUF file, as llama.cpp would use it.
  ///
  /// Control tokens written in a text stand for themselves, as chat templates need them.
  /// - Throws: `TokenizerFault` with what the file lacks or holds wrongly.
  package init(gguf url: URL) throws(TokenizerFault) {
    let header: GGUFHeader
    do throws(GGUFFault) {
      header = try GGUFHeader(contentsOf: url)
    } catch {
      throw .gguf(error)
    }
    try self.init(gguf: header, path: url.path)
  }

  /// The tokenizer of the metadata of a GGUF file.
  ///
  /// `findsControlTokens` says whether control tokens written in a text stand for themselves.
  package init(
    gguf header: GGUFHeader, path: String, findsControlTokens: Bool = true
  ) throws(TokenizerFault) {
    var parts: Parts
    do throws(GGUFFault) {
      let vocabulary = try GGUFVocabulary(header, path: path)
      let name = try vocabulary.text("model") ?? "no model"
      switch name {
      case "llama", "t5":
        parts = try vocabulary.sentencePieceParts(isUnigram: name == "t5")
      case "gpt2": parts = try vocabulary.bytePairParts()
      case "bert": parts = try vocabulary.wordPieceParts()
      default:
        throw vocabulary.fault("model", "llama, gpt2, bert or t5", "`\(name.prefix(60))`")
      }
    } catch {
      throw .gguf(error)
    }
    if !findsControlTokens {
      for i in parts.addedTokens.indices where parts.addedTokens[i].isSpecial {
        parts.addedTokens[i].isFound = false
      }
    }
    self.init(parts)
  }
}

extension GGUFVocabulary {
  fileprivate func frame(
    _ parts: inout Tokenizer.Parts, begins: Bool, ends: Bool
  ) throws(GGUFFault) {
    parts.special = try named()
    let begins = try flag("add_bos_token") ?? begins
    let ends = try flag("add_eos_token") ?? ends
    parts.framing.setEnds(
      begin: begins ? parts.special.bos?.id : nil, end: ends ? parts.special.eos?.id : nil)
  }

  // MARK: - SentencePiece

  fileprivate func sentencePieceParts(isUnigram: Bool) throws(GGUFFault) -> Tokenizer.Parts {
    guard let scores = try numbers("scores") else {
      throw .missing(path: path, key: "tokenizer.ggml.scores")
    }
    var model = SentencePieceModel.empty
    model.algorithm = isUnigram ? .unigram : .bytePair
    model.pieces = tokens.indices.map { number in
      SentencePieceModel.Piece(
        text: tokens[number], score: Float(scores[number]), kind: kinds[number])
    }
    model.hasByteFallback = kinds.contains(.byte)
    model.unknownId = Int(try id("unknown_token_id") ?? (isUnigram ? 2 : 0))
    model.addsDummyPrefix = try flag("add_space_prefix") ?? true
    model.removesExtraSpaces = try flag("remove_extra_whitespaces") ?? false
    if case .array(let map)? = value("precompiled_charsmap") {
      model.characterMap = Array(map.encoded)
    }
    var parts: Tokenizer.Parts
    do throws(SentencePieceFault) {
      parts = try model.parts(path: path, findsControlPieces: true)
    } catch {
      throw .malformed(path: path, offset: 0, reason: error.diagnosis.what)
    }
    try frame(&parts, begins: !isUnigram, ends: isUnigram)
    return parts
  }

  // MARK: - Byte pairs

  fileprivate func bytePairParts() throws(GGUFFault) -> Tokenizer.Parts {
    let name = try text("pre") ?? "default"
    guard let splits = GGUFSplits.named(name) else {
      throw fault(
        "pre", "one of " + GGUFSplits.knownNames.joined(separator: ", "), "`\(name.prefix(60))`")
    }
    var pieces = PieceTable(capacity: tokens.count)
    var strange: [Int32: String] = [:]
    var raw: [UInt8] = []
    for number in tokens.indices {
      let id = Int32(truncatingIfNeeded: number)
      if isPiece(number), letters(tokens[number], &raw),
        raw.withUnsafeBufferPointer({ pieces.insert($0, id: id) })
      {
        continue
      }
      strange[id] = text(of: id)
    }
    var options = BytePairModel.Options()
    options.isByteLevel = true
    options.ignoresMerges = splits.ignoresMerges
    let model = BytePairModel(pieces: pieces, merges: try merges(pieces), options: options)
    var parts = Tokenizer.Parts(model: .bytePair(model), decoder: TokenDecoder([.byteLetters]))
    parts.strangePieces = strange
    var steps: [PreTokenizer.Step] = []
    for pattern in splits.patterns {
      do throws(PatternFault) {
        let compiled = try SplitPattern(pattern)
        steps.append(.split(.regex(compiled), .isolated, inverted: false))
      } catch {
        throw fault("pre", "a split that can be read", error.reason)
      }
    }
    parts.splitter = PreTokenizer(steps + [.byteLetters])
    parts.addedTokens = addedTokens()
    try frame(&parts, begins: splits.addsBegin, ends: false)
    return parts
  }

  private func isPiece(_ number: Int) -> Bool {
    kinds[number] == .normal || kinds[number] == .unused || kinds[number] == .byte
  }

  /// The bytes that the letters of a token stand for; false if they stand for none.
  private func letters(_ token: [UInt8], _ raw: inout [UInt8]) -> Bool {
    raw.removeAll(keepingCapacity: true)
    guard !token.isEmpty, String(validating: token, as: UTF8.self) != nil else { return false }
    return token.withUnsafeBufferPointer { ByteAlphabet.read($0, into: &raw) }
  }

  private func merges(_ pieces: PieceTable) throws(GGUFFault) -> MergeTable {
    let lines = try strings("merges")
    var table = MergeTable(capacity: lines.count)
    var left: [UInt8] = []
    var right: [UInt8] = []
    for (rank, line) in lines.enumerated() {
      guard let space = line.dropFirst().firstIndex(of: 32),
        letters(Array(line[..<space]), &left), letters(Array(line[(space + 1)...]), &right)
      else { throw fault("merges", "two pieces with a space between", "number \(rank)") }
      guard let first = pieces.id(of: left), let second = pieces.id(of: right),
        let whole = pieces.id(of: left + right)
      else { throw fault("merges", "pieces of the vocabulary", "number \(rank)") }
      table.insert(first, second, rank: UInt32(truncatingIfNeeded: rank), result: whole)
    }
    return table
  }

  // MARK: - WordPiece

  /// BERT's vocabulary: words begin with the sign of SentencePiece here, and what continues a word
  /// has no sign.
  fileprivate func wordPieceParts() throws(GGUFFault) -> Tokenizer.Parts {
    var pieces = PieceTable(capacity: tokens.count)
    let continuing = Array("##".utf8)
    for number in tokens.indices {
      var text = tokens[number]
      if kinds[number] == .normal {
        text =
          text.starts(with: Marker.bytes)
          ? Array(text.dropFirst(Marker.bytes.count)) : continuing + text
      }
      text.withUnsafeBufferPointer {
        _ = pieces.insert($0, id: Int32(truncatingIfNeeded: number))
      }
    }
    guard let unknown = try id("unknown_token_id") else {
      throw .missing(path: path, key: "tokenizer.ggml.unknown_token_id")
    }
    let model = WordPieceModel(
      pieces: pieces, unknown: unknown, prefix: continuing, longestWord: .max)
    var parts = Tokenizer.Parts(
      model: .wordPiece(model),
      decoder: TokenDecoder([.wordPiece(prefix: continuing, cleansUp: true)]))
    parts.normalizer = .bert(BertNormalizer(BertNormalizerOptions()))
    parts.splitter = PreTokenizer([
      .scalars(.whitespace, .removed), .scalars(.punctuation, .isolated),
    ])
    parts.addedTokens = addedTokens()
    parts.special = try named()
    let begin = try id("cls_token_id") ?? parts.special.bos?.id
    // The key is misspelt in the format.
    let misspelt = try id("seperator_token_id")
    let separator = try id("separator_token_id")
    let end = misspelt ?? separator ?? parts.special.eos?.id
    parts.framing.setEnds(
      begin: try flag("add_bos_token") ?? true ? begin : nil,
      end: try flag("add_sep_token") ?? true ? end : nil)
    return parts
  }
}
