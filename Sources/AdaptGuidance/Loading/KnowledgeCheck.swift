// Checks across files: every id resolves, nothing is said in one language only.
internal import AdaptSystem

/// The checks that need the whole knowledge base.
struct KnowledgeCheck {
  let knowledge: Knowledge
  let tree: SourceTree
  let log: FaultLog

  func run() {
    checkUnique()
    checkRules()
    checkFlowchart()
    checkSources()
    checkFormulas()
    checkCards()
    checkPhrases()
  }

  /// One fault about a reference, with the ids it could have been.
  private func fault(_ what: String, _ id: String, among known: [String], in file: String) {
    log.add(Diagnosis(what, place: place(of: id, in: file), hint: nearest(id, known)))
  }

  /// The first place in the file where the id stands.
  private func place(of id: String, in file: String) -> String {
    guard let datum = tree.file(file)?.datum.first(where: { $0.scalar == id }) else { return file }
    return "\(file):\(datum.line):\(datum.column)"
  }

  /// The nearest id, and the whole list only when it is short.
  private func nearest(_ id: String, _ known: [String]) -> String? {
    if known.count <= 40 { return NearestName.hint(for: id, among: known) }
    return NearestName.best(for: id, among: known).map { "did you mean `\($0)`?" }
  }

  private func resolve(_ ids: [String], _ kind: String, among known: [String], in file: String) {
    let set = Set(known)
    for id in ids where !set.contains(id) {
      fault("unknown \(kind) `\(id)`", id, among: known, in: file)
    }
  }

  private func checkUnique() {
    let groups: [(String, [String])] = [
      ("rule", knowledge.rules.map(\.id)), ("source", knowledge.sources.map(\.id)),
      ("evidence", knowledge.evidence.map(\.id)), ("rung", knowledge.flowchart.rungs.map(\.id)),
      ("step", knowledge.flowchart.steps.map(\.id)),
      ("node", knowledge.flowchart.nodes.map(\.id)),
      ("constant", knowledge.constants.map(\.id)), ("formula", knowledge.formulas.map(\.id)),
      ("term", knowledge.glossary.map(\.id)),
    ]
    for (kind, ids) in groups {
      var seen: Set<String> = []
      for id in ids where !seen.insert(id).inserted {
        log.add(Diagnosis("\(kind) `\(id)` twice", place: "knowledge/"))
      }
    }
  }

  private var references: [String] {
    knowledge.evidence.flatMap { file in
      [file.id] + file.figures.map { "\(file.id).\($0.id)" }
    }
  }

  private func checkRules() {
    let rules = knowledge.rules.map(\.id)
    let rungs = knowledge.flowchart.rungs.map(\.id)
    let facts = references
    for rule in knowledge.rules {
      let effect = rule.effect
      resolve(rule.unless, "rule", among: rules, in: rule.file)
      resolve(
        effect.support + effect.oppose + effect.ruleOut + effect.postpone, "rung", among: rungs,
        in: rule.file)
      resolve(effect.steps, "step", among: knowledge.flowchart.steps.map(\.id), in: rule.file)
      resolve(rule.evidence, "evidence", among: facts, in: rule.file)
      checkMethod(effect, in: rule.file)
      if rule.evidence.isEmpty {
        log.add(Diagnosis("rule `\(rule.id)` names no evidence", place: rule.file))
      }
    }
    checkCycles()
  }

  private func checkMethod(_ effect: Rule.Effect, in file: String) {
    let cards = knowledge.cards(.en).map(\.id)
    resolve([effect.method].compactMap { $0 }, "method", among: cards, in: file)
    resolve(
      [effect.recipe].compactMap { $0 }, "recipe", among: knowledge.recipes.map(\.id), in: file)
  }

  /// `unless` must not go round in a circle, or no order of evaluation exists.
  private func checkCycles() {
    if let rule = RuleOrder.firstInCycle(knowledge.rules) {
      log.add(Diagnosis("`unless` of rule `\(rule.id)` leads back to itself", place: rule.file))
    }
  }

