// Pairs of texts, and texts cut into windows.

extension Tokenizer {
  /// A text in windows of at most `truncation.limit` tokens; one where it is short enough.
  ///
  /// - Throws: `TokenizerFault.truncation` where the limit cannot be kept.
  package func encode(
    _ text: String, truncation: Truncation, addingSpecialTokens: Bool = true
  ) throws(TokenizerFault) -> [Encoding] {
    try windows([bare(text)], truncation, addingSpecialTokens: addingSpecialTokens)
  }

  /// Two texts in one frame; in windows of at most `truncation.limit` tokens where that is given.
  ///
  /// The first window is what the library gives, the others are what it calls overflowing, in its order.
  /// - Throws: `TokenizerFault.truncation` where the limit cannot be kept.
  package func encodePair(
    _ first: String, _ second: String, truncation: Truncation? = nil,
    addingSpecialTokens: Bool = true
  ) throws(TokenizerFault) -> [Encoding] {
    let texts = [bare(first), bare(second)]
    guard let truncation else {
      return [framing.join(texts, addingSpecialTokens: addingSpecialTokens)]
    }
    return try windows(texts, truncation, addingSpecialTokens: addingSpecialTokens)
  }

  private func windows(
    _ texts: [Encoding], _ truncation: Truncation, addingSpecialTokens: Bool
  ) throws(TokenizerFault) -> [Encoding] {
    let frame = addingSpecialTokens ? framing.count(texts.count) : 0
    let lengths = try truncation.lengths(texts.map(\.count), frame: frame)
    var parts: [[Encoding]] = []
    for (text, length) in zip(texts, lengths) {
      parts.append(try truncation.windows(text.count, length).map(text.slice))
    }
    func join(_ texts: [Encoding]) -> Encoding {
      framing.join(texts, addingSpecialTokens: addingSpecialTokens)
    }
    guard parts.count == 2 else { return parts[0].map { join([$0]) } }
    let (firsts, seconds) = (parts[0], parts[1])
    var result = [join([firsts[0], seconds[0]])]
    for first in firsts.dropFirst() { result += seconds.map { join([first, $0]) } }
    result += seconds.dropFirst().map { join([firsts[0], $0]) }
    return result
  }
}
