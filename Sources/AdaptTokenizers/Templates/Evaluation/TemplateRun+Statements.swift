// Statements of a template.

extension TemplateRun {
  enum Flow {
    case next
    case breakLoop
    case continueLoop
  }

  func execute(_ statements: [TemplateStatement]) throws(TemplateFault) -> Flow {
    for statement in statements {
      let flow = try nested(at: statement.at) { () throws(TemplateFault) in
        try execute(statement)
      }
      if flow != .next { return flow }
    }
    return .next
  }

  private func execute(_ statement: TemplateStatement) throws(TemplateFault) -> Flow {
    switch statement.kind {
    case .text(let text): try write(text)
    case .output(let expression):
      let value = try evaluate(expression)
      at = expression.at
      try write(try text(of: value))
    case .choice(let branches, let otherwise):
      for branch in branches where try evaluate(branch.condition).isTrue {
        return try execute(branch.body)
      }
      return try execute(otherwise)
    case .loop(let loop): try execute(loop)
    case .set(let target, let expression): try assign(try evaluate(expression), to: target)
    case .setBlock(let target, let filters, let body):
      let text = try captured(body)
      try assign(try filtered(.string(text), filters), to: target)
    case .filtered(let filters, let body):
      let value = try filtered(.string(try captured(body)), filters)
      try write(try text(of: value))
    case .macro(let macro):
      try spend(200)
      macros.append(TemplateMacroState(macro: macro, scope: scope))
      scope.variables[macro.name] = .macro(macros.count - 1)
    case .generation(let body): return try generation(body)
    case .breakLoop: return .breakLoop
    case .continueLoop: return .continueLoop
    }
    return .next
  }

  /// The text of `body` with variables of its own.
  private func captured(_ body: [TemplateStatement]) throws(TemplateFault) -> String {
    try inScope(TemplateScope(parent: scope)) { () throws(TemplateFault) in
      try caught { () throws(TemplateFault) in _ = try execute(body) }
    }
  }

  func inScope<Result>(
    _ inner: TemplateScope, _ body: () throws(TemplateFault) -> Result
  ) throws(TemplateFault) -> Result {
    let outer = scope
    scope = inner
    defer { scope = outer }
    return try body()
  }

  private func filtered(
    _ start: TemplateValue, _ filters: [TemplateExpression]
  ) throws(TemplateFault) -> TemplateValue {
    var value = start
    for filter in filters {
      guard case .filter(_, let name, let arguments) = filter.kind else { continue }
      let evaluated = try evaluate(arguments)
      at = filter.at
      value = try checked(try apply(filter: name, to: value, evaluated))
    }
    return value
  }

  private func generation(_ body: [TemplateStatement]) throws(TemplateFault) -> Flow {
    let start = length
    let outer = scope
    scope = TemplateScope(parent: outer)
    defer { scope = outer }
    let flow = try execute(body)
    if isCaught {
      hasLostSpans = true
    } else {
      spans.append(start..<length)
    }
    return flow
  }

  // MARK: Assignment

  private func assign(
    _ value: TemplateValue, to target: TemplateTarget
  ) throws(TemplateFault) {
    switch target {
    case .name(let name): scope.variables[name] = value
    case .entry(let name, let entry):
      guard case .namespace(let number) = scope[name] else {
        throw fail("`\(name)` is no namespace, so `\(name).\(entry)` cannot be set")
      }
      guard !entry.hasPrefix("_") else { throw fail("`\(entry)` cannot be set") }
      namespaces[number][TemplateKey(entry)] = value
    case .names(let names):
      let items = try items(of: value)
      guard items.count == names.count else {
        throw fail("\(names.count) names are assigned from \(items.count) values")
      }
      for (name, item) in zip(names, items) { scope.variables[name] = item }
    }
  }

  // MARK: Loops

  private func execute(_ loop: TemplateLoop) throws(TemplateFault) {
    var items = try items(of: try evaluate(loop.items))
    try spend(items.count)
    if let condition = loop.condition {
      var kept: [TemplateValue] = []
      for item in items {
        let isKept = try inScope(TemplateScope(parent: scope)) { () throws(TemplateFault) in
          try assign(item, to: loop.target)
          return try evaluate(condition).isTrue
        }
        if isKept { kept.append(item) }
      }
      items = kept
    }
    guard !items.isEmpty else {
      _ = try inScope(TemplateScope(parent: scope)) { () throws(TemplateFault) in
        try execute(loop.otherwise)
      }
      return
    }
    let number = loops.count
    loops.append(TemplateLoopState(items: items))
    defer { loops.removeLast() }
    for (index, item) in items.enumerated() {
      loops[number].index = index
      let inner = TemplateScope(parent: scope)
      inner.variables["loop"] = .loop(number)
      let flow = try inScope(inner) { () throws(TemplateFault) in
        try assign(item, to: loop.target)
        return try execute(loop.body)
      }
      if flow == .breakLoop { break }
    }
  }

  // MARK: Macros

  func call(
    macro number: Int, _ arguments: TemplateCall
  ) throws(TemplateFault) -> TemplateValue {
    let state = macros[number]
    let parameters = state.macro.parameters
    guard arguments.positional.count <= parameters.count else {
      throw fail(
        "the macro `\(state.macro.name)` takes \(parameters.count) arguments,"
          + " got \(arguments.positional.count)")
    }
    for (name, _) in arguments.named where !parameters.contains(where: { $0.name == name }) {
      throw fail("the macro `\(state.macro.name)` takes no argument `\(name)`")
    }
    let inner = TemplateScope(parent: state.scope)
    return try inScope(inner) { () throws(TemplateFault) in
      for (i, parameter) in parameters.enumerated() {
        let given =
          i < arguments.positional.count ? arguments.positional[i] : arguments[parameter.name]
        if let given {
          inner.variables[parameter.name] = given
        } else if let fallback = parameter.fallback {
          inner.variables[parameter.name] = try evaluate(fallback)
        } else {
          inner.variables[parameter.name] = .undefined(
            "the parameter `\(parameter.name)` was not given")
        }
      }
      return .string(
        try caught { () throws(TemplateFault) in _ = try execute(state.macro.body) })
    }
  }
}
