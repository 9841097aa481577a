// The decoders of tokenizer files, as steps that pass tokens on: a text and the stream of its parts are made by the
// same code, so that they are the same.

/// What turns the texts of tokens back into one text.
package struct TokenDecoder: Sendable {
  package enum Step: Sendable {
    case byteLetters
    /// `<0x0A>` and its like as bytes.
    case byteFallback
    case fuse
    case strip(scalar: UInt32, start: Int, stop: Int)
    case replace(TextPattern, by: [UInt8])
    case metaspace([UInt8], keepsFirst: Bool)
    case wordPiece(prefix: [UInt8], cleansUp: Bool)
    /// Spaces in the place of a suffix, except in the last token.
    case suffix([UInt8])
  }

  package var steps: [Step]
  /// Whether spaces go between tokens, as they do where a file has no decoder.
  package var joinsWithSpaces: Bool

  package init(_ steps: [Step], joinsWithSpaces: Bool = false) {
    self.steps = steps
    self.joinsWithSpaces = joinsWithSpaces
  }
}

/// Bytes that a step passes on.
struct DecodedPart {
  var bytes: [UInt8]
  /// Whether more of the same token follows.
  var isOpen = false
}

/// One step with what it remembers.
struct DecodingStage {
  private let step: TokenDecoder.Step
  /// Tokens that ended here.
  private var count = 0
  private var held: [UInt8] = []
  private var isHolding = false
  /// Scalars stripped from the token so far; nil when it has begun to stay.
  private var stripped: Int? = 0

  init(_ step: TokenDecoder.Step) { self.step = step }

  mutating func push(_ part: DecodedPart, _ out: inout [DecodedPart]) {
    switch step {
    case .byteLetters: pushLetters(part, &out)
    case .byteFallback: pushFallback(part, &out)
    case .fuse: out.append(DecodedPart(bytes: part.bytes, isOpen: true))
    case .strip(let scalar, let start, 0): pushStripped(part, scalar, start, &out)
    default: pushWhole(part, &out)
    }
  }

  mutating func finish(_ out: inout [DecodedPart]) {
    switch step {
    case .byteLetters:
      out.append(DecodedPart(bytes: Self.repaired(held)))
      held = []
    case .byteFallback: flushFallback(&out)
    case .fuse: out.append(DecodedPart(bytes: []))
    case .suffix(let suffix):
      if isHolding {
        out.append(DecodedPart(bytes: Self.replace(suffix, by: [], in: held)))
      }
    case .strip(_, _, 0): break
    default: if isHolding { out.append(DecodedPart(bytes: changed(held))) }
    }
    isHolding = false
  }

  /// Steps that see a token as a whole keep its open parts until it is there.
  private mutating func pushWhole(_ part: DecodedPart, _ out: inout [DecodedPart]) {
    if case .suffix(let suffix) = step {
      if isHolding, count > 0 {
        out.append(DecodedPart(bytes: Self.replace(suffix, by: [32], in: held)))
        held = []
      }
      held += part.bytes
      isHolding = true
      count = part.isOpen ? 0 : 1
      return
    }
    held += part.bytes
    isHolding = true
    guard !part.isOpen else { return }
    out.append(DecodedPart(bytes: changed(held)))
    held = []
    isHolding = false
    count += 1
  }

  private func changed(_ token: [UInt8]) -> [UInt8] {
    switch step {
    case .replace(let pattern, let content): return Self.replace(pattern, by: content, in: token)
    case .metaspace(let sign, let keepsFirst):
      return Self.replace(sign, by: count == 0 && !keepsFirst ? [] : [32], in: token)
    case .wordPiece(let prefix, let cleansUp):
      return WordPieceJoin.joined(token, isFirst: count == 0, prefix, cleansUp: cleansUp)
    case .strip(let scalar, let start, let stop):
      return Self.stripped(token, scalar, start: start, stop: stop)
    default: return token
    }
  }

  // MARK: Bytes

  private mutating func pushLetters(_ part: DecodedPart, _ out: inout [DecodedPart]) {
    var raw: [UInt8] = []
    let isLetters = part.bytes.withUnsafeBufferPointer { ByteAlphabet.read($0, into: &raw) }
    held += isLetters ? raw : part.bytes
    isHolding = true
    let ready = held.count - Self.unfinished(held)
    guard ready > 0 else { return }
    out.append(DecodedPart(bytes: Self.repaired(Array(held[..<ready])), isOpen: true))
    held.removeFirst(ready)
  }

  private mutating func pushFallback(_ part: DecodedPart, _ out: inout [DecodedPart]) {
    if let byte = ByteFallback.byte(part.bytes) {
      held.append(byte)
      isHolding = true
    } else {
      flushFallback(&out)
      out.append(part)
    }
  }

  /// A run of bytes is a text as a whole, or one sign of replacement for each.
  private mutating func flushFallback(_ out: inout [DecodedPart]) {
    guard isHolding else { return }
    if String(validating: held, as: UTF8.self) != nil {
      out.append(DecodedPart(bytes: held))
    } else {
      for _ in held { out.append(DecodedPart(bytes: [0xEF, 0xBF, 0xBD])) }
    }
    held = []
    isHolding = false
  }

  private static func repaired(_ bytes: [UInt8]) -> [UInt8] {
    Array(String(decoding: bytes, as: UTF8.self).utf8)
  }

  /// The bytes at the end that may be the start of a scalar.
  static func unfinished(_ bytes: [UInt8]) -> Int {
    for length in 1...3 where length <= bytes.count {
      let byte = bytes[bytes.count - length]
      if byte & 0xC0 == 0x80 { continue }
      let wanted = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC2 ? 2 : 1
      return wanted > length && byte < 0xF5 ? length : 0
    }
    return 0
  }

  // MARK: Text

  private mutating func pushStripped(
    _ part: DecodedPart, _ scalar: UInt32, _ start: Int, _ out: inout [DecodedPart]
  ) {
    var bytes = part.bytes[...]
    var sign: [UInt8] = []
    UTF8Scalars.append(scalar, to: &sign)
    while let count = stripped, !bytes.isEmpty {
      guard count < start, bytes.starts(with: sign) else {
        stripped = nil
        break
      }
      bytes = bytes.dropFirst(sign.count)
      stripped = count + 1
    }
    if !part.isOpen { stripped = 0 }
    out.append(DecodedPart(bytes: Array(bytes), isOpen: part.isOpen))
  }

  private static func stripped(
    _ token: [UInt8], _ scalar: UInt32, start: Int, stop: Int
  ) -> [UInt8] {
    var sign: [UInt8] = []
    UTF8Scalars.append(scalar, to: &sign)
    var rest = token[...]
    for _ in 0..<min(start, token.count) where rest.starts(with: sign) {
      rest = rest.dropFirst(sign.count)
    }
    for _ in 0..<min(stop, token.count) where rest.suffix(sign.count).elementsEqual(sign) {
      rest = rest.dropLast(sign.count)
    }
    return Array(rest)
  }

  private static func replace(
    _ wanted: [UInt8], by content: [UInt8], in token: [UInt8]
  ) -> [UInt8] {
    wanted.isEmpty ? token : replace(.literal(wanted), by: content, in: token)
  }

  private static func replace(
    _ pattern: TextPattern, by content: [UInt8], in token: [UInt8]
  ) -> [UInt8] {
    var result: [UInt8] = []
    var kept = 0
    token.withUnsafeBufferPointer { text in
      pattern.forEachMatch(in: text) { match in
        result += text[kept..<match.lowerBound]
        result += content
        kept = match.upperBound
      }
      result += text[kept...]
    }
    return result
  }
}
