// A document as its reader saw it: a title and blocks of text that know where they stand.

/// The text of one file, in reading order, before it is cut into chunks.
package struct ExtractedDocument: Sendable, Equatable {
  /// The document's own title, or its file name without extension when it has none.
  package var title: String
  package var blocks: [Block]

  package init(title: String, blocks: [Block]) {
    self.title = title
    self.blocks = blocks
  }

  /// A piece of text that chunking keeps whole where it can.
  package struct Block: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
      /// A heading of level 1 (the document's title) to 6; it opens a section.
      case heading(level: Int)
      case paragraph
      case listItem
      case code
      case tableRow
      /// One row of CSV or one object of JSON Lines.
      case record
    }

    package var kind: Kind
    package var text: String
    /// Lines of the source, counted from 1, both ends included; nil where the format has no lines (PDF, DOCX).
    package var lines: ClosedRange<Int>?
    /// The page, counted from 1, where the format has pages.
    package var page: Int?

    package init(
      _ kind: Kind, _ text: String, lines: ClosedRange<Int>? = nil, page: Int? = nil
    ) {
      self.kind = kind
      self.text = text
      self.lines = lines
      self.page = page
    }
  }
}
