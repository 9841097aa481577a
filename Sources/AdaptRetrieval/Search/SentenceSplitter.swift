// Where a sentence ends, for calibration: a rough cut is enough, the same on every run.

enum SentenceSplitter {
  /// The sentences of a text, trimmed; a full stop ends one only before white space or the end.
  static func sentences(of text: String) -> [String] {
    var sentences: [String] = []
    var current = String.UnicodeScalarView()
    var stopped = false
    func close() {
      let sentence = String(current).trimmed
      if !sentence.isEmpty { sentences.append(sentence) }
      current = String.UnicodeScalarView()
      stopped = false
    }
    for scalar in text.unicodeScalars {
      if stopped, scalar.properties.isWhitespace { close() }
      switch scalar {
      case "\n": close()
      case "。", "！", "？", "；":
        current.append(scalar)
        close()
      default:
        stopped = scalar == "." || scalar == "!" || scalar == "?"
        current.append(scalar)
      }
    }
    close()
    return sentences
  }
}

extension String {
  /// The text without white space at its ends.
  fileprivate var trimmed: String {
    let scalars = unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return String(scalars[first...last])
  }
}
