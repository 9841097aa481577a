// Filters that work on one value or on text.
import AdaptSystem
import Foundation

extension TemplateRun {
  static let filters = [
    "abs", "capitalize", "count", "d", "default", "dictsort", "e", "escape", "first", "float",
    "indent", "int", "items", "join", "last", "length", "list", "lower", "map", "max", "min",
    "reject", "rejectattr", "replace", "reverse", "round", "safe", "select", "selectattr", "sort",
    "string", "sum", "title", "tojson", "trim", "unique", "upper",
  ]
  /// Jinja's other filters: named as unsupported.
  static let otherFilters: Set = [
    "attr", "batch", "center", "filesizeformat", "forceescape", "format", "groupby", "pprint",
    "random", "slice", "striptags", "truncate", "urlencode", "urlize", "wordcount", "wordwrap",
    "xmlattr",
  ]

  func apply(
    filter name: String, to value: TemplateValue, _ call: TemplateCall
  ) throws(TemplateFault) -> TemplateValue {
    if Self.otherFilters.contains(name) { throw unsupported("the filter `\(name)`") }
    guard Self.filters.contains(name) else {
      throw fail(
        "no filter is named `\(name)`. " + NearestName.hint(for: name, among: Self.filters))
    }
    if case .string(let text) = value { try spend(text.utf8.count) }
    switch name {
    case "default", "d": return fallback(value, call)
    case "length", "count": return .integer(try length(of: value))
    case "tojson": return .string(try json(of: value, try style(call)))
    case "int": return try whole(value, call)
    case "float": return try float(value, call)
    case "abs":
      guard let number = double(value) else { throw fail("`abs` wants a number") }
      return number < 0 || number.sign == .minus ? try signed(value, isNegative: true) : value
    case "round": return try rounded(value, call)
    case "safe", "string":
      return .string(try text(of: value))
    default:
      if Self.listFilters.contains(name) { return try listed(name, value, call) }
      return try written(name, value, call)
    }
  }

  /// Filters of text.
  private func written(
    _ name: String, _ value: TemplateValue, _ call: TemplateCall
  ) throws(TemplateFault) -> TemplateValue {
    let text = try text(of: value)
    try spend(text.utf8.count)
    switch name {
    case "upper": return .string(text.uppercased())
    case "lower": return .string(text.lowercased())
    case "capitalize": return .string(PythonText.capitalized(text))
    case "title": return .string(Self.titleFiltered(text))
    case "trim":
      return .string(
        PythonText.stripped(text, try optionalText(call.value(0, "chars"), "`trim`'s characters")))
    case "escape", "e": return .string(try escaped(text))
    case "replace":
      let old = try self.text(of: call.value(0, "old") ?? .undefined(""))
      let new = try self.text(of: call.value(1, "new") ?? .undefined(""))
      return .string(try replaced(text, old, new, limit: try count(call.value(2, "count"))))
    default: return .string(try indented(text, call))
    }
  }

  private func fallback(_ value: TemplateValue, _ call: TemplateCall) -> TemplateValue {
    let replacement = call.value(0, "default_value") ?? .string("")
    if case .undefined = value { return replacement }
    let replacesFalse = call.value(1, "boolean")?.isTrue ?? false
    return replacesFalse && !value.isTrue ? replacement : value
  }

  func length(of value: TemplateValue) throws(TemplateFault) -> Int {
    switch value {
    case .undefined: 0
    case .string(let text): text.unicodeScalars.count
    case .list(let list), .tuple(let list): list.items.count
    case .dictionary(let dictionary): dictionary.keys.count
    case .loop(let number) where number < loops.count: loops[number].items.count
    default: throw fail("\(value.kind) has no length")
    }
  }

  private func style(_ call: TemplateCall) throws(TemplateFault) -> JSONStyle {
    var style = JSONStyle()
    style.escapesToASCII = call.value(0, "ensure_ascii")?.isTrue ?? false
    switch call.value(1, "indent") {
    case nil, .some(.none): break
    case .string(let text): style.indent = text
    case let value?:
      guard let width = integer(value), width <= 64 else {
        throw fail("`tojson` wants an `indent` of at most 64")
      }
      style.indent = String(repeating: " ", count: max(0, width))
    }
    if style.indent != nil { style.separators.item = "," }
    switch call.value(2, "separators") {
    case nil, .some(.none): break
    case .list(let list)?, .tuple(let list)?:
      guard list.items.count == 2 else { throw fail("`tojson` wants two separators") }
      style.separators = (
        try wantedText(list.items[0], "`tojson`"), try wantedText(list.items[1], "`tojson`")
      )
    default: throw fail("`tojson` wants two separators")
    }
    style.sortsKeys = call.value(3, "sort_keys")?.isTrue ?? false
    return style
  }

