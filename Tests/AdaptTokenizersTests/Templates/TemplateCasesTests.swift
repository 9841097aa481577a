// Templates render to what Python's jinja2 renders, and are refused where it refuses them.
import AdaptSystem
import AdaptTokenizers
import Foundation
import Testing

@Suite struct TemplateCasesTests {
  @Test func ownTemplatesReadAsInPython() throws {
    let cases = try TemplateCase.read(TemplateJSON.fixtures.appendingPathComponent("cases.jsonl"))
    #expect(cases.count > 350)
    try check(cases)
  }

  /// Of published models, where `CHAT_TEMPLATE_CASES` names a file; see the fixture's README.
  @Test func publishedTemplatesReadAsInPython() throws {
    guard let path = ProcessInfo.processInfo.environment["CHAT_TEMPLATE_CASES"] else { return }
    let cases = try TemplateCase.read(URL(fileURLWithPath: path))
    try check(cases)
  }

  private func check(_ cases: [TemplateCase]) throws {
    for item in cases {
      do throws(TemplateFault) {
        let text = try item.rendered().text
        let wanted = item.text ?? "(refused)"
        let same = item.text.map { text.utf8.elementsEqual($0.utf8) } ?? false
        #expect(
          same, "\(item.name): got \(text.debugDescription), wanted \(wanted.debugDescription)")
      } catch {
        #expect(item.text == nil, "\(item.name): \(error.diagnosis.text)")
      }
    }
  }
}
