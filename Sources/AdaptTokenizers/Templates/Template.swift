// A template in Jinja's language, read once and rendered often.

/// What a template wrote.
package struct RenderedChat: Sendable, Equatable {
  package var text: String
  /// UTF-8 byte ranges of `text` that the template marks with `{% generation %}`.
  ///
  /// Empty where it marks none, and where a block stands in a macro or a caught text, so that its place is not known.
  package var generationSpans: [Range<Int>]
}

/// A parsed template.
///
/// It is rendered as transformers does: trim_blocks and lstrip_blocks on, the extension loopcontrols,
/// values cannot be changed in place. What it may use up is bounded.
package struct Template: Sendable {
  package let name: String
  private let source: TemplateSource
  private let statements: [TemplateStatement]

  /// - Throws: `TemplateFault` with line and column of what cannot be read.
  package init(_ text: String, name: String) throws(TemplateFault) {
    self.name = name
    source = TemplateSource(name: name, text: text)
    guard source.scalars.count <= TemplateLimits.templateScalars else {
      throw .limit(
        TemplatePlace(template: name, line: 1, column: 1), what: "it is too long",
        limit: TemplateLimits.templateScalars)
    }
    statements = try TemplateParser.statements(of: source)
  }

  /// The text for these variables.
  package func rendered(
    _ variables: [String: TemplateValue], date: TemplateDate = .now(),
    limits: TemplateLimits = TemplateLimits()
  ) throws(TemplateFault) -> RenderedChat {
    let run = TemplateRun(source: source, variables: variables, date: date, limits: limits)
    for (_, value) in variables { _ = try run.checked(value) }
    _ = try run.execute(statements)
    return RenderedChat(text: run.texts[0], generationSpans: run.hasLostSpans ? [] : run.spans)
  }
}
