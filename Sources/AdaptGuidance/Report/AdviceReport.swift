// The advice as a person or a program reads it: text, Markdown, JSON, Mermaid.

/// Renders one piece of advice.
package struct AdviceReport: Sendable {
  package let advice: Advice
  package let knowledge: Knowledge
  package let language: Language

  package init(_ advice: Advice, knowledge: Knowledge, language: Language) {
    self.advice = advice
    self.knowledge = knowledge
    self.language = language
  }

  /// One part of the text report; the caller wraps lines to its width.
  package struct Section: Sendable, Equatable {
    package let title: String
    package let lines: [Line]
  }

  /// One line of the text report, before wrapping.
  package struct Line: Sendable, Equatable {
    package enum Style: String, Sendable {
      case plain
      /// The recommendation itself.
      case strong
      /// Sources, formulas, what is secondary.
      case faint
    }

    /// Levels of indentation, two columns each.
    package let indent: Int
    package let text: String
    package let style: Style
  }

  /// The report in sections; `explain` adds every rule, source and formula.
  package func sections(explain: Bool) -> [Section] { [] }

  /// The sections as plain text wrapped at `width` columns (0: not wrapped).
  package func text(width: Int = 0, explain: Bool = false) -> String { "" }

  /// One JSON object, schema `adapt.recommend/1`, keys sorted, ending in a line feed.
  package func json() -> String { "" }

  /// A decision record in Markdown.
  package func markdown() -> String { "" }

  /// The flowchart with the path taken, in Mermaid.
  package func mermaid() -> String { "" }

  /// What changed from an earlier advice, as a section.
  package func difference(_ difference: AdviceDifference) -> Section {
    Section(title: "", lines: [])
  }
}
