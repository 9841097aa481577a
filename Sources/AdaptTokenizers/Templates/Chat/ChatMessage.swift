// Messages as chat templates take them.

/// One message of a chat.
package struct ChatMessage: Sendable {
  /// Who speaks: `system`, `user`, `assistant`, `tool`, or a name of the template's own.
  package var role: String
  package var content: Content
  /// Other entries in their order, such as `tool_calls` or `name`.
  package var entries: [(String, TemplateValue)]

  package enum Content: Sendable {
    case text(String)
    /// Parts such as `{"type": "text", "text": …}`.
    case parts([TemplateValue])
    /// Only calls of tools.
    case none

    var isNone: Bool {
      if case .none = self { return true }
      return false
    }
  }

  package init(_ role: String, _ text: String, entries: [(String, TemplateValue)] = []) {
    self.init(role, .text(text), entries: entries)
  }

  package init(_ role: String, _ content: Content, entries: [(String, TemplateValue)] = []) {
    self.role = role
    self.content = content
    self.entries = entries
  }

  /// The message as a mapping of a template.
  package var value: TemplateValue {
    var mapping = TemplateDictionary()
    mapping[TemplateKey("role")] = .string(role)
    switch content {
    case .text(let text): mapping[TemplateKey("content")] = .string(text)
    case .parts(let parts): mapping[TemplateKey("content")] = .list(TemplateList(parts))
    case .none: break
    }
    for (key, value) in entries { mapping[TemplateKey(key)] = value }
    return .dictionary(mapping)
  }
}
