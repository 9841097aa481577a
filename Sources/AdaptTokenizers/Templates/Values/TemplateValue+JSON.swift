// Values of a template from JSON, with the members of objects in their order.
package import AdaptSystem

extension TemplateValue {
  /// The value that is the whole of `bytes`; of a key that stands twice the last value counts.
  ///
  /// - Throws: `JSONFault` with the byte and what was wanted there.
  package init(json bytes: [UInt8], path: String) throws(JSONFault) {
    self = try bytes.withUnsafeBufferPointer { (bytes) throws(JSONFault) in
      var scanner = try JSONScanner(bytes, path: path)
      let value = try Self.next(&scanner)
      try scanner.finish()
      return value
    }
  }

  /// Numbers beyond 64 bits become floats.
  private static func next(_ scanner: inout JSONScanner) throws(JSONFault) -> TemplateValue {
    switch try scanner.peekKind() {
    case .object:
      var dictionary = TemplateDictionary()
      try scanner.openObject()
      while let key = try scanner.nextKey() { dictionary[TemplateKey(key)] = try next(&scanner) }
      return .dictionary(dictionary)
    case .array:
      var items: [TemplateValue] = []
      try scanner.openArray()
      while try scanner.nextElement() { items.append(try next(&scanner)) }
      return .list(TemplateList(items))
    case .string: return .string(try scanner.string())
    case .boolean: return .boolean(try scanner.boolean())
    case .null:
      try scanner.null()
      return .none
    case .number:
      switch try scanner.number() {
      case .integer(let number): return .integer(number)
      case .number(let number): return .float(number)
      default: return .none
      }
    }
  }
}

extension ChatMessage {
  /// A message from the mapping that JSON holds; nil without a `role` that is text.
  package init?(_ value: TemplateValue) {
    guard case .dictionary(let mapping) = value, case .string(let role) = mapping["role"] else {
      return nil
    }
    let content: Content
    switch mapping["content"] {
    case .string(let text): content = .text(text)
    case .list(let parts): content = .parts(parts.items)
    default: content = .none
    }
    var entries: [(String, TemplateValue)] = []
    for (key, value) in mapping.entries {
      guard case .string(let name) = key.value else { continue }
      let isRead = name.sameText("role") || (name.sameText("content") && !content.isNone)
      if !isRead { entries.append((name, value)) }
    }
    self.init(role, content, entries: entries)
  }
}
