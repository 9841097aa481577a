// Published and measured figures and their sources.

/// Where a figure or a statement comes from.
package struct Source: Sendable, Equatable {
  package let id: String
  package let title: String
  package let authors: String
  package let year: Int?
  package let kind: String
  /// Where to find it: arXiv id, repository and commit, page, issue.
  package let at: String
}

/// How far a figure was checked by us.
package enum Verification: String, Sendable, CaseIterable {
  /// Read in the source itself.
  case read
  /// Read in its abstract or official opening.
  case abstract
  /// Second-hand: shown as "not checked by us".
  case secondary
  /// From memory: shown as "not checked by us".
  case memory

  package var isChecked: Bool { self == .read || self == .abstract }
}

/// One figure of an evidence file, with what it inherits from the file filled in.
package struct Figure: Sendable, Equatable {
  package let id: String
  package let text: Bilingual
  /// Its numbers and words by name, as written.
  package let values: [(name: String, value: String)]
  package let source: String
  package let locator: String
  package let verified: Verification
  package let protocolFields: [(name: String, value: String)]

  package static func == (a: Figure, b: Figure) -> Bool {
    a.id == b.id && a.source == b.source && a.text == b.text
  }
}

/// One evidence file: a study, a measurement or a guide.
package struct Evidence: Sendable, Equatable {
  package let id: String
  package let title: Bilingual
  package let source: String
  package let locator: String
  package let verified: Verification
  package let protocolFields: [(name: String, value: String)]
  package let figures: [Figure]
  /// `published` or `measured`.
  package let collection: String

  package static func == (a: Evidence, b: Evidence) -> Bool {
    a.id == b.id && a.figures == b.figures
  }
}

/// A figure together with the file it stands in and its source.
package struct Fact: Sendable, Equatable {
  /// `file.figure`, or the file's id alone for a whole file.
  package let reference: String
  package let evidence: Evidence
  package let figure: Figure?
  package let source: Source

  package var verified: Verification { figure?.verified ?? evidence.verified }
  package var locator: String { figure?.locator ?? evidence.locator }
}
