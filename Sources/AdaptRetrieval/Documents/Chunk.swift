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

extension Chunk {
  /// What is embedded and what the limit counts: the title, the headings, the passage.
  package func textInContext(title: String) -> String {
    Self.inContext(title: title, headings: headings, text: text)
  }

  /// Title, heading path and text, each on lines of its own; empty parts leave no line.
  static func inContext(title: String, headings: [String], text: String) -> String {
    [title, headingPath(headings), text].filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// Headings from the outermost to the innermost as one line.
  static func headingPath(_ headings: [String]) -> String {
    headings.joined(separator: " › ")
  }
}
