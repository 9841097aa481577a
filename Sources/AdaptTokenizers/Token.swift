// What every tokenizer of the product returns.

/// One token of a text.
package struct Token: Sendable, Equatable {
  /// Its number in the vocabulary.
  package var id: Int32
  /// The bytes of the text's UTF-8 it stands for.
  package var bytes: Range<Int>
  /// Whether the vocabulary has no piece for these bytes.
  package var isUnknown: Bool

  package init(id: Int32, bytes: Range<Int>, isUnknown: Bool) {
    self.id = id
    self.bytes = bytes
    self.isUnknown = isUnknown
  }
}
