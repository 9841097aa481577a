// The `tokenizer.ggml.*` values of a GGUF file, checked and in the types they are used in.

/// The vocabulary of a GGUF file.
struct GGUFVocabulary {
  let header: GGUFHeader
  let path: String
  private(set) var tokens: [[UInt8]] = []
  private(set) var kinds: [SentencePieceModel.Kind] = []

  private static let tokenLimit = 1 << 22

  init(_ header: GGUFHeader, path: String) throws(GGUFFault) {
    self.header = header
    self.path = path
    tokens = try strings("tokens")
    guard !tokens.isEmpty else { throw fault("tokens", "at least one", "none") }
    kinds = try readKinds()
  }

  func fault(_ name: String, _ wanted: String, _ got: String) -> GGUFFault {
    .value(path: path, key: "tokenizer.ggml." + name, wanted: wanted, got: got)
  }

  func value(_ name: String) -> GGUFValue? { header["tokenizer.ggml." + name] }

  /// The array of strings of a name.
  func strings(_ name: String) throws(GGUFFault) -> [[UInt8]] {
    guard let value = value(name) else {
      throw .missing(path: path, key: "tokenizer.ggml." + name)
    }
    guard case .array(let array) = value, array.type == .string else {
      throw fault(name, "an array of strings", "\(value.type)")
    }
    guard array.count <= Self.tokenLimit else {
      throw fault(name, "at most \(Self.tokenLimit) strings", "\(array.count)")
    }
    var strings: [[UInt8]] = []
    strings.reserveCapacity(array.count)
    array.forEachString { strings.append(Array($1)) }
    return strings
  }

  /// One number for each token, nil where the file has none.
  func numbers(_ name: String) throws(GGUFFault) -> [Double]? {
    guard let value = value(name) else { return nil }
    guard case .array(let array) = value, array.type.size != nil, array.type != .bool else {
      throw fault(name, "an array of numbers", "\(value.type)")
    }
    guard array.count == tokens.count, let numbers = array.numbers else {
      throw fault(name, "\(tokens.count) numbers", "\(array.count)")
    }
    guard numbers.allSatisfy({ Float($0).isFinite }) else {
      throw fault(name, "finite numbers", "others")
    }
    return numbers
  }

  private func readKinds() throws(GGUFFault) -> [SentencePieceModel.Kind] {
    guard let numbers = try numbers("token_type") else {
      return [SentencePieceModel.Kind](repeating: .normal, count: tokens.count)
    }
    var kinds: [SentencePieceModel.Kind] = []
    kinds.reserveCapacity(numbers.count)
    for number in numbers {
      // 0 is a token of no kind, which llama.cpp takes like any other.
      guard let whole = Int(exactly: number),
        let kind = SentencePieceModel.Kind(rawValue: whole == 0 ? 1 : whole)
      else { throw fault("token_type", "1 to 6", "\(number)") }
      kinds.append(kind)
    }
    return kinds
  }

  /// The number of a token, nil where the file has none or the format's sign for none.
  func id(_ name: String) throws(GGUFFault) -> Int32? {
    guard let value = value(name) else { return nil }
    guard let number = value.integer, let id = Int32(exactly: number),
      tokens.indices.contains(number)
    else {
      if value == .uint32(.max) || value.integer == -1 { return nil }
      throw fault(
        name, "a token below \(tokens.count)", value.integer.map { "\($0)" } ?? "\(value.type)")
    }
    return id
  }

  func flag(_ name: String) throws(GGUFFault) -> Bool? {
    guard let value = value(name) else { return nil }
    guard let flag = value.flag else { throw fault(name, "true or false", "\(value.type)") }
    return flag
  }

  func text(_ name: String) throws(GGUFFault) -> String? {
    guard let value = value(name) else { return nil }
    guard let text = value.text else { throw fault(name, "a text", "\(value.type)") }
    return text
  }

  func text(of id: Int32) -> String { String(decoding: tokens[Int(id)], as: UTF8.self) }

  /// The tokens with a role; older files misspell the separator.
  func named() throws(GGUFFault) -> NamedTokens {
    var named = NamedTokens()
    func token(_ name: String) throws(GGUFFault) -> NamedTokens.Token? {
      try id(name).map { NamedTokens.Token(text(of: $0), id: $0) }
    }
    named.bos = try token("bos_token_id")
    named.eos = try token("eos_token_id")
    named.unk = try token("unknown_token_id")
    named.pad = try token("padding_token_id")
    return named
  }

  /// The tokens that texts hold as they are: control tokens and those of the user.
  func addedTokens() -> [AddedToken] {
    tokens.indices.compactMap { number in
      let kind = kinds[number]
      guard kind == .control || kind == .userDefined, !tokens[number].isEmpty else { return nil }
      let id = Int32(truncatingIfNeeded: number)
      var token = AddedToken(text(of: id), id: id)
      token.isSpecial = kind == .control
      return token
    }
  }
}
