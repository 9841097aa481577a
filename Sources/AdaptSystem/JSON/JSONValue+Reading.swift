// The tree of a small JSON file.

extension JSONValue {
  /// The value that is the whole of `bytes`; no key may stand twice in an object.
  ///
  /// - Throws: `JSONFault` with the byte and what was wanted there.
  package init(_ bytes: UnsafeBufferPointer<UInt8>, path: String) throws(JSONFault) {
    var scanner = try JSONScanner(bytes, path: path)
    self = try scanner.value()
    try scanner.finish()
  }

  /// The value that is the whole of `bytes`, from an array.
  package init(_ bytes: [UInt8], path: String) throws(JSONFault) {
    self = try bytes.withUnsafeBufferPointer { (bytes) throws(JSONFault) in
      try JSONValue(bytes, path: path)
    }
  }
}

extension JSONScanner {
  /// The next value with all in it.
  package mutating func value() throws(JSONFault) -> JSONValue {
    switch try peekKind() {
    case .object: return .object(try members())
    case .array: return .array(try elements())
    case .string: return .string(try string())
    case .number: return try number()
    case .boolean: return .boolean(try boolean())
    case .null:
      try null()
      return .null
    }
  }

  private mutating func members() throws(JSONFault) -> [String: JSONValue] {
    var members: [String: JSONValue] = [:]
    try openObject()
    var start = position
    while let key = try nextKey() {
      guard members[key] == nil else {
        throw JSONFault(path: path, offset: start, wanted: "the key `\(key.excerpt)` only once")
      }
      members[key] = try value()
      start = position
    }
    return members
  }

  private mutating func elements() throws(JSONFault) -> [JSONValue] {
    var items: [JSONValue] = []
    try openArray()
    while try nextElement() { items.append(try value()) }
    return items
  }
}
