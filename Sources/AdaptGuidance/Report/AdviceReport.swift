// The advice as a person or a program reads it: text, Markdown, JSON, Mermaid.
internal import AdaptSystem

/// Renders one piece of advice in one language.
///
/// Every word comes from knowledge/reports; every name of a rung, rule or question from the data.
package struct AdviceReport: Sendable {
  package let advice: Advice
  package let knowledge: Knowledge
  package let language: Language
  /// What the reader types to see rules, sources and formulas, such as `--explain`.
  let explainWord: String
  let phrase: Phrases

  package init(
    _ advice: Advice, knowledge: Knowledge, language: Language, explainWord: String = "--explain"
  ) {
    self.advice = advice
    self.knowledge = knowledge
    self.language = language
    self.explainWord = explainWord
    phrase = knowledge.reportPhrases(language)
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

    package init(_ text: String, indent: Int = 0, style: Style = .plain) {
      self.indent = indent
      self.text = text
      self.style = style
    }
  }

  /// The report in sections; `explain` adds every rule, source and formula.
  package func sections(explain: Bool) -> [Section] {
    [
      section("recommendation", recommendation),
      section("why", why(explain: explain)),
      section("ladder", ladder(explain: explain)),
      section("steps", steps),
      section("changes", changes(explain: explain)),
      section("costs", costs(explain: explain)),
      section("assumed", explain ? assumed : []),
    ].filter { !$0.lines.isEmpty }
  }

  /// Why the rung is recommended, every rule with its source, and what would change that.
  package var reasons: [Section] {
    [section("why", why(explain: true)), section("changes", changes(explain: true))]
  }

  /// The sections as plain text wrapped at `width` columns (0: not wrapped).
  package func text(width: Int = 0, explain: Bool = false) -> String {
    Self.text(sections(explain: explain), width: width)
  }

  /// Sections as plain text: the title, its lines indented, an empty line between two.
  package static func text(_ sections: [Section], width: Int = 0) -> String {
    sections.map { section in
      let lines = section.lines.flatMap { line in
        LineWrap.lines(
          line.text, width: width > 0 ? width : .max,
          first: String(repeating: "  ", count: line.indent + 1))
      }
      return ([section.title] + lines).joined(separator: "\n")
    }.joined(separator: "\n\n") + "\n"
  }

  func section(_ key: String, _ lines: [Line]) -> Section {
    Section(title: phrase("section.\(key)"), lines: lines)
  }
}
