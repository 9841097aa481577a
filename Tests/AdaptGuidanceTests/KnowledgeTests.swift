// The knowledge base is whole, both languages complete, and no figure stands in Swift.
import AdaptGuidance
import AdaptSystem
import Foundation
import Testing

@Suite struct KnowledgeTests {
  @Test func everythingLoadsAndResolves() throws {
    let knowledge = try Base.knowledge()
    #expect(knowledge.rules.count >= 40)
    #expect(knowledge.flowchart.rungs.count == 11)
    for rule in knowledge.rules {
      #expect(!rule.evidence.isEmpty, "\(rule.id)")
      for id in rule.evidence { #expect(knowledge.fact(id) != nil, "\(rule.id): \(id)") }
    }
    for file in knowledge.evidence {
      #expect(knowledge.source(file.source) != nil, "\(file.id)")
      for figure in file.figures {
        #expect(!figure.locator.isEmpty && !figure.values.isEmpty, "\(file.id).\(figure.id)")
        #expect(knowledge.source(figure.source)?.at.isEmpty == false, "\(file.id).\(figure.id)")
      }
    }
  }

  /// A rule may not be strong on figures that nobody here has read.
  @Test func strongRulesStandOnCheckedEvidence() throws {
    let knowledge = try Base.knowledge()
    for rule in knowledge.rules where rule.strength == .strong {
      let facts = rule.evidence.compactMap(knowledge.fact)
      #expect(facts.contains { $0.verified.isChecked }, "\(rule.id)")
    }
  }

  @Test func everyMethodTheAdviceCanNameHasACardAndARecipe() throws {
    let knowledge = try Base.knowledge()
    let chosen =
      knowledge.rules.compactMap(\.effect.method)
      + knowledge.flowchart.rungs.compactMap(\.method)
    for card in Set(chosen) {
      for language in Language.allCases {
        #expect(knowledge.card(card, language) != nil, "\(card)")
      }
    }
    for recipe in knowledge.recipes {
      #expect(!recipe.settings.isEmpty, "\(recipe.id)")
      #expect(recipe.text.contains("#"), "\(recipe.id) explains nothing")
      #expect(recipe.sources.allSatisfy { knowledge.source($0) != nil })
    }
    let files = try FileManager.default.subpathsOfDirectory(
      atPath: Base.home.appendingPathComponent("recipes").path)
    #expect(knowledge.recipes.count == files.filter { $0.hasSuffix(".yaml") }.count)
  }

  @Test func cardsHaveTheirSectionsInBothLanguages() throws {
    let knowledge = try Base.knowledge()
    for card in knowledge.cards {
      #expect(card.sections.count >= 6, "\(card.file)")
      #expect(!card.summary.isEmpty, "\(card.file)")
      #expect(card.sections.allSatisfy { !$0.body.isEmpty }, "\(card.file)")
    }
    #expect(knowledge.cards(.en).count == knowledge.cards(.zh).count)
    #expect(knowledge.glossary.allSatisfy { !$0.definition.zh.isEmpty })
  }

  /// Every text of the base that should be Chinese has at least one Chinese character.
  @Test func chineseTextsAreChinese() throws {
    let knowledge = try Base.knowledge()
    func isChinese(_ text: String) -> Bool {
      text.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }
    }
    for rule in knowledge.rules { #expect(isChinese(rule.because.zh), "\(rule.id)") }
    for step in knowledge.flowchart.steps { #expect(isChinese(step.text.zh), "\(step.id)") }
    for question in knowledge.questionnaire.questions {
      for text in [question.prompt, question.reason, question.help] {
        #expect(isChinese(text.zh), "\(question.id)")
        #expect(!isChinese(text.en), "\(question.id)")
      }
    }
    for card in knowledge.cards(.zh) { #expect(isChinese(card.markdown), "\(card.file)") }
  }

  @Test func everyRuleIsReachedByAScenario() throws {
    let knowledge = try Base.knowledge()
    let advisor = Advisor(knowledge)
    var fired: Set<String> = []
    for scenario in try Scenario.load(home: Base.home, knowledge) {
      let advice = advisor.advise(scenario.profile, counterfactuals: false)
      fired.formUnion(advice.firedRules)
    }
    let silent = knowledge.rules.map(\.id).filter { !fired.contains($0) }
    #expect(silent.isEmpty, "rules no scenario reaches: \(silent)")
  }

  /// Numbers about models or methods belong to the data; code may hold small structural ones.
  @Test func noFigureStandsInSwift() throws {
    let root = Base.home.appendingPathComponent("Sources/AdaptGuidance")
    let names = try FileManager.default.subpathsOfDirectory(atPath: root.path)
    let words = [
      "lora", "qlora", "rag", "icl", "gpt", "llama", "mistral", "peft", "bert", "ovadia", "openai",
    ]
    for name in names where name.hasSuffix(".swift") {
      let text = try String(contentsOf: root.appendingPathComponent(name), encoding: .utf8)
      for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
        .enumerated()
      {
        let code = line.split(separator: "//", maxSplits: 1).first.map(String.init) ?? ""
        guard !line.trimmingCharacters(in: .whitespaces).hasPrefix("//") else { continue }
        let lower = code.lowercased()
        let named = words.contains { word in
          lower.split(whereSeparator: { !$0.isLetter }).contains { $0 == word }
        }
        let isSchema = name.hasSuffix("Decode+Card.swift")
        if named, !isSchema {
          #expect(!code.contains(/[0-9]/), "\(name):\(number + 1): \(code)")
        }
        #expect(!code.contains(/\b[0-9]+\.[0-9]{2,}\b/), "\(name):\(number + 1): \(code)")
      }
    }
  }

  @Test func languagesComeFromTheOptionElseFromTheLocale() throws {
    #expect(try Language.choose("zh", environment: [:]) == .zh)
    #expect(try Language.choose(nil, environment: ["LANG": "zh_CN.UTF-8"]) == .zh)
    #expect(try Language.choose(nil, environment: ["LC_ALL": "C", "LANG": "zh_CN"]) == .en)
    #expect(try Language.choose(nil, environment: ["LC_ALL": "", "LC_MESSAGES": "zh_TW"]) == .zh)
    #expect(throws: LanguageFault.self) { try Language.choose("fr", environment: [:]) }
  }
}
