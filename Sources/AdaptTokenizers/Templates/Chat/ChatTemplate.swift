// The chat template of a model folder, with the texts of its special tokens.
package import Foundation

/// Turns messages into the text a model was trained on.
package struct ChatTemplate: Sendable {
  package let template: Template
  /// Texts of special tokens by the names templates use, such as `bos_token`.
  package let specialTokens: [String: String]

  /// - Throws: `TemplateFault` with line and column of what cannot be read.
  package init(
    text: String, name: String, specialTokens: [String: String] = [:]
  ) throws(TemplateFault) {
    template = try Template(text, name: name)
    self.specialTokens = specialTokens
  }

  /// The template of a model folder.
  ///
  /// `name` picks one of several, such as `tool_use`; without it the one named `default` is taken.
  /// - Throws: `TemplateFault.noTemplate` where the folder has none: no other is put in its place.
  package init(folder: URL, named name: String? = nil) throws(TemplateFault) {
    guard let found = try ChatTemplate(ifIn: folder, named: name) else {
      throw .noTemplate(folder: folder.path, known: BuiltInTemplates.names)
    }
    self = found
  }

  /// The template of a model folder, or nil where it has none.
  package init?(ifIn folder: URL, named name: String? = nil) throws(TemplateFault) {
    let files = ChatTemplateFiles(folder: folder)
    guard let found = try files.template(named: name) else { return nil }
    try self.init(
      text: found.text, name: found.name, specialTokens: try files.specialTokens())
  }

  /// The template a user chose: the name of a built-in one, or else a file.
  package init(choice: String, folder: URL) throws(TemplateFault) {
    let files = ChatTemplateFiles(folder: folder)
    let tokens = try files.specialTokens()
    if let text = BuiltInTemplates.text(choice) {
      try self.init(text: text, name: choice, specialTokens: tokens)
      return
    }
    let file = URL(fileURLWithPath: choice)
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw .unknownName(choice, known: BuiltInTemplates.names)
    }
    try self.init(
      text: try ChatTemplateFiles.text(file), name: choice, specialTokens: tokens)
  }

  /// The text of a chat.
  ///
  /// With `addGenerationPrompt` the head of the assistant's next turn is added. `tools` are schemas of what a
  /// model may call, `extra` other variables such as `enable_thinking`, `date` what `strftime_now` writes.
  package func rendered(
    _ messages: [ChatMessage], addGenerationPrompt: Bool, tools: [TemplateValue]? = nil,
    extra: [String: TemplateValue] = [:], date: TemplateDate = .now()
  ) throws(TemplateFault) -> RenderedChat {
    var variables = extra
    for (name, text) in specialTokens { variables[name] = .string(text) }
    variables["messages"] = .list(TemplateList(messages.map(\.value)))
    variables["tools"] = tools.map { .list(TemplateList($0)) } ?? TemplateValue.none
    if variables["documents"] == nil { variables["documents"] = TemplateValue.none }
    variables["add_generation_prompt"] = .boolean(addGenerationPrompt)
    return try template.rendered(variables, date: date)
  }
}
