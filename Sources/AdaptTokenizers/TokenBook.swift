// Tokens by number and by name, added ones before the model's.

/// The tokens that have a role, as the files beside a tokenizer name them.
package struct NamedTokens: Sendable, Equatable {
  package struct Token: Sendable, Equatable {
    package var text: String
    package var id: Int32

    package init(_ text: String, id: Int32) {
      self.text = text
      self.id = id
    }
  }

  /// The start of a text.
  package var bos: Token?
  /// The end of a text.
  package var eos: Token?
  /// What stands for the unknown.
  package var unk: Token?
  /// What fills a batch.
  package var pad: Token?

  package init() {}
}

/// What is known of each token.
struct TokenBook: Sendable {
  private let pieces: PieceTable
  private let isByteLevel: Bool
  private var added: [Int32: AddedToken] = [:]
  private var addedByText: [String: Int32] = [:]
  private let strange: [Int32: String]
  private var strangeByText: [String: Int32] = [:]
  let size: Int

  init(_ parts: Tokenizer.Parts) {
    pieces = parts.model.pieces
    isByteLevel = parts.model.isByteLevel
    strange = parts.strangePieces
    for (id, text) in strange { strangeByText[text] = id }
    for token in parts.addedTokens {
      added[token.id] = token
      addedByText[token.text] = token.id
    }
    let largest = max(added.keys.max() ?? -1, strange.keys.max() ?? -1)
    size = max(pieces.size, Int(largest) + 1)
  }

  func id(of token: String) -> Int32? {
    if let id = addedByText[token] ?? strangeByText[token] { return id }
    guard isByteLevel else { return pieces.id(of: Array(token.utf8)) }
    var raw: [UInt8] = []
    let isRead = Array(token.utf8).withUnsafeBufferPointer { ByteAlphabet.read($0, into: &raw) }
    return isRead ? pieces.id(of: raw) : nil
  }

  func written(_ id: Int32) -> [UInt8]? {
    if let token = added[id] { return Array(token.text.utf8) }
    if let text = strange[id] { return Array(text.utf8) }
    guard let bytes = pieces.bytes(id) else { return nil }
    return isByteLevel ? Array(ByteAlphabet.text(bytes).utf8) : bytes
  }

  func isSpecial(_ id: Int32) -> Bool { added[id]?.isSpecial ?? false }

  /// Spaces at both ends of a token.
  func outerSpaces(_ id: Int32) -> (leading: Int, trailing: Int) {
    let bytes = added[id].map { Array($0.text.utf8) } ?? pieces.bytes(id) ?? []
    let leading = bytes.prefix { $0 == 32 }.count
    return (leading, bytes.reversed().prefix { $0 == 32 }.count)
  }
}
