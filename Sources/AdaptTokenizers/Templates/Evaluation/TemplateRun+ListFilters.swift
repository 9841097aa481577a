// Filters that work on lists and mappings.

extension TemplateRun {
  static let listFilters: Set = [
    "dictsort", "first", "items", "join", "last", "list", "map", "max", "min", "reject",
    "rejectattr", "reverse", "select", "selectattr", "sort", "sum", "unique",
  ]

  private static let lazyFilters: Set = ["map", "reject", "rejectattr", "select", "selectattr"]

  func listed(
    _ name: String, _ value: TemplateValue, _ call: TemplateCall
  ) throws(TemplateFault) -> TemplateValue {
    switch name {
    case "items", "dictsort": return try entries(name, value, call)
    case "reverse":
      if case .string(let text) = value {
        return .string(String(scalars: text.unicodeScalars.reversed()))
      }
    default: break
    }
    // Jinja leaves what counts as false alone here, so that `none` passes.
    let skips = Self.lazyFilters.contains(name) && !value.isTrue
    let items = skips ? [] : try items(of: value)
    try spend(items.count * 16)
    switch name {
    case "first": return items.first ?? .undefined("the list is empty, so it has no first item")
    case "last": return items.last ?? .undefined("the list is empty, so it has no last item")
    case "list": return .list(TemplateList(items))
    case "reverse": return .list(TemplateList(items.reversed()))
    case "join":
      let separator = try text(of: call.value(0, "d") ?? .string(""))
      var parts = items
      if let path = call.value(1, "attribute") { parts = try picked(items, path) }
      return .string(try joined(parts, separator))
    case "map": return try mapped(items, call)
    case "select", "reject", "selectattr", "rejectattr": return try selected(name, items, call)
    case "sum": return try summed(items, call)
    default: return try ordered(name, items, call)
    }
  }

  private func entries(
    _ name: String, _ value: TemplateValue, _ call: TemplateCall
  ) throws(TemplateFault) -> TemplateValue {
    switch value {
    case .undefined where name == "items": return .list(TemplateList([]))
    case .dictionary(let dictionary):
      try spend(dictionary.keys.count * 16)
      guard name == "dictsort" else { return Self.pairs(dictionary) }
      let by = try optionalText(call.value(1, "by"), "the side of `dictsort`") ?? "key"
      guard by == "key" || by == "value" else { throw fail("`dictsort` sorts by key or value") }
      let isExact = call.value(0, "case_sensitive")?.isTrue ?? false
      let pairs = dictionary.entries.map {
        TemplateValue.tuple(TemplateList([$0.key.value, $0.value]))
      }
      let sides = dictionary.entries.map { by == "key" ? $0.key.value : $0.value }
      return try sorted(
        pairs, by: sides, isExact: isExact, reversed: call.value(2, "reverse")?.isTrue ?? false)
    default: throw fail("`\(name)` wants a mapping, got \(value.kind)")
    }
  }

  /// The value at a path such as `function.name` or `0` of every item.
  private func picked(
    _ items: [TemplateValue], _ path: TemplateValue
  ) throws(TemplateFault) -> [TemplateValue] {
    var values: [TemplateValue] = []
    for item in items { values.append(try pick(item, path)) }
    return values
  }

  private func pick(
    _ item: TemplateValue, _ path: TemplateValue
  ) throws(TemplateFault) -> TemplateValue {
    guard case .string(let text) = path else { return try self.item(path, of: item) }
    var value = item
    for part in PythonText.split(text, by: ".", limit: nil, fromEnd: false) {
      try spend()
      value = try self.item(Int(part).map { .integer($0) } ?? .string(part), of: value)
    }
    return value
  }

  private func mapped(
    _ items: [TemplateValue], _ call: TemplateCall
  ) throws(TemplateFault) -> TemplateValue {
    if let path = call["attribute"] {
      let values = try picked(items, path)
      guard let fallback = call["default"] else { return .list(TemplateList(values)) }
      return .list(
        TemplateList(values.map { if case .undefined = $0 { fallback } else { $0 } }))
    }
    let name = try wantedText(call.positional.first, "`map`")
    let rest = TemplateCall(positional: Array(call.positional.dropFirst()), named: call.named)
    var values: [TemplateValue] = []
    for item in items {
      try spend()
      values.append(
        try nested(at: at) { () throws(TemplateFault) in
          try apply(filter: name, to: item, rest)
        })
    }
    return .list(TemplateList(values))
  }

