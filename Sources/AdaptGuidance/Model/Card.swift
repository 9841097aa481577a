// Method cards and the glossary.

/// One method card in one language.
package struct Card: Sendable, Equatable {
  /// One `## ` part of a card.
  package struct Section: Sendable, Equatable {
    package let heading: String
    package let body: String
  }

  package let id: String
  package let language: Language
  package let name: String
  package let fullName: String
  package let aliases: [String]
  package let family: String
  package let trainable: Bool?
  package let mergeable: Bool?
  /// The formula of trainable parameters, or `n/a`.
  package let parameters: String
  package let sources: [String]
  /// The Markdown text after the front matter.
  package let markdown: String
  /// The path of the file, relative to the home folder.
  package let file: String

  /// The text between the title and the first section.
  package var summary: String { CardText.summary(of: markdown) }
  package var sections: [Section] { CardText.sections(of: markdown) }
}

/// A term of the field in one sentence.
package struct Term: Sendable, Equatable {
  package let id: String
  package let term: Bilingual
  package let definition: Bilingual
}
