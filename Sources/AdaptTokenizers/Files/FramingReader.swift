// Post-processors of tokenizer files as frames.
import AdaptSystem

extension Framing {
  private static let known = [
    "TemplateProcessing", "ByteLevel", "RobertaProcessing", "BertProcessing", "Sequence",
  ]

  /// - Throws: `TokenizerFault` naming a part that is not known, or a template that cannot be.
  init(_ part: PartSettings?) throws(TokenizerFault) {
    self.init()
    guard let part else { return }
    var hasTemplate = false
    try apply(part, &hasTemplate)
  }

  private mutating func apply(
    _ part: PartSettings, _ hasTemplate: inout Bool
  ) throws(TokenizerFault) {
    switch part.type {
    case "ByteLevel":
      guard try part.bool("trim_offsets", true) else { return }
      trimming = Trimming(keepsFirstSpace: try part.bool("add_prefix_space", true))
      return
    case "Sequence":
      for item in try part.list("processors") { try apply(item, &hasTemplate) }
      return
    default: break
    }
    guard !hasTemplate else {
      throw .malformed(path: part.path, reason: "more than one frame in its \(part.role)")
    }
    hasTemplate = true
    switch part.type {
    case "TemplateProcessing": try applyTemplate(part)
    case "BertProcessing":
      let (start, end) = try ([part.token("cls")], [part.token("sep")])
      single = [.special(start, type: 0), .text(0, type: 0), .special(end, type: 0)]
      pair = single + [.text(1, type: 1), .special(end, type: 1)]
    case "RobertaProcessing":
      let (start, end) = try ([part.token("cls")], [part.token("sep")])
      single = [.special(start, type: 0), .text(0, type: 0), .special(end, type: 0)]
      pair = single + [.special(end, type: 0), .text(1, type: 0), .special(end, type: 0)]
      if try part.bool("trim_offsets", true) {
        trimming = Trimming(keepsFirstSpace: try part.bool("add_prefix_space", true))
      }
    default: throw part.unknown(Self.known)
    }
  }

  private mutating func applyTemplate(_ part: PartSettings) throws(TokenizerFault) {
    var tokens: [String: [Int32]] = [:]
    if case .object(let specials) = part.value("special_tokens") {
      for (name, value) in specials {
        guard case .object(let special) = value, case .array(let numbers) = special["ids"] else {
          throw part.fault("special_tokens", "numbers of `\(name.excerpt)`")
        }
        let ids = numbers.compactMap { $0.int.flatMap { Int32(exactly: $0) } }
        let isValid = ids.allSatisfy { (0..<VocabularyLimits.pieces).contains($0) }
        guard ids.count == numbers.count, isValid else {
          throw part.fault("special_tokens", "numbers of `\(name.excerpt)`")
        }
        tokens[name] = ids
      }
    }
    single = try Self.pieces(part, "single", texts: 1, tokens)
    if part.value("pair") != nil { pair = try Self.pieces(part, "pair", texts: 2, tokens) }
  }

  private static func pieces(
    _ part: PartSettings, _ key: String, texts: Int, _ tokens: [String: [Int32]]
  ) throws(TokenizerFault) -> [Piece] {
    guard case .array(let items) = part.value(key) else { throw part.fault(key, "a list") }
    var pieces: [Piece] = []
    var found: Set<Int> = []
    for item in items {
      guard case .object(let item) = item, let (kind, value) = item.first, item.count == 1,
        case .object(let content) = value, case .string(let id) = content["id"],
        let type = content["type_id"]?.int.flatMap({ Int32(exactly: $0) })
      else { throw part.fault(key, "texts and special tokens") }
      switch (kind, id) {
      case ("Sequence", "A"), ("Sequence", "B"):
        let index = id == "A" ? 0 : 1
        found.insert(index)
        pieces.append(.text(index, type: type))
      case ("SpecialToken", _):
        guard let ids = tokens[id] else {
          throw .missingToken(path: part.path, token: id)
        }
        pieces.append(.special(ids, type: type))
      default: throw part.fault(key, "texts and special tokens")
      }
    }
    guard found == Set(0..<texts) else {
      throw part.fault(key, texts == 1 ? "the text A" : "the texts A and B")
    }
    return pieces
  }
}