  private func whole(
    _ value: TemplateValue, _ call: TemplateCall
  ) throws(TemplateFault) -> TemplateValue {
    let fallback = call.value(0, "default") ?? .integer(0)
    if let base = call.value(1, "base"), integer(base) != 10 {
      throw unsupported("`int` with a base other than 10")
    }
    switch value {
    case .undefined(let words): throw fail(words)
    case .float(let number):
      return Int(exactly: number.rounded(.towardZero)).map { .integer($0) } ?? fallback
    case .string(let text):
      let digits = PythonText.stripped(text, nil)
      if let number = Int(digits) { return .integer(number) }
      guard let number = Double(digits), let whole = Int(exactly: number.rounded(.towardZero))
      else { return fallback }
      return .integer(whole)
    default: return integer(value).map { .integer($0) } ?? fallback
    }
  }

  private func float(
    _ value: TemplateValue, _ call: TemplateCall
  ) throws(TemplateFault) -> TemplateValue {
    let fallback = call.value(0, "default") ?? .float(0)
    switch value {
    case .undefined(let words): throw fail(words)
    case .string(let text):
      return Double(PythonText.stripped(text, nil)).map { .float($0) } ?? fallback
    default: return double(value).map { .float($0) } ?? fallback
    }
  }

  private func rounded(
    _ value: TemplateValue, _ call: TemplateCall
  ) throws(TemplateFault) -> TemplateValue {
    guard let number = double(value) else { throw fail("`round` wants a number") }
    let places = integer(call.value(0, "precision") ?? .integer(0)) ?? 0
    guard (-300...300).contains(places) else { throw fail("`round` wants -300 to 300 places") }
    let method = try optionalText(call.value(1, "method"), "the method of `round`") ?? "common"
    switch method {
    case "common":
      guard places >= 0, number.isFinite else {
        let scale = pow(10, Double(places))
        return .float((number * scale).rounded(.toNearestOrEven) / scale)
      }
      return .float(Double(String(format: "%.*f", places, number)) ?? number)
    case "ceil", "floor":
      let scale = pow(10, Double(places))
      return .float((number * scale).rounded(method == "ceil" ? .up : .down) / scale)
    default: throw fail("`round` has the methods common, ceil and floor")
    }
  }

  /// Jinja's `title`: words begin behind blanks, hyphens and opening brackets.
  private static func titleFiltered(_ text: String) -> String {
    var (out, starts) = ("", true)
    for scalar in text.unicodeScalars {
      let separates = scalar.isPythonSpace || "-({[<".unicodeScalars.contains(scalar)
      out += starts ? scalar.properties.uppercaseMapping : scalar.properties.lowercaseMapping
      starts = separates
    }
    return out
  }

  func escaped(_ text: String) throws(TemplateFault) -> String {
    try spend(text.utf8.count * 5)
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "'": out += "&#39;"
      case "\"": out += "&#34;"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }

  private func indented(_ text: String, _ call: TemplateCall) throws(TemplateFault) -> String {
    let margin: String
    switch call.value(0, "width") ?? .integer(4) {
    case .string(let text): margin = text
    case let value:
      guard let width = integer(value), width <= 1000 else {
        throw fail("`indent` wants a width of at most 1000")
      }
      margin = String(repeating: " ", count: max(0, width))
    }
    let indentsBlank = call.value(2, "blank")?.isTrue ?? false
    let lines = PythonText.lines(text + "\n")
    try spend(lines.count * margin.utf8.count)
    var out = call.value(1, "first")?.isTrue == true ? margin : ""
    for (i, line) in lines.enumerated() {
      if i > 0 { out += "\n" + (line.isEmpty && !indentsBlank ? "" : margin) }
      out += line
    }
    return out
  }
}
