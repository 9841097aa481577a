// Reads the cases that Python rendered.
import AdaptSystem
import AdaptTokenizers
import Foundation
import Testing

/// One template with its variables and what Python makes of it.
struct TemplateCase {
  let name: String
  let template: String
  let variables: [String: TemplateValue]
  /// Nil where Python refuses it.
  let text: String?

  /// The date the cases were rendered on.
  static let date = TemplateDate(year: 2025, month: 3, day: 9, hour: 14, minute: 5, second: 6)

  func rendered() throws(TemplateFault) -> RenderedChat {
    try Template(template, name: name).rendered(variables, date: Self.date)
  }

  /// The cases of a file; a first line may hold variables for those that bring none.
  static func read(_ url: URL) throws -> [TemplateCase] {
    var shared: [String: TemplateValue] = [:]
    var cases: [TemplateCase] = []
    for line in try TemplateJSON.lines(url) {
      let own = line["variables"].map(TemplateJSON.variables)
      guard case .string(let name) = line["name"], case .string(let template) = line["template"]
      else {
        shared = own ?? [:]
        continue
      }
      var text: String?
      if case .string(let found) = line["text"] { text = found }
      cases.append(
        TemplateCase(name: name, template: template, variables: own ?? shared, text: text))
    }
    return cases
  }
}

enum TemplateJSON {
  static let fixtures = GoldenFixtures.folder.appendingPathComponent("templates")

  /// The objects of a JSON Lines file, in order and with their members in order.
  static func lines(_ url: URL) throws -> [TemplateDictionary] {
    try Data(contentsOf: url).split(separator: 0x0A).map { line in
      let value = try TemplateValue(json: Array(line), path: url.path)
      guard case .dictionary(let object) = value else { throw NoObject() }
      return object
    }
  }

  struct NoObject: Error {}

  static func variables(_ value: TemplateValue) -> [String: TemplateValue] {
    guard case .dictionary(let mapping) = value else { return [:] }
    var variables: [String: TemplateValue] = [:]
    for (key, value) in mapping.entries {
      if case .string(let name) = key.value { variables[name] = value }
    }
    return variables
  }
}

/// Renders `template`, for faults in one line: the text, or the words of the fault.
func words(
  _ template: String, _ variables: [String: TemplateValue] = [:],
  limits: TemplateLimits = TemplateLimits()
) -> String {
  do throws(TemplateFault) {
    return try Template(template, name: "t").rendered(
      variables, date: TemplateCase.date, limits: limits
    ).text
  } catch {
    return error.diagnosis.text
  }
}
