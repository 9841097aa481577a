// What can be wrong with a chat template: with its text, with what it is given, and with its folder.
package import AdaptSystem

/// Where in a template something stands.
package struct TemplatePlace: Sendable, Equatable, CustomStringConvertible {
  /// The file, or a name for a template without one.
  package var template: String
  /// Counted from 1.
  package var line: Int
  /// Unicode scalars from the start of the line, counted from 1.
  package var column: Int

  package var description: String { "\(template):\(line):\(column)" }
}

/// A template that cannot be read, or that cannot be rendered with what it was given.
package enum TemplateFault: DiagnosableError, Equatable {
  case file(FileFault)
  case settings(path: String, reason: String)
  case syntax(TemplatePlace, reason: String)
  /// Jinja has it, this reader does not.
  case unsupported(TemplatePlace, construct: String)
  case evaluation(TemplatePlace, reason: String)
  /// The template itself refused the messages, in its own words.
  case refused(TemplatePlace, words: String)
  case limit(TemplatePlace, what: String, limit: Int)
  case noTemplate(folder: String, known: [String])
  case unknownName(String, known: [String])
  case tokens(reason: String, hint: String)

  package var diagnosis: Diagnosis {
    switch self {
    case .file(let fault): fault.diagnosis
    case .settings(let path, let reason): Diagnosis(reason, place: path)
    case .syntax(let place, let reason):
      Diagnosis("malformed chat template: \(reason)", place: "\(place)")
    case .unsupported(let place, let construct):
      Diagnosis(
        "the chat template uses \(construct), which is not supported", place: "\(place)",
        hint: "choose another template with --chat-template NAME|FILE")
    case .evaluation(let place, let reason):
      Diagnosis("cannot render the chat template: \(reason)", place: "\(place)")
    case .refused(let place, let words):
      Diagnosis(
        "the chat template refuses these messages: \(words)", place: "\(place)",
        hint: Self.advice(on: words))
    case .limit(let place, let what, let limit):
      Diagnosis(
        "the chat template was stopped: \(what)", wanted: "at most \(limit)", place: "\(place)",
        hint: "it may loop or recurse without end")
    case .noTemplate(let folder, let known):
      Diagnosis(
        "the model folder has no chat template",
        wanted: "chat_template.jinja or `chat_template`"
          + " in tokenizer_config.json", place: folder,
        hint: "a base model has none; choose one with --chat-template NAME|FILE. Names: "
          + known.joined(separator: ", "))
    case .unknownName(let name, let known):
      Diagnosis(
        "unknown chat template `\(name)`", hint: NearestName.hint(for: name, among: known))
    case .tokens(let reason, let hint): Diagnosis(reason, hint: hint)
    }
  }

  /// What usually helps when a template says `words`.
  private static func advice(on words: String) -> String {
    let lower = words.lowercased()
    if lower.contains("system") {
      return "leave the system message out, or put its text in front of the first user message"
    }
    if lower.contains("alternate") {
      return "join neighbouring messages of one role, so that user and assistant take turns"
    }
    return "these are the template's own words; change the messages to what it asks for"
  }
}
