// Every scenario of knowledge/scenarios gets the advice it must get.
import AdaptGuidance
import Testing

@Suite struct ScenarioTests {
  @Test func everyScenarioIsAdvisedAsExpected() throws {
    let knowledge = try Base.knowledge()
    let scenarios = try Scenario.load(home: Base.home, knowledge)
    #expect(scenarios.count >= 40)
    #expect(Set(scenarios.map(\.id)).count == scenarios.count)
    let advisor = Advisor(knowledge)
    for scenario in scenarios {
      check(scenario, advisor.advise(scenario.profile, counterfactuals: false))
      #expect(!scenario.from.isEmpty, "\(scenario.id)")
      for id in scenario.from {
        let isKnown = knowledge.fact(id) != nil || knowledge.source(id) != nil
        #expect(isKnown, "\(scenario.id): \(id)")
      }
    }
  }

  private func check(_ scenario: Scenario, _ advice: Advice) {
    let id = scenario.id
    if let wanted = scenario.recommended { #expect(advice.recommended == wanted, "\(id)") }
    if let wanted = scenario.runnerUp { #expect(advice.runnerUp == wanted, "\(id)") }
    if let wanted = scenario.method { #expect(advice.method?.card == wanted, "\(id)") }
    if let wanted = scenario.recipe { #expect(advice.method?.recipe == wanted, "\(id)") }
    if let wanted = scenario.firstStep { #expect(advice.steps.first?.id == wanted, "\(id)") }
    for rung in scenario.next { #expect(advice.rung(rung)?.status == .next, "\(id): \(rung)") }
    for rung in scenario.notNext { #expect(advice.rung(rung)?.status != .next, "\(id): \(rung)") }
    for rung in scenario.ruledOut {
      #expect(advice.rung(rung)?.status == .ruledOut, "\(id): \(rung)")
    }
    for rule in scenario.rules { #expect(advice.firedRules.contains(rule), "\(id): \(rule)") }
    for rule in scenario.notRules {
      #expect(!advice.firedRules.contains(rule), "\(id): \(rule)")
    }
    for step in scenario.steps {
      #expect(advice.steps.contains { $0.id == step }, "\(id): \(step)")
    }
  }
}
