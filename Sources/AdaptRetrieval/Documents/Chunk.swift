// The unit that is embedded, found and cited.

/// A passage of a document, short enough for the embedder, that knows where it stands.
package struct Chunk: Sendable, Equatable {
  /// Position among the chunks of its document, from 0.
  package var ordinal: Int
  /// The passage as the reader should see it.
  package var text: String
  /// Headings from the outermost to the innermost, without the document's title.
  package var headings: [String]
  package var lines: ClosedRange<Int>?
  package var page: Int?
  /// Tokens of `text` as the embedder counts them (words and CJK characters when there is none).
  package var tokens: Int

  package init(
    ordinal: Int, text: String, headings: [String], lines: ClosedRange<Int>? = nil,
    page: Int? = nil, tokens: Int
  ) {
    self.ordinal = ordinal
    self.text = text
    self.headings = headings
    self.lines = lines
    self.page = page
    self.tokens = tokens
  }
}
