// From the names and settings of a tokenizer file to normalisers, splitters and decoders.
import AdaptSystem
import Foundation

extension TextNormalizer {
  private static let known = [
    "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Strip", "Replace", "Prepend",
    "BertNormalizer", "Precompiled", "Nmt", "ByteLevel", "Sequence",
  ]

  /// - Throws: `TokenizerFault` naming a part that is not known.
  init(_ part: PartSettings) throws(TokenizerFault) {
    switch part.type {
    case "NFC": self = .form(.nfc)
    case "NFD": self = .form(.nfd)
    case "NFKC": self = .form(.nfkc)
    case "NFKD": self = .form(.nfkd)
    case "Lowercase": self = .lowercase
    case "StripAccents": self = .stripAccents
    case "Nmt": self = .nmt
    case "ByteLevel": self = .byteLetters
    case "Strip":
      self = .strip(
        left: try part.bool("strip_left", true), right: try part.bool("strip_right", true))
    case "Replace":
      self = .replace(try part.pattern("pattern"), by: Array(try part.needed("content").utf8))
    case "Prepend": self = .prepend(Array(try part.needed("prepend").utf8))
    case "BertNormalizer": self = .bert(BertNormalizer(try Self.bertOptions(part)))
    case "Precompiled": self = .precompiled(try Self.map(part))
    case "Sequence":
      var parts: [TextNormalizer] = []
      for item in try part.list("normalizers") { parts.append(try TextNormalizer(item)) }
      self = .sequence(parts)
    default: throw part.unknown(Self.known)
    }
  }

  private static func bertOptions(
    _ part: PartSettings
  ) throws(TokenizerFault) -> BertNormalizerOptions {
    var options = BertNormalizerOptions()
    options.cleansText = try part.bool("clean_text", true)
    options.separatesCJK = try part.bool("handle_chinese_chars", true)
    options.lowercases = try part.bool("lowercase", true)
    if part.value("strip_accents") != nil {
      options.stripsAccents = try part.bool("strip_accents", true)
    }
    return options
  }

  private static func map(_ part: PartSettings) throws(TokenizerFault) -> PrecompiledMap {
    let text = try part.needed("precompiled_charsmap")
    guard let data = Data(base64Encoded: text), let map = try? PrecompiledMap(Array(data)) else {
      throw part.fault("precompiled_charsmap", "a map of characters in base 64")
    }
    return map
  }
}

extension PreTokenizer {
  private static let known = [
    "ByteLevel", "Split", "Metaspace", "BertPreTokenizer", "Whitespace", "WhitespaceSplit",
    "Digits", "Punctuation", "CharDelimiterSplit", "Sequence",
  ]

  /// - Throws: `TokenizerFault` naming a part that is not known.
  init(_ part: PartSettings) throws(TokenizerFault) {
    self.init(try Self.steps(part))
  }

  private static func steps(_ part: PartSettings) throws(TokenizerFault) -> [Step] {
    switch part.type {
    case "ByteLevel": return try byteLevel(part)
    case "Split":
      let behavior: SplitBehavior = try part.choice("behavior", default: nil)
      let inverted = try part.bool("invert", false)
      return [.split(try part.pattern("pattern"), behavior, inverted: inverted)]
    case "Metaspace": return [try metaspace(part)]
    case "BertPreTokenizer":
      return [.scalars(.whitespace, .removed), .scalars(.punctuation, .isolated)]
    case "Whitespace":
      let words = try PartSettings.regex(#"\w+|[^\w\s]+"#, part.path)
      return [.split(.regex(words), .removed, inverted: true)]
    case "WhitespaceSplit": return [.scalars(.whitespace, .removed)]
    case "Digits":
      return [
        .scalars(.numeric, try part.bool("individual_digits", false) ? .isolated : .contiguous)
      ]
    case "Punctuation":
      return [.scalars(.punctuation, try part.choice("behavior", default: .isolated))]
    case "CharDelimiterSplit":
      return [.scalars(.scalar(try part.scalar("delimiter")), .removed)]
    case "Sequence":
      var steps: [Step] = []
      for item in try part.list("pretokenizers") { steps += try Self.steps(item) }
      return steps
    default: throw part.unknown(known)
    }
  }

  private static func byteLevel(_ part: PartSettings) throws(TokenizerFault) -> [Step] {
    var steps: [Step] = try part.bool("add_prefix_space", true) ? [.prefixSpace] : []
    if try part.bool("use_regex", true) {
      let pattern = try PartSettings.regex(gpt2Pattern, part.path)
      steps.append(.split(.regex(pattern), .isolated, inverted: false))
    }
    return steps + [.byteLetters]
  }

  private static func metaspace(_ part: PartSettings) throws(TokenizerFault) -> Step {
    var scheme: PrependScheme = try part.choice("prepend_scheme", default: .always)
    // The older spelling, which goes with the newer one only where both say the same.
    if try !part.bool("add_prefix_space", true) {
      guard scheme == .never || part.value("prepend_scheme") == nil else {
        throw part.fault("add_prefix_space", "true beside this prepend_scheme")
      }
      scheme = .never
    }
    var sign: [UInt8] = []
    UTF8Scalars.append(try part.scalar("replacement", Marker.scalar), to: &sign)
    return .metaspace(sign, scheme, splits: try part.bool("split", true))
  }
}

extension TokenDecoder {
  private static let known = [
    "ByteLevel", "ByteFallback", "Fuse", "Strip", "Replace", "Metaspace", "WordPiece", "BPEDecoder",
    "Sequence",
  ]

  /// - Throws: `TokenizerFault` naming a part that is not known.
  init(_ part: PartSettings?) throws(TokenizerFault) {
    guard let part else {
      self.init([], joinsWithSpaces: true)
      return
    }
    self.init(try Self.steps(part))
  }

  private static func steps(_ part: PartSettings) throws(TokenizerFault) -> [Step] {
    switch part.type {
    case "ByteLevel": return [.byteLetters]
    case "ByteFallback": return [.byteFallback]
    case "Fuse": return [.fuse]
    case "Strip":
      return [
        .strip(
          scalar: try part.scalar("content", 32), start: try part.count("start", 0),
          stop: try part.count("stop", 0))
      ]
    case "Replace":
      return [
        .replace(try part.pattern("pattern"), by: Array(try part.needed("content").utf8))
      ]
    case "Metaspace":
      var sign: [UInt8] = []
      UTF8Scalars.append(try part.scalar("replacement", Marker.scalar), to: &sign)
      let scheme: PreTokenizer.PrependScheme = try part.choice("prepend_scheme", default: .always)
      let addsSpace = try part.bool("add_prefix_space", true)
      return [.metaspace(sign, keepsFirst: scheme == .never || !addsSpace)]
    case "WordPiece":
      return [
        .wordPiece(
          prefix: Array((try part.string("prefix") ?? "##").utf8),
          cleansUp: try part.bool("cleanup", true))
      ]
    case "BPEDecoder": return [.suffix(Array((try part.string("suffix") ?? "</w>").utf8))]
    case "Sequence":
      var steps: [Step] = []
      for item in try part.list("decoders") { steps += try Self.steps(item) }
      return steps
    default: throw part.unknown(known)
    }
  }
}
