// Text out of tokens as they come: what it gave, joined, is what the whole decodes to.

/// Decodes tokens one by one and gives out text as soon as it is sure.
package struct StreamingDecoder: Sendable {
  private let tokenizer: Tokenizer
  private let skipsSpecial: Bool
  private var stages: [DecodingStage]
  private var isFirst = true

  init(_ tokenizer: Tokenizer, skippingSpecialTokens: Bool) {
    self.tokenizer = tokenizer
    skipsSpecial = skippingSpecialTokens
    stages = tokenizer.decoder.steps.map(DecodingStage.init)
  }

  /// The text that is sure after this token: whole characters, often none.
  ///
  /// A number that no token has says nothing.
  package mutating func append(_ id: Int32) -> String {
    var text: [UInt8] = []
    add(id, &text)
    return String(decoding: text, as: UTF8.self)
  }

  mutating func add(_ id: Int32, _ text: inout [UInt8]) {
    if skipsSpecial, tokenizer.isSpecial(id) { return }
    guard let bytes = tokenizer.written(id) else { return }
    if tokenizer.decoder.joinsWithSpaces, !isFirst { text.append(32) }
    isFirst = false
    var parts = [DecodedPart(bytes: bytes)]
    for index in stages.indices {
      var next: [DecodedPart] = []
      for part in parts { stages[index].push(part, &next) }
      parts = next
    }
    for part in parts { text += part.bytes }
  }

  /// The text that was held back: the stream ends here.
  package mutating func finish() -> String {
    var text: [UInt8] = []
    finish(&text)
    return String(decoding: text, as: UTF8.self)
  }

  mutating func finish(_ text: inout [UInt8]) {
    for index in stages.indices {
      var parts: [DecodedPart] = []
      stages[index].finish(&parts)
      for later in stages.indices where later > index {
        var next: [DecodedPart] = []
        for part in parts { stages[later].push(part, &next) }
        parts = next
      }
      for part in parts { text += part.bytes }
    }
    stages = tokenizer.decoder.steps.map(DecodingStage.init)
    isFirst = true
  }
}
