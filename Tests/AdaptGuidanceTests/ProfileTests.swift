// Answers as users type them: numbers with suffixes, aliases in two languages, faults with hints.
import AdaptGuidance
import AdaptSystem
import Foundation
import Testing

@Suite struct ProfileTests {
  @Test(arguments: [
    ("model_parameters", "13B", 13e9, "13B"), ("model_parameters", "350M", 350e6, "350M"),
    ("model_parameters", "1.5 billion", 1.5e9, "1.5B"), ("gpu_memory", "24GB", 24, "24GB"),
    ("gpu_memory", "24", 24, "24GB"), ("gpu_memory", "512 MB", 0.5, "0.5GB"),
    ("gpu_memory", "none", 0, "0GB"), ("context_window", "8k", 8000, "8k"),
    ("documents_tokens", "1.5M", 1.5e6, "1.5M"), ("documents_tokens", "3万", 30_000, "30k"),
    ("examples", "1,200", 1200, "1.2k"), ("examples", "2k", 2000, "2k"),
    ("latency", "500ms", 0.5, "0.5s"), ("latency", "2s", 2, "2s"),
    ("measured_accuracy", "81.5%", 0.815, "0.815"), ("prompt_price", "$2.50", 2.5, "2.5"),
    ("budget_gpu_hours", "2 days", 48, "48"), ("model_parameters", "13b", 13e9, "13B"),
    ("gpu_memory", "24 GB", 24, "24GB"), ("gpu_memory", "24g", 24, "24GB"),
    ("examples", "1e6", 1e6, "1M"), ("examples", "１２３", 123, "123"), ("examples", "50+", 50, "50"),
    ("examples", "约 500 条", 500, "500"), ("documents_tokens", "２.５百万", 2.5e6, "2.5M"),
    ("documents_tokens", "1.2亿", 1.2e8, "120M"), ("documents_tokens", "3千万词元", 3e7, "30M"),
    ("model_parameters", "70亿", 7e9, "7B"), ("queries_per_day", "1 万 次", 1e4, "10k"),
    ("latency", "0.5", 0.5, "0.5s"), ("latency", "500 毫秒", 0.5, "0.5s"),
    ("examples", "1，200", 1200, "1.2k"), ("queries_per_day", "2,000/day", 2000, "2k"),
  ])
  func numbersAreReadWithTheirSuffixes(
    key: String, typed: String, value: Double, shown: String
  ) throws {
    var profile = try Base.knowledge().newProfile
    try profile.set(key, typed)
    #expect(abs((profile.number(key) ?? .nan) - value) <= abs(value) * 1e-12)
    #expect(profile.text(key) == shown)
    try profile.set(key, shown)
    #expect(abs((profile.number(key) ?? .nan) - value) <= abs(value) * 1e-12)
  }

  @Test(arguments: [
    "abc", "", "12x", "--5", "1e400", "nan", "inf", "0x10", "5 5 5 k k", "1,5", "12,34", "1,2345",
    ",5",
  ])
  func wordsThatAreNoNumberAreRefused(typed: String) throws {
    var profile = try Base.knowledge().newProfile
    for key in ["examples", "model_parameters", "context_window"] {
      #expect(throws: ProfileFault.self) { try profile.set(key, typed) }
    }
    #expect(profile.answered.isEmpty)
  }

  @Test func nearlyWholeNumbersEndInNoPoint() {
    #expect(NumberText.plain(10.000_000_001) == "10")
    #expect(NumberText.plain(0.000_000_01) == "0")
    #expect(NumberText.compact(9_999_999_999, unit: .parameters) == "10B")
  }

  @Test func choicesHaveAliasesInBothLanguages() throws {
    let profile = try Base.profile([
      "problem": "style, 知识", "access": "closed",
      "task": "Text Classification".lowercased()
        .replacing("text ", with: ""), "evaluation_set": "yes", "citations": "是",
      "language": "zh",
    ])
    #expect(profile.answer("problem") == .choices(["knowledge", "behaviour"]))
    #expect(profile.answer("access") == .choice("api"))
    #expect(profile.answer("task") == .choice("classification"))
    #expect(profile.answer("evaluation_set") == .choice("ready"))
    #expect(profile.answer("citations") == .boolean(true))
    #expect(profile.answer("language") == .choice("chinese"))
  }

  @Test(arguments: ["unknown", "?", "不知道", "don't know"])
  func dontKnowIsAnAnswerNoRuleReliesOn(word: String) throws {
    let profile = try Base.profile(["examples": word])
    #expect(profile.answer("examples") == .unknown)
    #expect(profile.known("examples") == nil)
    #expect(profile.answered == ["examples"])
  }

