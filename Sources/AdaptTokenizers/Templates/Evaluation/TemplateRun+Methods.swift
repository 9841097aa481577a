// Methods of strings and mappings that templates call.

extension TemplateRun {
  static let dictionaryMethods: Set = ["get", "items", "keys", "values", "copy"]
  static let stringMethods: Set = [
    "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "startswith", "endswith",
    "replace", "upper", "lower", "title", "capitalize", "find", "rfind", "index", "count", "join",
    "format", "isdigit", "isspace", "isalpha", "isupper", "islower", "removeprefix",
    "removesuffix",
  ]
  /// Python's other methods of strings: named as unsupported.
  static let otherStringMethods: Set = [
    "casefold", "center", "encode", "expandtabs", "format_map", "isalnum", "isascii", "isdecimal",
    "isidentifier", "isnumeric", "isprintable", "istitle", "ljust", "maketrans", "partition",
    "rindex", "rjust", "rpartition", "swapcase", "translate", "zfill",
  ]

  /// The result of `owner.name(…)`, or nil where that is no method.
  func method(
    _ name: String, of owner: TemplateValue, _ call: TemplateCall
  ) throws(TemplateFault) -> TemplateValue? {
    switch owner {
    case .string(let text):
      if Self.otherStringMethods.contains(name) { throw unsupported("the method `\(name)`") }
      guard Self.stringMethods.contains(name) else { return nil }
      try spend(text.utf8.count)
      return try string(text, name, call)
    case .dictionary(let dictionary):
      if Self.dictionaryMethods.contains(name) { return try entries(dictionary, name, call) }
      if Self.changing.contains(name) { throw changes(name) }
      return nil
    case .list(let list), .tuple(let list):
      if Self.changing.contains(name) { throw changes(name) }
      guard name == "index" || name == "count" else { return nil }
      return try search(list.items, name, call)
    case .loop(let number) where name == "cycle":
      guard number < loops.count, !call.positional.isEmpty else {
        throw fail("`loop.cycle` wants values")
      }
      return call.positional[loops[number].index % call.positional.count]
    default: return nil
    }
  }

  private func changes(_ name: String) -> TemplateFault {
    unsupported("`\(name)`, which changes a value in place,")
  }

  private func search(
    _ items: [TemplateValue], _ name: String, _ call: TemplateCall
  ) throws(TemplateFault) -> TemplateValue {
    guard call.positional.count == 1 else { throw fail("`\(name)` wants one value") }
    var count = 0
    for (i, item) in items.enumerated() where try equal(item, call.positional[0]) {
      if name == "index" { return .integer(i) }
      count += 1
    }
    guard name == "count" else { throw fail("the value is not in the list") }
    return .integer(count)
  }

  private func entries(
    _ dictionary: TemplateDictionary, _ name: String, _ call: TemplateCall
  ) throws(TemplateFault) -> TemplateValue {
    try spend(name == "get" ? 0 : dictionary.keys.count * 16)
    switch name {
    case "get":
      guard let key = call.positional.first else { throw fail("`get` wants a key") }
      let found = TemplateKey(key).flatMap { dictionary[$0] }
      return found ?? call.value(1, "default") ?? .none
    case "items": return Self.pairs(dictionary)
    case "keys": return .list(TemplateList(dictionary.keys.map(\.value)))
    case "values": return .list(TemplateList(dictionary.entries.map(\.value)))
    default: return .dictionary(dictionary)
    }
  }

  static func pairs(_ dictionary: TemplateDictionary) -> TemplateValue {
    .list(
      TemplateList(
        dictionary.entries.map { .tuple(TemplateList([$0.key.value, $0.value])) }))
  }

  // MARK: Strings