  private func checkFlowchart() {
    let chart = knowledge.flowchart
    let nodes = chart.nodes.map(\.id)
    resolve(
      chart.edges.flatMap { [$0.from, $0.to] }, "node", among: nodes, in: Layout.flowchart)
    resolve(
      chart.nodes.compactMap(\.rung), "rung", among: chart.rungs.map(\.id), in: Layout.flowchart)
    resolve(
      chart.rungs.flatMap(\.steps) + chart.steps.flatMap(\.insteadOf), "step",
      among: chart.steps.map(\.id), in: Layout.flowchart)
    resolve(
      chart.rungs.flatMap { [$0.card] + [$0.method].compactMap { $0 } }, "card",
      among: knowledge.cards(.en).map(\.id),
      in: Layout.flowchart)
    if chart.rungs.isEmpty { log.add(Diagnosis("no rungs", place: Layout.flowchart)) }
  }

  private func checkSources() {
    let sources = knowledge.sources.map(\.id)
    for file in knowledge.evidence {
      let path = "knowledge/evidence/\(file.collection)/\(file.id).yaml"
      resolve([file.source] + file.figures.map(\.source), "source", among: sources, in: path)
      for figure in file.figures where figure.locator.isEmpty {
        log.add(Diagnosis("figure `\(figure.id)` has no locator", place: path))
      }
    }
    let facts = references
    for constant in knowledge.constants {
      resolve(constant.evidence, "evidence", among: facts, in: Layout.costs)
    }
    for recipe in knowledge.recipes {
      resolve(recipe.sources, "source", among: sources, in: "recipes/\(recipe.id).yaml")
    }
  }

  private func checkFormulas() {
    let facts = references
    var known = Set(knowledge.questionnaire.questions.filter { $0.kind == .number }.map(\.id))
    known.formUnion(knowledge.constants.map(\.id))
    for formula in knowledge.formulas {
      resolve(
        formula.expression.names, "number in `\(formula.id)`", among: known.sorted(),
        in: Layout.formulas)
      resolve(
        formula.needs, "question", among: knowledge.questionnaire.ids, in: Layout.formulas)
      resolve(formula.evidence, "evidence", among: facts, in: Layout.formulas)
      known.insert(formula.id)
    }
  }

  private func checkCards() {
    let english = Set(knowledge.cards(.en).map(\.id))
    let chinese = Set(knowledge.cards(.zh).map(\.id))
    for id in english.symmetricDifference(chinese).sorted() {
      log.add(Diagnosis("card in one language only", got: id, place: "knowledge/methods"))
    }
    let sources = knowledge.sources.map(\.id)
    for card in knowledge.cards {
      resolve(card.sources, "source", among: sources, in: card.file)
      if card.sections.isEmpty { log.add(Diagnosis("card without sections", place: card.file)) }
    }
    for recipe in knowledge.recipes {
      resolve(
        [recipe.method], "method", among: english.sorted(), in: "recipes/\(recipe.id).yaml")
    }
  }

  private func checkPhrases() {
    checkPair(knowledge.dialogue(.en), knowledge.dialogue(.zh), "knowledge/dialogue")
    checkPair(knowledge.reportPhrases(.en), knowledge.reportPhrases(.zh), "knowledge/reports")
  }

  private func checkPair(_ english: Phrases, _ chinese: Phrases, _ folder: String) {
    for key in Set(english.entries.keys).union(chinese.entries.keys).sorted() {
      guard english.has(key), chinese.has(key) else {
        let file = english.has(key) ? "zh" : "en"
        log.add(Diagnosis("missing phrase `\(key)`", place: "\(folder)/\(file).yaml"))
        continue
      }
      if english.placeholders(key) != chinese.placeholders(key) {
        log.add(
          Diagnosis(
            "placeholders of `\(key)` differ",
            wanted: english.placeholders(key).sorted().joined(separator: ", "),
            got: chinese.placeholders(key).sorted().joined(separator: ", "),
            place: "\(folder)/zh.yaml"))
      }
    }
  }
}