  @Test func everyAliasAndWordMeansOneOption() throws {
    for question in try Base.knowledge().questionnaire.questions {
      var seen: [String: String] = [:]
      for option in question.options {
        for name in Set(([option.id, option.label.en, option.label.zh] + option.aliases)) {
          let key = name.lowercased()
          #expect(seen[key] == nil || seen[key] == option.id, "\(question.id): \(name)")
          seen[key] = option.id
          var profile = try Base.knowledge().newProfile
          guard !name.contains(where: { ",，、;+".contains($0) }) else { continue }
          try profile.set(question.id, name)
        }
      }
    }
  }

  @Test func unknownKeysAndValuesNameTheNearest() throws {
    var profile = try Base.knowledge().newProfile
    let key = #expect(throws: ProfileFault.self) { try profile.set("gpu_memry", "24GB") }
    #expect(key?.diagnosis.hint?.contains("did you mean `gpu_memory`?") == true)
    let value = #expect(throws: ProfileFault.self) { try profile.set("access", "wieghts") }
    #expect(value?.diagnosis.hint?.contains("did you mean `weights`?") == true)
    let range = #expect(throws: ProfileFault.self) { try profile.set("measured_accuracy", "120%") }
    #expect(range?.diagnosis.text.contains("0 to 1") == true)
  }

  @Test func hyphensAndCaseInKeysDoNotMatter() throws {
    let profile = try Base.profile(["GPU-Memory": "24GB"])
    #expect(profile.answered == ["gpu_memory"])
  }

  @Test func filesInYAMLAndJSONAreRead() throws {
    let folder = try Folder()
    try folder.write("problem: [knowledge, format]\nexamples: 1.5k\naccess: ~\n", to: "a.yaml")
    try folder.write(
      #"{"profile": {"problem": "knowledge, format", "examples": 1500}}"#, to: "b.json")
    var first = try Base.knowledge().newProfile
    try first.read(file: folder.url.appendingPathComponent("a.yaml"))
    #expect(first.answer("access") == .unknown)
    #expect(first.answer("problem") == .choices(["knowledge", "format"]))
    var second = try Base.knowledge().newProfile
    try second.read(file: folder.url.appendingPathComponent("b.json"))
    #expect(second.number("examples") == 1500)
    #expect(second.answer("problem") == first.answer("problem"))
  }

  @Test func aFileTellsAllItsFaultsWithTheirPlaces() throws {
    let folder = try Folder()
    try folder.write("exampels: 20\naccess: weights\ntask: cooking\n", to: "p.yaml")
    let file = folder.url.appendingPathComponent("p.yaml")
    var profile = try Base.knowledge().newProfile
    let fault = #expect(throws: ProfileFault.self) { try profile.read(file: file) }
    let text = fault?.diagnosis.text ?? ""
    #expect(text.contains("p.yaml:1:1"))
    #expect(text.contains("did you mean `examples`?"))
    #expect(text.contains("p.yaml:3:7"))
    #expect(profile.answered.isEmpty)
  }

  @Test(arguments: [
    "- a list\n", "a: [", "\u{0}", "x: &a [1]\ny: *b\n", String(repeating: "[", count: 100_000),
    String(repeating: "a:\n", count: 5) + "  : :", "{examples: {a: 1}}", "examples: [[1]]",
  ])
  func hostileFilesAreFaultsAndNeverTraps(text: String) throws {
    var profile = try Base.knowledge().newProfile
    #expect(throws: ProfileFault.self) { try profile.read(text, name: "x") }
  }

  @Test func aliasesThatExplodeAreRefused() throws {
    var text = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n"
    for level in 1...12 {
      let item = "*a\(level - 1)"
      let list = Array(repeating: item, count: 10).joined(separator: ",")
      text += "a\(level): &a\(level) [\(list)]\n"
    }
    var profile = try Base.knowledge().newProfile
    #expect(throws: ProfileFault.self) { try profile.read(text, name: "bomb") }
  }

  @Test func theWalkAsksEveryQuestionAndEnds() throws {
    var profile = try Base.knowledge().newProfile
    var asked = 0
    while let question = profile.nextQuestion, asked < 200 {
      #expect(profile.openQuestions.first == question)
      try profile.set(question.id, to: question.fallback)
      asked += 1
    }
    #expect(asked > 20 && asked <= profile.questionnaire.questions.count)
    try profile.unset("task")
    #expect(profile.nextQuestion?.id == "task")
  }
}