  private func string(
    _ text: String, _ name: String, _ call: TemplateCall
  ) throws(TemplateFault) -> TemplateValue {
    switch name {
    case "strip", "lstrip", "rstrip":
      let characters = try optionalText(call.value(0, "chars"), "characters of `\(name)`")
      return .string(
        PythonText.stripped(
          text, characters, left: name != "rstrip", right: name != "lstrip"))
    case "split", "rsplit": return try split(text, call, fromEnd: name == "rsplit")
    case "splitlines": return .list(TemplateList(PythonText.lines(text).map { .string($0) }))
    case "startswith", "endswith":
      return .boolean(try hasEdge(text, call, atStart: name == "startswith"))
    case "replace":
      let old = try wantedText(call.value(0, "old"), "`replace`")
      let new = try wantedText(call.value(1, "new"), "`replace`")
      return .string(try replaced(text, old, new, limit: try count(call.value(2, "count"))))
    case "upper": return .string(text.uppercased())
    case "lower": return .string(text.lowercased())
    case "title": return .string(PythonText.titled(text))
    case "capitalize": return .string(PythonText.capitalized(text))
    case "join":
      guard let items = call.positional.first else { throw fail("`join` wants a list") }
      return .string(try joined(try self.items(of: items), text, isStrict: true))
    case "format": return .string(try formatted(text, call))
    case "removeprefix", "removesuffix":
      let part = try wantedText(call.positional.first, "`\(name)`")
      return .string(removed(part, of: text, atStart: name == "removeprefix"))
    case "find", "rfind", "index", "count":
      return try found(try wantedText(call.positional.first, "`\(name)`"), in: text, name)
    default: return .boolean(Self.consists(text, name))
    }
  }

