// Attributes, items and slices of values, as Jinja looks them up.

extension TemplateRun {
  /// Methods of Python that change their object: transformers' sandbox refuses them too.
  static let changing: Set = [
    "append", "extend", "insert", "pop", "remove", "clear", "update", "setdefault", "popitem",
  ]

  /// `value.name`: methods first, then entries.
  func attribute(_ name: String, of value: TemplateValue) throws(TemplateFault) -> TemplateValue {
    switch value {
    case .undefined(let words): throw fail(words + ", so it has no `\(name)`")
    case .dictionary(let dictionary):
      if Self.dictionaryMethods.contains(name) || Self.changing.contains(name) {
        return .function(name)
      }
      return dictionary[name] ?? .undefined("the mapping has no entry `\(name)`")
    case .namespace(let number):
      return namespaces[number][name] ?? .undefined("the namespace has no entry `\(name)`")
    case .loop(let number): return try loopAttribute(name, number)
    case .string where Self.stringMethods.contains(name) || Self.otherStringMethods.contains(name):
      return .function(name)
    case .list where Self.changing.contains(name): return .function(name)
    default: return .undefined("\(value.kind) has no attribute `\(name)`")
    }
  }

  private func loopAttribute(_ name: String, _ number: Int) throws(TemplateFault) -> TemplateValue {
    guard number < loops.count else { throw fail("the loop is over") }
    let state = loops[number]
    let count = state.items.count
    switch name {
    case "index": return .integer(state.index + 1)
    case "index0": return .integer(state.index)
    case "revindex": return .integer(count - state.index)
    case "revindex0": return .integer(count - state.index - 1)
    case "first": return .boolean(state.index == 0)
    case "last": return .boolean(state.index == count - 1)
    case "length": return .integer(count)
    case "depth": return .integer(1)
    case "depth0": return .integer(0)
    case "previtem":
      return state.index > 0
        ? state.items[state.index - 1] : .undefined("there is no item before the first")
    case "nextitem":
      return state.index + 1 < count
        ? state.items[state.index + 1] : .undefined("there is no item behind the last")
    case "cycle": return .function(name)
    case "changed": throw unsupported("`loop.changed`")
    default: return .undefined("the loop has no attribute `\(name)`")
    }
  }

  /// `value[key]`: entries first, then attributes.
  func item(_ key: TemplateValue, of value: TemplateValue) throws(TemplateFault) -> TemplateValue {
    switch value {
    case .undefined(let words): throw fail(words + ", so it has no items")
    case .dictionary(let dictionary):
      if let key = TemplateKey(key), let found = dictionary[key] { return found }
      if case .string(let name) = key { return try attribute(name, of: value) }
      return .undefined("the mapping has no such entry")
    case .list(let list), .tuple(let list):
      guard let index = integer(key) else { return try attribute(named: key, of: value) }
      return position(index, in: list.items.count).map { list.items[$0] }
        ?? .undefined("\(value.kind) of \(list.items.count) has no item \(index)")
    case .string(let text):
      guard let index = integer(key) else { return try attribute(named: key, of: value) }
      try spend(text.utf8.count)
      let scalars = text.scalarArray
      return position(index, in: scalars.count).map { .string(String(scalars[$0])) }
        ?? .undefined("the string has no character \(index)")
    default: return try attribute(named: key, of: value)
    }
  }

  private func attribute(
    named key: TemplateValue, of value: TemplateValue
  ) throws(TemplateFault) -> TemplateValue {
    guard case .string(let name) = key else {
      return .undefined("\(value.kind) has no such item")
    }
    return try attribute(name, of: value)
  }

  private func position(_ index: Int, in count: Int) -> Int? {
    let position = index < 0 ? index + count : index
    return (0..<count).contains(position) ? position : nil
  }

  func slice(
    _ value: TemplateValue, from: TemplateValue, to: TemplateValue, step: TemplateValue
  ) throws(TemplateFault) -> TemplateValue {
    switch value {
    case .undefined(let words): throw fail(words + ", so it has no slice")
    case .string(let text):
      try spend(text.utf8.count)
      let scalars = text.scalarArray
      let picked = try indices(scalars.count, from, to, step).map { scalars[$0] }
      return .string(String(scalars: picked))
    case .list(let list), .tuple(let list):
      try spend(list.items.count * 16)
      let picked = TemplateList(
        try indices(list.items.count, from, to, step).map { list.items[$0] })
      if case .tuple = value { return .tuple(picked) }
      return .list(picked)
    default: throw fail("\(value.kind) has no slice")
    }
  }

  /// The positions a slice picks, by Python's rules.
  private func indices(
    _ count: Int, _ from: TemplateValue, _ to: TemplateValue, _ step: TemplateValue
  ) throws(TemplateFault) -> [Int] {
    let stride = min(max(try bound(step) ?? 1, -count - 1), count + 1)
    guard stride != 0 else { throw fail("the step of a slice is zero") }
    let (lowest, highest) = stride > 0 ? (0, count) : (-1, count - 1)
    func clamped(_ index: Int?, _ fallback: Int) -> Int {
      guard let index else { return fallback }
      return min(max(index < 0 ? index + count : index, lowest), highest)
    }
    let start = clamped(try bound(from), stride > 0 ? lowest : highest)
    let end = clamped(try bound(to), stride > 0 ? highest : lowest)
    return Array(Swift.stride(from: start, to: end, by: stride))
  }

  private func bound(_ value: TemplateValue) throws(TemplateFault) -> Int? {
    if case .none = value { return nil }
    guard let index = integer(value) else { throw fail("\(value.kind) as the bound of a slice") }
    return index
  }

  /// A whole number; booleans are 0 and 1.
  func integer(_ value: TemplateValue) -> Int? {
    switch value {
    case .integer(let number): number
    case .boolean(let flag): flag ? 1 : 0
    default: nil
    }
  }

  /// What a loop over `value` visits.
  func items(of value: TemplateValue) throws(TemplateFault) -> [TemplateValue] {
    switch value {
    case .undefined: return []
    case .list(let list), .tuple(let list): return list.items
    case .dictionary(let dictionary):
      try spend(dictionary.keys.count * 16)
      return dictionary.keys.map(\.value)
    case .string(let text):
      try spend(text.utf8.count * 16)
      return text.unicodeScalars.map { .string(String($0)) }
    default: throw fail("\(value.kind) cannot be looped over")
    }
  }
}
