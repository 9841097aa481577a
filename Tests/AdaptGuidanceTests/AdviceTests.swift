// The engine: determinism, conditions, ladder, counterfactuals, differences, costs.
import AdaptGuidance
import Foundation
import Testing

@Suite struct AdviceTests {
  @Test func theSameProfileGetsTheSameAdvice() throws {
    let first = try Base.advice(["problem": "format", "examples": "500", "access": "weights"])
    let second = try Base.advice(["access": "weights", "examples": "0.5k", "problem": "format"])
    #expect(first == second)
  }

  @Test func conditionsKnowThreeValues() throws {
    let nothing = try Base.profile([:])
    let some = try Base.profile(["examples": "60", "access": "api"])
    let many = Condition.compare(question: "examples", .atLeast, .constant(50))
    let closed = Condition.oneOf(question: "access", ["api"])
    #expect(many.truth(in: nothing) == .unknown)
    #expect(Condition.not(many).truth(in: nothing) == .unknown)
    #expect(Condition.all([many, closed]).truth(in: some) == .yes)
    #expect(Condition.any([many, .not(closed)]).truth(in: some) == .yes)
    #expect(Condition.all([.not(closed), many]).truth(in: some) == .no)
    #expect(Condition.known(question: "examples", false).truth(in: nothing) == .yes)
    #expect(Condition.all([]).truth(in: nothing) == .yes)
    let share = Condition.compare(
      question: "documents_tokens", .atMost, .share(times: 0.5, question: "context_window"))
    let fits = try Base.profile(["documents_tokens": "50k"])
    #expect(share.truth(in: fits) == .yes)
    #expect(
      share.truth(in: try Base.profile(["documents_tokens": "50k", "context_window": "32k"])) == .no
    )
    let assuming = Condition.assuming(
      .compare(question: "budget_gpu_hours", .below, .constant(1e5)))
    #expect(assuming.truth(in: nothing) == .yes)
  }

  @Test func exactlyOneRungIsRecommendedAndNothingRuledOutIs() throws {
    let knowledge = try Base.knowledge()
    let advisor = Advisor(knowledge)
    var generator = Seeded(state: 7)
    for _ in 0..<300 {
      let profile = try randomProfile(knowledge, &generator)
      let advice = advisor.advise(profile, counterfactuals: false)
      let now = try #require(advice.rung(advice.recommended))
      #expect(now.status == .now)
      #expect(!now.reasons.contains { $0.stance == .rulesOut })
      #expect(advice.rungs.map(\.id) == knowledge.flowchart.rungs.map(\.id))
      #expect(advice.runnerUp != advice.recommended)
      #expect(!["pretraining", "continued-pretraining"].contains(advice.recommended))
      #expect(advice.rungs.allSatisfy { $0.score.isFinite })
      if profile.known("access") == .choice("api") {
        #expect(!["peft", "rag-peft", "full-fine-tuning"].contains(advice.recommended))
      }
      if profile.known("evaluation_set") == .choice("none") {
        #expect(!now.rung.trains)
        #expect(advice.steps.contains { $0.id == "build-evaluation-set" })
      }
    }
  }

  /// Every counterfactual must be true: with that answer the engine says what it claims.
  @Test func counterfactualsHold() throws {
    let knowledge = try Base.knowledge()
    let advisor = Advisor(knowledge)
    var generator = Seeded(state: 11)
    var seen = 0
    for _ in 0..<40 {
      let profile = try randomProfile(knowledge, &generator)
      let advice = advisor.advise(profile)
      for change in advice.counterfactuals {
        var changed = profile
        try changed.set(change.question, change.to)
        let other = advisor.advise(changed, counterfactuals: false)
        #expect(other.recommended == change.recommended, "\(change)")
        if other.rung(other.recommended)?.rung.trains == true {
          #expect(other.method?.card == change.method, "\(change)")
        }
        seen += 1
      }
    }
    #expect(seen > 40)
  }

  @Test func moreLabelsTurnPromptingIntoTraining() throws {
    let advice = try Base.advice([
      "problem": "format", "examples": "20", "access": "weights", "evaluation_set": "ready",
    ])
    let change = try #require(advice.counterfactuals.first { $0.question == "examples" })
    #expect(change.recommended == "peft" && change.to == "100" && change.from == "20")
  }

  @Test func aWhatIfTellsWhatMoved() throws {
    let before = try Base.advice([
      "problem": "format", "examples": "1000", "access": "weights", "evaluation_set": "ready",
      "model_parameters": "13B", "gpu_memory": "48GB",
    ])
    let after = try Base.advice([
      "problem": "format", "examples": "1000", "access": "weights", "evaluation_set": "ready",
      "model_parameters": "13B", "gpu_memory": "24GB",
    ])
    let difference = after.difference(from: before)
    #expect(difference.recommended == nil)
    #expect(difference.method?.from == "lora" && difference.method?.to == "qlora")
    #expect(difference.gained.map(\.id) == ["method.qlora"])
    #expect(difference.lost.map(\.id) == ["method.lora"])
    #expect(after.difference(from: after).isEmpty)
    let closed = try Base.advice(["problem": "format", "access": "api"])
    let moves = closed.difference(from: try Base.advice(["problem": "format"])).moves
    #expect(moves.contains { $0.rung == "peft" && $0.to == .ruledOut })
  }

  @Test func defaultsThatDecidedAreNamed() throws {
    #expect(try Base.advice(["documents_tokens": "50k"]).assumed.contains("context_window"))
    #expect(try Base.advice([:]).assumed.contains("budget_gpu_hours"))
    let said = try Base.advice(["documents_tokens": "50k", "context_window": "128k"])
    #expect(!said.assumed.contains("context_window"))
  }

  @Test func confidenceFollowsTheEvidence() throws {
    let clear = try Base.advice([
      "knowledge_changes": "daily", "citations": "yes", "documents_tokens": "5M",
    ])
    #expect(clear.confidence.level == .high)
    let torn = try Base.advice(["examples": "1M", "gpu_memory": "0"])
    #expect(torn.confidence.level == .low)
    #expect(torn.confidence.margin == 0)
  }

  // MARK: - Costs

  private func cost(_ id: String, _ answers: KeyValuePairs<String, String>) throws -> Double {
    let advice = try Base.advice(answers)
    return try #require(advice.costs.first { $0.formula.id == id }, "\(id)").value
  }

  @Test func promptCostsAreSums() throws {
    let answers: KeyValuePairs = [
      "prompt_tokens": "100", "shots": "4", "example_tokens": "200", "queries_per_day": "10",
      "prompt_price": "3",
    ]
    #expect(try cost("prompt_zero_shot", answers) == 150)
    #expect(try cost("prompt_few_shot", answers) == 950)
    #expect(try cost("month_few_shot", answers) == 10 * 30 * 950)
    #expect(abs(try cost("bill_few_shot", answers) - 0.855) < 1e-9)
  }

  @Test func memoryOrdersTheMethodsAndFitsTheKnownCases() throws {
    for size in ["135M", "3B", "7B", "13B", "70B"] {
      let qlora = try cost("memory_qlora", ["model_parameters": size])
      let lora = try cost("memory_lora", ["model_parameters": size])
      let full = try cost("memory_full", ["model_parameters": size])
      #expect(qlora < lora, "\(size)")
      #expect(size == "135M" || lora < full, "\(size)")
    }
    #expect(try cost("memory_lora", ["model_parameters": "7B", "gpu_memory": "24GB"]) < 24)
    #expect(try cost("memory_lora", ["model_parameters": "13B", "gpu_memory": "24GB"]) > 24)
    #expect(try cost("memory_qlora", ["model_parameters": "13B", "gpu_memory": "24GB"]) < 24)
    #expect(try cost("memory_qlora", ["model_parameters": "65B", "gpu_memory": "48GB"]) < 48)
  }

  @Test func pretrainingHoursComeNearThePublishedOnes() throws {
    let hours = try cost("hours_pretraining", ["model_parameters": "7B"])
    #expect(abs(hours / 184_320 - 1) < 0.05)
  }

  @Test func theGuidesBreakEvenComesOut() throws {
    let answers: KeyValuePairs = [
      "success_value": "20", "failure_cost": "40", "disaster_cost": "1000",
      "disaster_share": "5%",
    ]
    #expect(abs(try cost("break_even_accuracy", answers) - 0.815) < 0.0005)
  }

  @Test func linesThatNeedAnswersAreNotShownWithoutThem() throws {
    let advice = try Base.advice([:])
    for id in ["bill_few_shot", "training_bill", "break_even_accuracy", "prompt_whole"] {
      #expect(!advice.costs.contains { $0.formula.id == id }, "\(id)")
    }
    let line = try #require(advice.costs.first { $0.formula.id == "memory_lora" })
    #expect(line.inputs.contains { $0.name == "model_parameters" && $0.assumed })
  }

  // MARK: - Random profiles

  private func randomProfile(
    _ knowledge: Knowledge, _ generator: inout Seeded
  ) throws -> Profile {
    var profile = knowledge.newProfile
    for question in knowledge.questionnaire.questions
    where Int.random(in: 0..<3, using: &generator) == 0 {
      switch question.kind {
      case .boolean:
        try profile.set(question.id, to: .boolean(Bool.random(using: &generator)))
      case .choice:
        let option = try #require(question.options.randomElement(using: &generator))
        try profile.set(question.id, to: .choice(option.id))
      case .choices:
        let chosen = question.options.filter { _ in Bool.random(using: &generator) }.map(\.id)
        if !chosen.isEmpty { try profile.set(question.id, to: .choices(chosen)) }
      case .number:
        let low = max(question.minimum ?? 0, 0)
        let high = question.unit == .share ? 1 : min(question.maximum ?? 1e6, 1e6)
        let value = low + (high - low) * Double.random(in: 0...1, using: &generator)
        try profile.set(question.id, to: .number(value))
      }
    }
    return profile
  }
}

/// A small generator with a fixed seed (SplitMix64).
struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