  private static func consists(_ text: String, _ name: String) -> Bool {
    let scalars = text.unicodeScalars
    guard !scalars.isEmpty else { return false }
    switch name {
    case "isdigit":
      return scalars.allSatisfy {
        $0.properties.numericType == .decimal || $0.properties.numericType == .digit
      }
    case "isspace": return scalars.allSatisfy(\.isPythonSpace)
    case "isalpha":
      return scalars.allSatisfy {
        switch $0.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
          true
        default: false
        }
      }
    default:
      let isUpper = name == "isupper"
      let cased = scalars.filter(\.properties.isCased)
      return !cased.isEmpty
        && cased.allSatisfy { isUpper ? $0.properties.isUppercase : $0.properties.isLowercase }
    }
  }

  private func found(
    _ part: String, in text: String, _ name: String
  ) throws(TemplateFault) -> TemplateValue {
    let (needle, bytes) = (Array(part.utf8), Array(text.utf8))
    if name == "count" {
      guard !needle.isEmpty else { return .integer(text.unicodeScalars.count + 1) }
      let parts = PythonText.split(text, by: part, limit: nil, fromEnd: false)
      return .integer(parts.count - 1)
    }
    var offset = PythonText.find(needle, in: bytes)
    if name == "rfind", offset != nil {
      let last = PythonText.split(text, by: part, limit: 1, fromEnd: true)
      offset = part.isEmpty ? bytes.count : last[0].utf8.count
    }
    guard let offset else {
      if name == "index" { throw fail("`index` does not find its text") }
      return .integer(-1)
    }
    return .integer(bytes[..<offset].count { $0 & 0xC0 != 0x80 })
  }

  private func split(
    _ text: String, _ call: TemplateCall, fromEnd: Bool
  ) throws(TemplateFault) -> TemplateValue {
    let limit = try count(call.value(1, "maxsplit"))
    let separator = try optionalText(call.value(0, "sep"), "the separator of `split`")
    let parts: [String]
    if let separator {
      guard !separator.isEmpty else { throw fail("the separator of `split` is empty") }
      parts = PythonText.split(text, by: separator, limit: limit, fromEnd: fromEnd)
    } else {
      parts = PythonText.words(text, limit: limit, fromEnd: fromEnd)
    }
    try spend(parts.count * 16)
    return .list(TemplateList(parts.map { .string($0) }))
  }

  private func hasEdge(
    _ text: String, _ call: TemplateCall, atStart: Bool
  ) throws(TemplateFault) -> Bool {
    guard call.positional.count == 1 else {
      throw unsupported("`startswith` or `endswith` with a start or an end")
    }
    let candidates: [TemplateValue]
    if case .tuple(let list) = call.positional[0] {
      candidates = list.items
    } else {
      candidates = [call.positional[0]]
    }
    for candidate in candidates {
      let edge = try wantedText(candidate, "`startswith` or `endswith`")
      let end = atStart ? text.utf8.prefix(edge.utf8.count) : text.utf8.suffix(edge.utf8.count)
      if end.elementsEqual(edge.utf8) { return true }
    }
    return false
  }

  private func removed(_ part: String, of text: String, atStart: Bool) -> String {
    let (bytes, edge) = (Array(text.utf8), Array(part.utf8))
    if atStart, bytes.starts(with: edge) {
      return String(decoding: bytes.dropFirst(edge.count), as: UTF8.self)
    }
    if !atStart, bytes.suffix(edge.count).elementsEqual(edge) {
      return String(decoding: bytes.dropLast(edge.count), as: UTF8.self)
    }
    return text
  }

  func replaced(
    _ text: String, _ old: String, _ new: String, limit: Int?
  ) throws(TemplateFault) -> String {
    let places = text.utf8.count / max(1, old.utf8.count) + 1
    try spend(text.utf8.count)
    let (size, overflows) = places.multipliedReportingOverflow(by: new.utf8.count)
    // Where it could be much it is counted first.
    if overflows || size > 1 << 20 {
      let parts =
        old.isEmpty
        ? text.unicodeScalars.count + 1
        : PythonText.split(text, by: old, limit: limit, fromEnd: false).count
      try spend(parts.multipliedReportingOverflow(by: new.utf8.count).partialValue)
    }
    return PythonText.replaced(text, old, with: new, limit: limit)
  }

  func joined(
    _ items: [TemplateValue], _ separator: String, isStrict: Bool = false
  ) throws(TemplateFault) -> String {
    var out = ""
    for (i, item) in items.enumerated() {
      if i > 0 { out += separator }
      if isStrict, case .string = item {
      } else if isStrict {
        throw fail("`join` wants strings, got \(item.kind)")
      }
      let part = try text(of: item)
      try spend(part.utf8.count + separator.utf8.count)
      out += part
    }
    return out
  }

  /// `str.format` with plain fields: `{}`, `{0}`, `{name}`.
  private func formatted(_ text: String, _ call: TemplateCall) throws(TemplateFault) -> String {
    var (out, next) = ("", 0)
    var rest = text.scalarArray[...]
    while let scalar = rest.popFirst() {
      if (scalar == "{" || scalar == "}") && rest.first == scalar {
        out.unicodeScalars.append(scalar)
        rest.removeFirst()
      } else if scalar == "{" {
        guard let end = rest.firstIndex(of: "}") else { throw fail("`format`: `{` is not closed") }
        let field = String(scalars: rest[..<end])
        rest = rest[(end + 1)...]
        var value = Int(field).flatMap {
          call.positional.indices.contains($0) ? call.positional[$0] : nil
        }
        if field.isEmpty {
          value = next < call.positional.count ? call.positional[next] : nil
          next += 1
        }
        if field.unicodeScalars.contains(where: { ":!.[".unicodeScalars.contains($0) }) {
          throw unsupported("the field `{\(field)}` of `format`")
        }
        guard let value = value ?? call[field] else {
          throw fail("`format` has no value for `{\(field)}`")
        }
        let part = try self.text(of: value)
        try spend(part.utf8.count)
        out += part
      } else if scalar == "}" {
        throw fail("`format`: `}` closes nothing")
      } else {
        out.unicodeScalars.append(scalar)
      }
    }
    try spend(out.utf8.count)
    return out
  }

  // MARK: Arguments

  func wantedText(_ value: TemplateValue?, _ what: String) throws(TemplateFault) -> String {
    guard case .string(let text) = value else {
      throw fail("\(what) wants a string, got \(value?.kind ?? "nothing")")
    }
    return text
  }

  func optionalText(_ value: TemplateValue?, _ what: String) throws(TemplateFault) -> String? {
    switch value {
    case nil, .some(.none): return nil
    case .string(let text): return text
    case let other?: throw fail("\(what) are \(other.kind), not a string")
    }
  }

  /// How often at most; nil is without bound.
  func count(_ value: TemplateValue?) throws(TemplateFault) -> Int? {
    guard let value else { return nil }
    if case .none = value { return nil }
    guard let count = integer(value) else { throw fail("\(value.kind) as a count") }
    return count < 0 ? nil : count
  }
}
