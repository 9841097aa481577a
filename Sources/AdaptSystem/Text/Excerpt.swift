// Names and values out of files as messages show them: a hostile file may hold one of any length.

extension StringProtocol {
  /// The text itself up to 120 bytes of UTF-8, else its beginning and its length.
  package var excerpt: String {
    let bytes = utf8.count
    guard bytes > 120 else { return String(self) }
    // Scalars, as one character may hold any number of them.
    return String(String.UnicodeScalarView(unicodeScalars.prefix(30))) + "… (\(bytes) bytes)"
  }
}

extension [Int] {
  /// The numbers as a list in brackets, of which at most 8 are written out.
  package var excerpt: String {
    let rest = count - 8
    let list = prefix(8).map { "\($0)" }.joined(separator: ", ")
    return rest > 0 ? "[\(list), … (\(rest) more)]" : "[\(list)]"
  }
}
