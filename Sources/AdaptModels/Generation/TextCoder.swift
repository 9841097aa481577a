// What text generation needs of a tokenizer.

/// Turns texts into tokens and tokens back into text as they come.
package protocol TextCoder: Sendable {
  /// One more than the largest token number: what lies above in the model's vocabulary is padding.
  var size: Int { get }

  /// The tokens of a text, with those that begin and end one where `addingSpecialTokens`.
  func ids(_ text: String, addingSpecialTokens: Bool) -> [Int32]

  /// Text from tokens one by one.
  func textStream() -> any TextStream
}

/// Gives out text as soon as it is whole characters.
package protocol TextStream {
  mutating func append(_ token: Int32) -> String
  mutating func finish() -> String
}
