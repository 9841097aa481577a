// From a SentencePiece vocabulary, of its own file or of a GGUF file, to the parts of a tokenizer.

extension SentencePieceModel {
  /// Ids of pieces in matching and decoding.
  private struct Numbers {
    var pieces: PieceTable
    /// Pieces that no text holds: control, unknown and byte pieces.
    var strange: [Int32: String] = [:]
    /// The pieces `<0x00>` to `<0xFF>`, −1 where one is missing.
    var bytes = [Int32](repeating: -1, count: 256)
  }

  /// The parts of a tokenizer that splits as SentencePiece does.
  ///
  /// `findsControlPieces` says whether the text of control pieces stands for these pieces, as chat
  /// templates need it; SentencePiece itself takes it for ordinary text.
  func parts(path: String, findsControlPieces: Bool) throws(SentencePieceFault) -> Tokenizer.Parts {
    guard algorithm == .unigram || algorithm == .bytePair else {
      throw .unsupported(
        path: path, part: "SentencePiece model", got: "\(algorithm)", known: "unigram or bytePair")
    }
    let numbers = numbers()
    let fallback = hasByteFallback ? numbers.bytes : []
    let unknown = Int32(exactly: unknownId).flatMap { pieces.indices.contains(Int($0)) ? $0 : nil }
    let model: TokenModel
    if algorithm == .bytePair {
      var options = BytePairModel.Options()
      options.unknown = unknown
      options.fusesUnknown = true
      options.fallback = fallback
      model = .bytePair(
        BytePairModel(pieces: numbers.pieces, merges: merges(numbers.pieces), options: options))
    } else {
      guard let unknown else {
        throw .malformed(path: path, offset: 0, reason: "no unknown piece")
      }
      model = .unigram(
        UnigramModel(
          pieces: numbers.pieces, scores: matchScores(), unknown: unknown, fallback: fallback))
    }
    var parts = Tokenizer.Parts(model: model, decoder: decoder())
    parts.strangePieces = numbers.strange
    parts.normalizer = .sentencePiece(try normalizer(path: path))
    parts.bytePieces = Set(fallback.filter { $0 >= 0 })
    parts.addedTokens = addedTokens(findsControlPieces: findsControlPieces)
    func named(_ id: Int) -> NamedTokens.Token? {
      guard pieces.indices.contains(id) else { return nil }
      return NamedTokens.Token(
        String(decoding: pieces[id].text, as: UTF8.self), id: Int32(truncatingIfNeeded: id))
    }
    parts.special.bos = named(beginId)
    parts.special.eos = named(endId)
    parts.special.unk = named(unknownId)
    parts.special.pad = named(padId)
    return parts
  }

  private func numbers() -> Numbers {
    var numbers = Numbers(pieces: PieceTable(capacity: pieces.count))
    for (number, piece) in pieces.enumerated() {
      let id = Int32(truncatingIfNeeded: number)
      let text = String(decoding: piece.text, as: UTF8.self)
      var isInTexts = piece.kind != .control && piece.kind != .unknown && piece.kind != .byte
      if isInTexts, !piece.text.isEmpty {
        isInTexts = piece.text.withUnsafeBufferPointer { numbers.pieces.insert($0, id: id) }
      }
      if !isInTexts || piece.text.isEmpty { numbers.strange[id] = text }
      if piece.kind == .byte, let byte = Self.byte(text) { numbers.bytes[byte] = id }
    }
    return numbers
  }

  /// The byte that `<0x0A>` and its like stand for.
  private static func byte(_ text: String) -> Int? {
    guard text.utf8.count == 6, text.hasPrefix("<0x"), text.hasSuffix(">") else { return nil }
    return Int(text.dropFirst(3).dropLast(), radix: 16).flatMap { 0..<256 ~= $0 ? $0 : nil }
  }

  /// Any two neighbours that make a piece may merge, the best score first; equal scores have one rank.
  private func merges(_ table: PieceTable) -> MergeTable {
    let order = pieces.indices.filter {
      (pieces[$0].kind == .normal || pieces[$0].kind == .unused) && pieces[$0].text.count > 1
    }
    .sorted { pieces[$0].score > pieces[$1].score }
    var merges = MergeTable(capacity: pieces.count * 3)
    var (rank, last) = (UInt32(0), Float.infinity)
    for number in order {
      let piece = pieces[number]
      if piece.score != last { rank += 1 }
      last = piece.score
      piece.text.withUnsafeBufferPointer { text in
        for cut in 1..<text.count where text[cut] & 0xC0 != 0x80 {
          guard let left = table.id(of: UnsafeBufferPointer(rebasing: text[..<cut])),
            let right = table.id(of: UnsafeBufferPointer(rebasing: text[cut...]))
          else { continue }
          merges.insert(left, right, rank: rank, result: Int32(truncatingIfNeeded: number))
        }
      }
    }
    return merges
  }

  /// Scores for the search of the best cut; pieces of the user beat every other cut.
  private func matchScores() -> [Double] {
    let best = pieces.lazy.filter { $0.kind == .normal }.map(\.score).max() ?? 0
    let worst = pieces.lazy.filter { $0.kind == .normal }.map(\.score).min() ?? 0
    return pieces.map { piece in
      switch piece.kind {
      case .normal: Double(piece.score)
      case .userDefined: Double(Float(piece.text.count) * best - 0.1)
      // Not looked for in texts; they must not lower the cost of unknown scalars.
      case .unknown, .control, .unused, .byte: Double(worst)
      }
    }
  }

  func normalizer(path: String) throws(SentencePieceFault) -> SentencePieceNormalizer {
    var normalizer = SentencePieceNormalizer()
    if !characterMap.isEmpty {
      do throws(PrecompiledFault) {
        normalizer.map = try PrecompiledMap(characterMap)
      } catch {
        throw .malformed(path: path, offset: 0, reason: "its table of characters: \(error)")
      }
    }
    normalizer.addsDummyPrefix = addsDummyPrefix
    normalizer.removesExtraSpaces = removesExtraSpaces
    normalizer.escapesSpaces = escapesSpaces
    normalizer.spaceIsSuffix = spaceIsSuffix
    return normalizer
  }

  private func decoder() -> TokenDecoder {
    var steps: [TokenDecoder.Step] = [
      .replace(.literal(Marker.bytes), by: [32]), .byteFallback, .fuse,
    ]
    // No text that lost its extra spaces begins with one.
    if removesExtraSpaces {
      steps.append(.strip(scalar: 32, start: .max, stop: 0))
    } else if addsDummyPrefix, !spaceIsSuffix {
      steps.append(.strip(scalar: 32, start: 1, stop: 0))
    }
    return TokenDecoder(steps)
  }

  private func addedTokens(findsControlPieces: Bool) -> [AddedToken] {
    pieces.enumerated().compactMap { number, piece in
      let id = Int32(truncatingIfNeeded: number)
      var token = AddedToken(String(decoding: piece.text, as: UTF8.self), id: id)
      guard !piece.text.isEmpty else { return nil }
      switch piece.kind {
      case .control, .unknown:
        token.isFound = findsControlPieces && piece.kind == .control
        return token
      case .userDefined:
        guard algorithm == .bytePair else { return nil }
        token.isSpecial = false
        // SentencePiece looks for them in the text as it is to be cut.
        token.isNormalized = !findsControlPieces
        return token
      case .normal, .unused, .byte: return nil
      }
    }
  }
}
