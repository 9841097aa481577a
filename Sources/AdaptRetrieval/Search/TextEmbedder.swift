// What retrieval needs of an embedding model; the MiniLM encoder is one, tests bring a tiny one.

/// Turns texts into unit vectors whose dot product is their similarity.
package protocol TextEmbedder: Sendable {
  /// Names the weights and the tokenizer: vectors of different identities are never compared.
  var identity: String { get }
  /// The length `D` of every vector.
  var dimensions: Int { get }
  /// Longest input in tokens, special tokens included; what is beyond is not read.
  var maximumTokens: Int { get }
  /// The tokens of `text` as ranges of its UTF-8 bytes, without special tokens; `isUnknown` where the
  /// vocabulary has no piece for it and the model sees only `[UNK]`.
  func tokens(of text: String) -> [EmbedderToken]
  /// One unit vector `[D]` per text, in order, computed as one ragged batch.
  func embed(_ texts: [String]) throws -> [[Float]]
}

/// One token: where it stands and whether the model can tell it from others.
package struct EmbedderToken: Sendable, Equatable {
  package var bytes: Range<Int>
  package var isUnknown: Bool

  package init(bytes: Range<Int>, isUnknown: Bool) {
    self.bytes = bytes
    self.isUnknown = isUnknown
  }
}
