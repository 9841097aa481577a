// The form of a term in the keyword index, the same for text and for queries.

enum KeywordTerm {
  /// Terms longer than this many UTF-8 bytes are cut: encoded data is no word.
  static let longest = 256

  /// `term` as the index keeps it, nil when nothing is left.
  ///
  /// ASCII letters become small; white space, control characters and quotation marks, which would
  /// part a term or end it, are dropped. Everything else stays, accents too.
  static func canonical(_ term: String) -> String? {
    var result = String.UnicodeScalarView()
    var bytes = 0
    for scalar in term.unicodeScalars where !parts(scalar) {
      let kept = ("A"..."Z").contains(scalar) ? Unicode.Scalar(scalar.value + 32) ?? scalar : scalar
      bytes += UTF8.width(kept)
      if bytes > longest { break }
      result.append(kept)
    }
    return result.isEmpty ? nil : String(result)
  }

  private static func parts(_ scalar: Unicode.Scalar) -> Bool {
    // The table of Unicode properties is slow and ASCII is most of what comes by.
    if scalar.value >= 0x80 { return scalar.properties.isWhitespace }
    return scalar.value <= 0x20 || scalar.value == 0x7F || scalar == "'" || scalar == "\""
  }

  /// Analysed terms as one column of the index.
  static func column(_ terms: [String]) -> String {
    terms.compactMap(canonical).joined(separator: " ")
  }

  /// A query for any of `terms`: each is a string of the query language, so none of its operators acts.
  static func query(anyOf terms: [String]) -> String {
    terms.map { "\"\($0)\"" }.joined(separator: " OR ")
  }
}
