// The values a template works with: those of JSON, Python's tuples, and what only lives in a run.

/// A value of a template.
package enum TemplateValue: Sendable {
  /// Nothing of that name; the words say what is missing.
  case undefined(String)
  case none
  case boolean(Bool)
  case integer(Int)
  case float(Double)
  case string(String)
  case list(TemplateList)
  case tuple(TemplateList)
  case dictionary(TemplateDictionary)
  /// A `namespace()`, by its number in the run.
  case namespace(Int)
  /// A macro, by its number in the run.
  case macro(Int)
  /// The `loop` of a statement, by its number in the run.
  case loop(Int)
  /// A function or method that is named and not called.
  case function(String)

  /// Lists and mappings inside of one another.
  package var depth: Int {
    switch self {
    case .list(let list), .tuple(let list): list.depth
    case .dictionary(let dictionary): dictionary.depth
    default: 0
    }
  }

  /// How errors call its type.
  var kind: String {
    switch self {
    case .undefined: "an undefined value"
    case .none: "none"
    case .boolean: "a boolean"
    case .integer: "an integer"
    case .float: "a float"
    case .string: "a string"
    case .list: "a list"
    case .tuple: "a tuple"
    case .dictionary: "a mapping"
    case .namespace: "a namespace"
    case .macro: "a macro"
    case .loop: "a loop"
    case .function: "a function"
    }
  }

  var isTrue: Bool {
    switch self {
    case .undefined, .none: false
    case .boolean(let value): value
    case .integer(let value): value != 0
    case .float(let value): value != 0
    case .string(let text): !text.isEmpty
    case .list(let list), .tuple(let list): !list.items.isEmpty
    case .dictionary(let dictionary): !dictionary.keys.isEmpty
    case .namespace, .macro, .loop, .function: true
    }
  }
}

/// Items with the depth of the deepest below.
package struct TemplateList: Sendable {
  package let items: [TemplateValue]
  package let depth: Int

  package init(_ items: [TemplateValue]) {
    self.items = items
    depth = 1 + (items.lazy.map(\.depth).max() ?? 0)
  }
}

/// A key of a mapping: booleans are the integers 0 and 1, as in Python.
package enum TemplateKey: Hashable, Sendable {
  case string([UInt8])
  case integer(Int)

  package init(_ text: String) {
    self = .string(Array(text.utf8))
  }

  init?(_ value: TemplateValue) {
    switch value {
    case .string(let text): self.init(text)
    case .integer(let number): self = .integer(number)
    case .boolean(let flag): self = .integer(flag ? 1 : 0)
    default: return nil
    }
  }

  package var value: TemplateValue {
    switch self {
    case .string(let bytes): .string(String(decoding: bytes, as: UTF8.self))
    case .integer(let number): .integer(number)
    }
  }
}

/// A mapping that keeps the order of its keys.
package struct TemplateDictionary: Sendable {
  package private(set) var keys: [TemplateKey] = []
  private var values: [TemplateKey: TemplateValue] = [:]
  package private(set) var depth = 1

  package init() {}

  package init(_ entries: [(String, TemplateValue)]) {
    for (key, value) in entries { self[TemplateKey(key)] = value }
  }

  package subscript(key: TemplateKey) -> TemplateValue? {
    get { values[key] }
    set {
      guard let newValue else { return }
      if values.updateValue(newValue, forKey: key) == nil { keys.append(key) }
      depth = max(depth, 1 + newValue.depth)
    }
  }

  package subscript(text: String) -> TemplateValue? { values[TemplateKey(text)] }

  /// Keys with their values, in order.
  package var entries: [(key: TemplateKey, value: TemplateValue)] {
    keys.map { ($0, values[$0] ?? .none) }
  }
}

extension TemplateValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByFloatLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  package init(stringLiteral value: String) { self = .string(value) }
  package init(integerLiteral value: Int) { self = .integer(value) }
  package init(booleanLiteral value: Bool) { self = .boolean(value) }
  package init(floatLiteral value: Double) { self = .float(value) }
  package init(arrayLiteral elements: TemplateValue...) { self = .list(TemplateList(elements)) }
  package init(dictionaryLiteral elements: (String, TemplateValue)...) {
    self = .dictionary(TemplateDictionary(elements))
  }
}
