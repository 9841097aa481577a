// One rendering of a template: its variables, its text so far, and what it may still use up.

/// The variables of a loop, macro or template, over those around it.
final class TemplateScope {
  var variables: [String: TemplateValue] = [:]
  let parent: TemplateScope?

  init(parent: TemplateScope?) {
    self.parent = parent
  }

  subscript(name: String) -> TemplateValue? {
    variables[name] ?? parent?[name]
  }
}

/// Where a loop stands.
struct TemplateLoopState {
  let items: [TemplateValue]
  var index = 0
}

/// A macro with the variables around it.
struct TemplateMacroState {
  let macro: TemplateMacro
  let scope: TemplateScope
}

final class TemplateRun {
  let source: TemplateSource
  let limits: TemplateLimits
  let date: TemplateDate
  /// What is being evaluated, for faults.
  var at = 0
  var scope: TemplateScope
  var namespaces: [TemplateDictionary] = []
  var macros: [TemplateMacroState] = []
  var loops: [TemplateLoopState] = []
  /// The text, and above it that of the blocks and macros whose text is caught.
  private(set) var texts = [""]
  /// Byte ranges of the text that stand in `generation` blocks.
  var spans: [Range<Int>] = []
  /// A `generation` block stood where its place in the text is not known.
  var hasLostSpans = false
  private var steps = 0
  private var bytes = 0
  private var depth = 0

  init(
    source: TemplateSource, variables: [String: TemplateValue], date: TemplateDate,
    limits: TemplateLimits
  ) {
    self.source = source
    self.limits = limits
    self.date = date
    scope = TemplateScope(parent: nil)
    scope.variables = variables
  }

  // MARK: Faults and limits

  func fail(_ reason: String) -> TemplateFault {
    .evaluation(source.place(at), reason: reason)
  }

  func unsupported(_ construct: String) -> TemplateFault {
    source.unsupported(at, construct)
  }

  /// Counts one step and what it copies.
  func spend(_ size: Int = 0) throws(TemplateFault) {
    steps += 1 + size / 16
    guard steps <= limits.steps else {
      throw .limit(source.place(at), what: "it takes too many steps", limit: limits.steps)
    }
  }

  /// Runs `body` one level deeper.
  func nested<Result>(
    at offset: Int, _ body: () throws(TemplateFault) -> Result
  ) throws(TemplateFault) -> Result {
    at = offset
    try spend()
    guard depth < limits.depth else {
      throw .limit(
        source.place(offset), what: "it is nested too deeply or a macro calls itself without end",
        limit: limits.depth)
    }
    depth += 1
    defer { depth -= 1 }
    return try body()
  }

  /// `value`, if its lists and mappings are not too deep.
  func checked(_ value: TemplateValue) throws(TemplateFault) -> TemplateValue {
    guard value.depth <= limits.valueDepth else {
      throw .limit(
        source.place(at), what: "lists and mappings are nested too deeply",
        limit: limits.valueDepth)
    }
    return value
  }

  // MARK: Text

  var isCaught: Bool { texts.count > 1 }

  /// Bytes of the text so far.
  var length: Int { texts[0].utf8.count }

  func write(_ text: String) throws(TemplateFault) {
    bytes += text.utf8.count
    guard bytes <= limits.bytes else {
      throw .limit(source.place(at), what: "it writes too many bytes", limit: limits.bytes)
    }
    try spend(text.utf8.count)
    texts[texts.count - 1] += text
  }

  /// What `body` writes, as a text of its own.
  func caught(_ body: () throws(TemplateFault) -> Void) throws(TemplateFault) -> String {
    texts.append("")
    do throws(TemplateFault) {
      try body()
    } catch {
      texts.removeLast()
      throw error
    }
    return texts.removeLast()
  }
}
