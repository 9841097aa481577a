// The reports: schema, words, wrapping, escaping, the drawing.
import AdaptGuidance
import AdaptSystem
import Foundation
import Testing

@Suite struct ReportTests {
  private static let answers: KeyValuePairs = [
    "problem": "knowledge, format", "examples": "1000", "access": "weights",
    "documents_tokens": "2M", "evaluation_set": "ready", "gpu_memory": "24GB",
    "model_parameters": "13B", "prompt_price": "2.5", "queries_per_day": "5000",
  ]

  private func report(
    _ language: Language, _ answers: KeyValuePairs<String, String> = answers
  ) throws -> AdviceReport {
    AdviceReport(try Base.advice(answers), knowledge: try Base.knowledge(), language: language)
  }

  @Test func theJSONHasItsSchema() throws {
    let text = try report(.en).json()
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    let root = try #require(object)
    #expect(
      Set(root.keys) == [
        "schema", "language", "profile", "recommended", "runner_up", "method", "confidence",
        "ladder", "rules", "steps", "counterfactuals", "costs", "assumed", "facts",
      ])
    #expect(root["schema"] as? String == "adapt.recommend/1")
    #expect(root["recommended"] as? String == "rag-peft")
    #expect((root["profile"] as? [String: String])?["gpu_memory"] == "24GB")
    let method = try #require(root["method"] as? [String: Any])
    #expect(method["id"] as? String == "qlora" && method["recipe"] as? String == "peft/qlora")
    try shape(
      root, "confidence", ["level", "supporting", "opposing", "margin", "checked", "figures"])
    try shapes(root, "ladder", ["rung", "title", "status", "score", "rules"])
    try shapes(root, "steps", ["id", "text", "command"])
    try shapes(root, "counterfactuals", ["question", "from", "to", "recommended", "method"])
    try shapes(
      root, "costs",
      ["id", "topic", "title", "value", "unit", "formula", "inputs", "evidence"])
    try shapes(root, "facts", ["id", "text", "values", "protocol", "verified", "source"])
    let ladder = try #require(root["ladder"] as? [[String: Any]])
    let rules = try #require(ladder.first?["rules"] as? [[String: Any]])
    #expect(Set(rules[0].keys) == ["id", "stance", "strength", "because", "evidence"])
    #expect(text.hasSuffix("}\n"))
  }

  private func shape(_ root: [String: Any], _ key: String, _ keys: Set<String>) throws {
    let object = try #require(root[key] as? [String: Any])
    #expect(Set(object.keys) == keys, "\(key)")
  }

  private func shapes(_ root: [String: Any], _ key: String, _ keys: Set<String>) throws {
    let list = try #require(root[key] as? [[String: Any]])
    #expect(!list.isEmpty, "\(key)")
    for object in list { #expect(Set(object.keys) == keys, "\(key)") }
  }

  @Test func aWhatIfStandsInTheJSON() throws {
    let before = try Base.advice(["problem": "format"])
    let after = try Base.advice(["problem": "knowledge"])
    let report = AdviceReport(after, knowledge: try Base.knowledge(), language: .en)
    let text = report.json(difference: after.difference(from: before))
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    let change = try #require(object?["what_if"] as? [String: Any])
    #expect(Set(change.keys) == ["recommended", "method", "moves", "gained", "lost"])
    #expect((change["recommended"] as? [String: String])?["to"] == "rag")
    let section = report.difference(after.difference(from: before))
    #expect(
      section.lines.contains { $0.text.contains("prompting with examples (ICL) → retrieval") })
    let same = report.difference(after.difference(from: after))
    #expect(same.lines.map(\.text) == ["Nothing changes."])
  }

  @Test(arguments: Language.allCases) func noPhraseIsMissingInAnyReport(language: Language) throws {
    let knowledge = try Base.knowledge()
    let advisor = Advisor(knowledge)
    for scenario in try Scenario.load(home: Base.home, knowledge) {
      let advice = advisor.advise(scenario.profile)
      let report = AdviceReport(advice, knowledge: knowledge, language: language)
      for text in [report.text(explain: true), report.markdown(), report.mermaid()] {
        #expect(!text.contains("«"), "\(scenario.id)")
        #expect(!text.contains(/\{[a-z_]+\}/), "\(scenario.id)")
      }
    }
  }

  @Test(arguments: [40, 72, 100]) func linesKeepToTheWidth(width: Int) throws {
    for language in Language.allCases {
      let text = try report(language).text(width: width)
      for line in text.split(separator: "\n") where line.contains(" ") {
        let words =
          line.split(separator: " ").map { DisplayWidth.columns(of: String($0)) }.max() ?? 0
        let columns = DisplayWidth.columns(of: line)
        #expect(columns <= width + 2 || columns <= words + 12, "\(line)")
      }
    }
  }

  @Test func explainAddsRulesSourcesAndFormulas() throws {
    let short = try report(.en).text()
    let long = try report(.en).text(explain: true)
    #expect(!short.contains("arXiv:") && long.contains("arXiv:2312.05934"))
    #expect(long.contains("rule hybrid.both"))
    #expect(long.contains("= queries_per_day * days_per_month * prompt_few_shot"))
    #expect(long.contains("= 5,000 * 30 * 1,200"))
    #expect(long.contains("second-hand, not checked by us"))
    #expect(short.contains("your budget ≈ 100 GPU-hours"))
  }

  @Test func secondHandFiguresAreShownAsSuch() throws {
    let knowledge = try Base.knowledge()
    let advice = try Base.advice(["problem": "format", "citations": "yes"])
    let report = AdviceReport(advice, knowledge: knowledge, language: .zh)
    #expect(report.text(explain: true).contains("未经我们核对"))
  }

  @Test func theDrawingMarksThePathTaken() throws {
    let text = try report(.en).mermaid()
    #expect(text.hasPrefix("flowchart TD\n"))
    for edge in ["start ==> baseline", "retrieval ==> behaviour", "class hybrid now"] {
      #expect(text.contains(edge), "\(edge)")
    }
    #expect(text.contains("class pretrain out"))
    #expect(text.contains("labels -->"))
    let simple = try report(.en, [:]).mermaid()
    #expect(simple.components(separatedBy: "==>").count == 2)
  }

  @Test func everyRungIsReachableInTheDrawing() throws {
    let knowledge = try Base.knowledge()
    let chart = knowledge.flowchart
    var reached: Set<String> = Set(chart.nodes.filter { $0.kind == .start }.map(\.id))
    for _ in chart.nodes {
      for edge in chart.edges where reached.contains(edge.from) { reached.insert(edge.to) }
    }
    #expect(reached.count == chart.nodes.count)
    #expect(Set(chart.nodes.compactMap(\.rung)) == Set(chart.rungs.map(\.id)))
  }

  @Test func theDecisionRecordHoldsEverything() throws {
    let text = try report(.en).markdown()
    #expect(text.hasPrefix("# Decision record: retrieval with a trained adapter (RAG + PEFT)\n"))
    for part in [
      "## Your answers", "| what is wrong today | knowledge, format |", "## The ladder",
      "```mermaid", "hybrid.both", "arXiv:",
    ] { #expect(text.contains(part), "\(part)") }
    for line in text.split(separator: "\n") where line.hasPrefix("|") {
      #expect(line.hasSuffix("|"), "\(line)")
    }
  }

  @Test func phrasesFillTheirPlaceholders() {
    let phrases = Phrases(language: .en, entries: ["hello": "Hello, {name}: {name} {count}."])
    #expect(phrases("hello", ["name": "A", "count": "2"]) == "Hello, A: A 2.")
    #expect(phrases("nothing") == "«nothing»")
    #expect(phrases.placeholders("hello") == ["name", "count"])
  }
}
