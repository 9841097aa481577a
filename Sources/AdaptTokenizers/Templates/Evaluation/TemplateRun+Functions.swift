// Functions that a template finds without defining them.

extension TemplateRun {
  static let functions: Set = ["range", "namespace", "dict", "raise_exception", "strftime_now"]
  /// Jinja's other functions: named as unsupported.
  static let refusedFunctions: Set = ["cycler", "joiner", "lipsum"]
  /// Numbers in one `range`, as Jinja's sandbox bounds it.
  private static let rangeLimit = 100_000

  func call(
    function name: String, _ call: TemplateCall
  ) throws(TemplateFault) -> TemplateValue {
    switch name {
    case "range": return try range(call)
    case "dict": return .dictionary(try mapping(call, name))
    case "namespace":
      try spend(200)
      namespaces.append(try mapping(call, name))
      return .namespace(namespaces.count - 1)
    case "raise_exception":
      let words = try text(of: call.value(0, "message") ?? .string(""))
      throw .refused(source.place(at), words: String(words.prefix(2000)))
    case "strftime_now":
      let format = try wantedText(call.value(0, "format"), "`strftime_now`")
      guard let text = date.text(format) else {
        throw unsupported("the date format `\(format)`")
      }
      return .string(text)
    default: throw unsupported("the function `\(name)`")
    }
  }

  private func mapping(
    _ call: TemplateCall, _ name: String
  ) throws(TemplateFault) -> TemplateDictionary {
    var mapping = TemplateDictionary()
    guard call.positional.count <= 1 else { throw fail("`\(name)` takes one mapping") }
    if let start = call.positional.first {
      guard case .dictionary(let entries) = start else {
        throw unsupported("`\(name)` made from \(start.kind)")
      }
      try spend(entries.keys.count * 16)
      mapping = entries
    }
    for (name, value) in call.named { mapping[TemplateKey(name)] = value }
    return mapping
  }

  private func range(_ call: TemplateCall) throws(TemplateFault) -> TemplateValue {
    var bounds: [Int] = []
    for value in call.positional {
      guard let bound = integer(value) else { throw fail("`range` wants whole numbers") }
      bounds.append(bound)
    }
    guard (1...3).contains(bounds.count), call.named.isEmpty else {
      throw fail("`range` wants one to three numbers")
    }
    let start = bounds.count == 1 ? 0 : bounds[0]
    let end = bounds.count == 1 ? bounds[0] : bounds[1]
    let step = bounds.count == 3 ? bounds[2] : 1
    guard step != 0 else { throw fail("the step of `range` is zero") }
    var numbers: [TemplateValue] = []
    var number = start
    while step > 0 ? number < end : number > end {
      guard numbers.count < Self.rangeLimit else {
        throw .limit(source.place(at), what: "a `range` is too long", limit: Self.rangeLimit)
      }
      numbers.append(.integer(number))
      let (next, overflows) = number.addingReportingOverflow(step)
      if overflows { break }
      number = next
    }
    try spend(numbers.count * 16)
    return .list(TemplateList(numbers))
  }
}
