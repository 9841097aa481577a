// Counts text when there is no embedder to ask.

/// Words, single CJK characters and single other marks, as ranges of UTF-8 bytes.
enum WordTokens {
  static func ranges(in text: String) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start: Int?
    var offset = 0
    for scalar in text.unicodeScalars {
      let width = UTF8.width(scalar)
      let isWordPart = scalar.properties.isAlphabetic || scalar.properties.numericType != nil
      if isWordPart, !CJK.contains(scalar) {
        if start == nil { start = offset }
      } else {
        if let first = start { ranges.append(first..<offset) }
        start = nil
        if !scalar.properties.isWhitespace { ranges.append(offset..<(offset + width)) }
      }
      offset += width
    }
    if let first = start { ranges.append(first..<offset) }
    return ranges
  }
}
