// SentencePiece files as tokenizers.
import AdaptSystem
package import Foundation

extension Tokenizer {
  /// The tokenizer of a SentencePiece file (`tokenizer.model`, `spiece.model`).
  ///
  /// The text of control pieces is ordinary text, as in SentencePiece itself. Its files do not say
  /// what stands around a text: whoever wants `<s>` or `</s>` there says so.
  /// - Throws: `TokenizerFault` with the byte that cannot be.
  package init(
    sentencePiece url: URL, addsBegin: Bool = false, addsEnd: Bool = false,
    findsControlPieces: Bool = false
  ) throws(TokenizerFault) {
    var parts = try Self.parts(sentencePiece: url, findsControlPieces: findsControlPieces)
    parts.framing.setEnds(
      begin: addsBegin ? parts.special.bos?.id : nil, end: addsEnd ? parts.special.eos?.id : nil)
    self.init(parts)
  }

  private static func parts(
    sentencePiece url: URL, findsControlPieces: Bool
  ) throws(TokenizerFault) -> Parts {
    do throws(SentencePieceFault) {
      let model = try SentencePieceModel(contentsOf: url)
      return try model.parts(path: url.path, findsControlPieces: findsControlPieces)
    } catch {
      throw .sentencePiece(error)
    }
  }

  /// Classes of tokenizers whose numbers are those of the SentencePiece file.
  private static let plainClasses = ["Llama", "CodeLlama", "Gemma", "T5"]

  /// The SentencePiece file of a model folder, with what its tokenizer_config.json says.
  ///
  /// - Throws: `TokenizerFault`, also for classes that number the pieces anew.
  init(sentencePiece url: URL, settings folder: URL) throws(TokenizerFault) {
    let names = try SpecialNames(folder: folder)
    var name = "Llama"
    if case .string(let text)? = names.settings["tokenizer_class"] {
      name = text.replacing("TokenizerFast", with: "").replacing("Tokenizer", with: "")
    }
    guard Self.plainClasses.contains(name) else {
      throw .unsupported(
        path: names.settingsPath, part: "tokenizer_class beside a SentencePiece file", got: name,
        known: Self.plainClasses)
    }
    func flag(_ key: String, _ standard: Bool) -> Bool {
      if case .boolean(let flag)? = names.settings[key] { flag } else { standard }
    }
    var parts = try Self.parts(sentencePiece: url, findsControlPieces: true)
    parts.addedTokens += Self.addedTokens(names, behind: parts.model.pieces.size)
    let named = names.tokens(Tokenizer(parts))
    parts.special.bos = named.bos ?? parts.special.bos
    parts.special.eos = named.eos ?? parts.special.eos
    parts.special.unk = named.unk ?? parts.special.unk
    parts.special.pad = named.pad ?? parts.special.pad
    parts.framing.setEnds(
      begin: flag("add_bos_token", name != "T5") ? parts.special.bos?.id : nil,
      end: flag("add_eos_token", name == "T5") ? parts.special.eos?.id : nil)
    self.init(parts)
  }

  /// The tokens of `added_tokens_decoder` that the SentencePiece file does not have.
  private static func addedTokens(_ names: SpecialNames, behind size: Int) -> [AddedToken] {
    guard case .object(let tokens)? = names.settings["added_tokens_decoder"] else { return [] }
    return tokens.compactMap { key, value in
      guard let id = Int32(key), Int(id) >= size, case .object(let token) = value,
        case .string(let text)? = token["content"], !text.isEmpty
      else { return nil }
      func flag(_ key: String) -> Bool {
        if case .boolean(let flag)? = token[key] { flag } else { false }
      }
      var added = AddedToken(text, id: id)
      added.isSpecial = flag("special")
      added.isNormalized = flag("normalized")
      added.takesLeft = flag("lstrip")
      added.takesRight = flag("rstrip")
      added.isWholeWord = flag("single_word")
      return added
    }.sorted { $0.id < $1.id }
  }
}

extension Framing {
  /// Puts tokens before and behind each text.
  mutating func setEnds(begin: Int32?, end: Int32?) {
    let before: [Piece] = begin.map { [.special([$0], type: 0)] } ?? []
    let behind: [Piece] = end.map { [.special([$0], type: 0)] } ?? []
    single = before + [.text(0, type: 0)] + behind
    let second: [Piece] = [.text(1, type: 1)] + (end.map { [.special([$0], type: 1)] } ?? [])
    pair = single + (end == nil ? before : []) + second
  }
}

extension Encoding {
  /// Gives each scalar that became single bytes to the last of its bytes.
  ///
  /// SentencePiece leaves the other bytes an empty range at the start of the scalar.
  mutating func settleBytes(_ pieces: Set<Int32>, in text: String) {
    let source = Array(text.utf8)
    var start = 0
    while start < count {
      let range = offsets[start]
      guard pieces.contains(ids[start]), !range.isEmpty else {
        start += 1
        continue
      }
      var end = start + 1
      while end < count, pieces.contains(ids[end]), offsets[end] == range { end += 1 }
      settle(start..<end, range, source)
      start = end
    }
  }

  private mutating func settle(_ run: Range<Int>, _ range: Range<Int>, _ source: [UInt8]) {
    guard run.count == range.count, range.upperBound <= source.count else {
      // The bytes are not those of the source: the last stands for all of it.
      for i in run.dropLast() { offsets[i] = range.lowerBound..<range.lowerBound }
      return
    }
    var start = range.lowerBound
    for (i, place) in zip(run, range) {
      let isLast = place + 1 == range.upperBound || source[place + 1] & 0xC0 != 0x80
      offsets[i] = start..<(isLast ? place + 1 : start)
      if isLast { start = place + 1 }
    }
  }
}