  private func selected(
    _ name: String, _ items: [TemplateValue], _ call: TemplateCall
  ) throws(TemplateFault) -> TemplateValue {
    let usesAttribute = name.hasSuffix("attr")
    var rest = call.positional[...]
    guard let path = usesAttribute ? rest.popFirst() : .some(.none) else {
      throw fail("`\(name)` wants the name of an attribute")
    }
    let test = try rest.popFirst().map { (value) throws(TemplateFault) in
      try wantedText(value, "`\(name)`")
    }
    let arguments = TemplateCall(positional: Array(rest), named: call.named)
    var kept: [TemplateValue] = []
    for item in items {
      try spend()
      let value = usesAttribute ? try pick(item, path) : item
      let holds =
        try test.map { (test) throws(TemplateFault) in try self.test(test, value, arguments) }
        ?? value.isTrue
      if holds == name.hasPrefix("select") { kept.append(item) }
    }
    return .list(TemplateList(kept))
  }

  private func summed(
    _ items: [TemplateValue], _ call: TemplateCall
  ) throws(TemplateFault) -> TemplateValue {
    var total = call.value(1, "start") ?? .integer(0)
    var values = items
    if let path = call.value(0, "attribute") { values = try picked(items, path) }
    for value in values {
      total = try checked(try arithmetic("+", total, value))
    }
    return total
  }

  private func ordered(
    _ name: String, _ items: [TemplateValue], _ call: TemplateCall
  ) throws(TemplateFault) -> TemplateValue {
    let offset = name == "sort" ? 1 : 0
    let isExact = call.value(offset, "case_sensitive")?.isTrue ?? false
    var keys = items
    if let path = call.value(offset + 1, "attribute") { keys = try picked(items, path) }
    switch name {
    case "sort":
      return try sorted(
        items, by: keys, isExact: isExact, reversed: call.value(0, "reverse")?.isTrue ?? false)
    case "unique":
      var (seen, kept): ([TemplateValue], [TemplateValue]) = ([], [])
      for (item, key) in zip(items, keys) {
        let key = folded(key, isExact: isExact)
        var isNew = true
        for other in seen where try equal(other, key) { isNew = false }
        if isNew {
          seen.append(key)
          kept.append(item)
        }
      }
      return .list(TemplateList(kept))
    default:
      let list = try sorted(items, by: keys, isExact: isExact, reversed: name == "max")
      guard case .list(let list) = list, let first = list.items.first else {
        return .undefined("the list is empty, so it has no `\(name)`")
      }
      return first
    }
  }

  private func folded(_ value: TemplateValue, isExact: Bool) -> TemplateValue {
    if !isExact, case .string(let text) = value { return .string(text.lowercased()) }
    return value
  }

  /// `items` in the order of `keys`; equal ones keep theirs.
  ///
  /// By merging, as comparing can throw.
  private func sorted(
    _ items: [TemplateValue], by keys: [TemplateValue], isExact: Bool, reversed: Bool
  ) throws(TemplateFault) -> TemplateValue {
    let keys = keys.map { folded($0, isExact: isExact) }
    var order = Array(items.indices)
    var width = 1
    while width < order.count {
      var merged: [Int] = []
      var start = 0
      while start < order.count {
        let middle = min(start + width, order.count)
        let end = min(middle + width, order.count)
        merged += try self.merged(order[start..<middle], order[middle..<end]) {
          (a, b)
            throws(TemplateFault) in
          try reversed ? precedes(keys[b], keys[a]) : precedes(keys[a], keys[b])
        }
        start = end
      }
      order = merged
      width *= 2
    }
    return .list(TemplateList(order.map { items[$0] }))
  }

  /// Two sorted runs as one; of equal ones that of `left` comes first.
  private func merged(
    _ left: ArraySlice<Int>, _ right: ArraySlice<Int>,
    isBefore: (Int, Int) throws(TemplateFault) -> Bool
  ) throws(TemplateFault) -> [Int] {
    var (left, right, merged) = (left, right, [Int]())
    while let a = left.first, let b = right.first {
      try spend()
      merged.append(try isBefore(b, a) ? right.removeFirst() : left.removeFirst())
    }
    return merged + left + right
  }
}
