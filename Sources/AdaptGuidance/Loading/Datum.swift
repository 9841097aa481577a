// The neutral tree between files and typed values: YAML is read into it, the snapshot stores it,
// and every type is decoded from it, so there is one decoder and one set of faults for both.

/// A scalar, list or map with its place in the file.
struct Datum: Sendable, Equatable {
  enum Content: Sendable, Equatable {
    case scalar(String)
    case list([Datum])
    case map([Entry])
  }

  /// One key of a map, in the order written.
  struct Entry: Sendable, Equatable {
    let key: String
    /// Place of the key, from 1.
    let line: Int
    let column: Int
    let value: Datum
  }

  let content: Content
  /// Place in the file, from 1; 0 where it is not known.
  let line: Int
  let column: Int

  init(_ content: Content, line: Int = 0, column: Int = 0) {
    self.content = content
    self.line = line
    self.column = column
  }

  var scalar: String? {
    if case .scalar(let text) = content { text } else { nil }
  }

  /// The first value in reading order that passes a test.
  func first(where test: (Datum) -> Bool) -> Datum? {
    if test(self) { return self }
    let children: [Datum] =
      switch content {
      case .scalar: []
      case .list(let items): items
      case .map(let entries): entries.map(\.value)
      }
    for child in children {
      if let found = child.first(where: test) { return found }
    }
    return nil
  }

  var kindName: String {
    switch content {
    case .scalar(let text): "`\(text.prefix(60))`"
    case .list: "a list"
    case .map: "a map"
    }
  }
}
