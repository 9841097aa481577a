import AdaptAssistant
import AdaptGuidance
import AdaptSystem
import AdaptTestSupport
import Foundation
import Testing

/// Answering: every way to say the same thing, and what is said to what does not fit.
struct WalkAnswerTests {
  @Test(arguments: ["2", "classification", "classify texts", "文本分类", "classify", " 2 "])
  func takesNumberIdLabelOrAlias(line: String) throws {
    var walk = try WalkFixture.walk()
    _ = walk.start()
    let turn = walk.reply(to: line)
    #expect(turn.fault == nil)
    #expect(walk.state.answers["task"] == "classification")
  }

  @Test(arguments: ["1,3", "1 3", "1、3", "knowledge, format", "format，knowledge"])
  func takesSeveralChoices(line: String) throws {
    var walk = try WalkFixture.walk()
    _ = walk.start()
    _ = walk.reply(to: "1")
    let turn = walk.reply(to: line)
    #expect(turn.fault == nil)
    #expect(walk.state.answers["problem"] == "knowledge, format")
  }

  @Test(arguments: ["?", "？", "unknown", "不知道"])
  func takesDontKnow(line: String) throws {
    var walk = try WalkFixture.walk()
    _ = walk.start()
    _ = walk.reply(to: line)
    #expect(walk.state.answers["task"] == "unknown")
  }

  @Test func enterTakesTheDefault() throws {
    var walk = try WalkFixture.walk()
    _ = walk.start()
    let turn = walk.reply(to: "")
    #expect(walk.state.answers["task"] == "question-answering")
    #expect(turn.text.hasPrefix("✓ task: answer questions\n"))
  }

  @Test func aNumberQuestionTakesItsNumberAndNotAChoice() throws {
    var walk = try WalkFixture.walk()
    _ = walk.start()
    for line in ["2", "1"] { _ = walk.reply(to: line) }
    _ = walk.reply(to: "2")
    #expect(walk.state.answers["examples"] == "2")
  }

  @Test func aNumberOutsideTheListIsAFaultAndChangesNothing() throws {
    var walk = try WalkFixture.walk()
    _ = walk.start()
    let turn = walk.reply(to: "7")
    #expect(turn.fault?.what == "there is no choice 7: the list has 1 to 2")
    #expect(walk.state.answers.isEmpty)
  }

  @Test func namesTheNearestValue() throws {
    var walk = try WalkFixture.walk()
    _ = walk.start()
    let fault = try #require(walk.reply(to: "clasification").fault)
    #expect(fault.hint?.contains("`classification`") == true)
  }

  @Test func namesTheNearestCommandWhereAnAnswerIsWanted() throws {
    var walk = try WalkFixture.walk()
    _ = walk.start()
    let fault = try #require(walk.reply(to: "recomend").fault)
    #expect(fault.hint?.contains("`recommend`") == true)
  }

  @Test func namesTheNearestQuestion() throws {
    var walk = try WalkFixture.walk()
    _ = walk.start()
    let fault = try #require(walk.reply(to: "set exampels 5").fault)
    #expect(fault.what.contains("exampels"))
    #expect(fault.hint?.contains("`examples`") == true)
  }

  @Test func aNumberOutOfRangeSaysTheRange() throws {
    var walk = try WalkFixture.walk()
    _ = walk.start()
    let fault = try #require(walk.reply(to: "set examples 2M").fault)
    #expect(fault.hint?.contains("1M") == true)
  }

  @Test(arguments: [
    "set examples 500", "set examples=500", "examples=500", "set examples = 500",
    "/set examples 500", "设置 examples 500",
  ])
  func setsInAnyOrder(line: String) throws {
    var walk = try WalkFixture.walk()
    _ = walk.start()
    let turn = walk.reply(to: line)
    #expect(turn.fault == nil)
    #expect(walk.state.answers == ["examples": "500"])
  }

  @Test func setsSeveralAtOnce() throws {
    var walk = try WalkFixture.walk()
    _ = walk.start()
    _ = walk.reply(to: "set examples=500 task=qa problem=knowledge, format")
    #expect(
      walk.state.answers == [
        "examples": "500", "task": "question-answering", "problem": "knowledge, format",
      ])
  }

  @Test func asksOnlyWhatTheConditionsAllow() throws {
    var walk = try WalkFixture.walk()
    _ = walk.start()
    _ = walk.reply(to: "classification")
    _ = walk.reply(to: "?")
    let last = walk.reply(to: "500")
    #expect(!last.text.contains("name its source"))
    #expect(walk.prompt == "adapt")
  }

  @Test func backTakesTheLastAnswerBack() throws {
    var walk = try WalkFixture.walk()
    _ = walk.start()
    _ = walk.reply(to: "1")
    let turn = walk.reply(to: "back")
    #expect(walk.state.answers.isEmpty)
    #expect(walk.prompt == "1/3")
    #expect(turn.text.contains("What should the model do?"))
    #expect(walk.reply(to: "back").fault == nil)
  }

  @Test func skipLeavesOpenAndBackAsksAgain() throws {
    var walk = try WalkFixture.walk()
    _ = walk.start()
    let turn = walk.reply(to: "skip")
    #expect(turn.text.contains("What is wrong with the answers today?"))
    #expect(walk.state.skipped == ["task"])
    _ = walk.reply(to: "back")
    #expect(walk.state.skipped.isEmpty)
    #expect(walk.prompt.hasPrefix("1/"))
  }

  @Test func aSkippedQuestionCanBeSetLater() throws {
    var walk = try WalkFixture.walk()
    _ = walk.start()
    _ = walk.reply(to: "skip")
    _ = walk.reply(to: "set task qa")
    #expect(walk.state.skipped.isEmpty)
    #expect(walk.state.answers["task"] == "question-answering")
  }
}

/// Free order: commands, plain sentences, several pasted lines.
struct WalkLineTests {
  @Test func pastedCommandsRunOneByOne() throws {
    var walk = try WalkFixture.walk()
    _ = walk.start()
    let turn = walk.reply(to: "set task=qa\nexamples=500\nset citations yes")
    #expect(turn.fault == nil)
    #expect(walk.state.order == ["task", "examples", "citations"])
  }

  @Test func aFaultEndsAPaste() throws {
    var walk = try WalkFixture.walk()
    _ = walk.start()
    let turn = walk.reply(to: "set task=qa\nset examples=many\nset citations yes")
    #expect(turn.fault != nil)
    #expect(walk.state.order == ["task"])
  }

  @Test func aPastedTextIsOneQuestion() throws {
    var walk = try WalkFixture.walk(hasDocuments: true)
    _ = walk.start()
    let turn = walk.reply(to: "what is the rank\nof the update?")
    #expect(turn.action == .ask("what is the rank of the update?"))
  }

  @Test func aSentenceIsAQuestionOnceDocumentsAreIndexed() throws {
    var walk = try WalkFixture.walk(hasDocuments: true)
    _ = walk.start()
    #expect(walk.reply(to: "how long is the notice period").action != nil)
    #expect(walk.reply(to: "通知期限是多长时间").action == .ask("通知期限是多长时间"))
    #expect(walk.reply(to: "classify texts").action == nil)
    #expect(walk.state.answers["task"] == "classification")
  }

  @Test func aSentenceThatStartsLikeACommandIsASentence() throws {
    var walk = try WalkFixture.walk(hasDocuments: true)
    _ = walk.start()
    #expect(walk.reply(to: "why do we need citations?").action == .ask("why do we need citations?"))
    #expect(walk.reply(to: "show me the notice period").action != nil)
    #expect(
      walk.reply(to: "set up of the first meeting").action == .ask("set up of the first meeting"))
  }

  @Test func aQuestionWithoutDocumentsSaysSo() throws {
    var walk = try WalkFixture.walk()
    _ = walk.start()
    let fault = try #require(walk.reply(to: "how long is the notice period?").fault)
    #expect(fault.hint?.contains("`index PATH`") == true)
  }

  @Test func indexWithoutAPathAsksForIt() throws {
    var walk = try WalkFixture.walk()
    _ = walk.start()
    let turn = walk.reply(to: "index")
    #expect(turn.action == nil)
    #expect(walk.prompt == "path")
    #expect(walk.reply(to: "'my docs' other").action == .index(["my docs", "other"]))
  }

  @Test func quotedWordsStayTogether() {
    #expect(ShellWords.split(#"a "b c" d\ e 'f"g' h\"#) == ["a", "b c", "d e", "f\"g", "h\\"])
    #expect(ShellWords.split("  ") == [])
    #expect(ShellWords.split("\"open quote") == ["open quote"])
  }

  @Test func everyCommandHasItsWordsInBothLanguages() throws {
    let knowledge = try WalkFixture.knowledge.get()
    for language in Language.allCases {
      let phrases = knowledge.dialogue(language)
      for command in WalkCommand.allCases {
        for group in ["usage", "brief", "help"] {
          #expect(phrases.has("\(group).\(command.rawValue)"), "\(group).\(command) \(language)")
        }
      }
    }
  }

  /// The words that code asks for are there: keys are found in the sources themselves.
  @Test func everyPhraseOfTheSourcesExists() throws {
    let phrases = try WalkFixture.knowledge.get().dialogue(.en)
    let folder = Binary.root.appendingPathComponent("Sources/AdaptAssistant/Walk").path
    var keys: Set<String> = []
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
      let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
      for match in text.matches(of: /(?:say|phrases)\(\s*"([a-z_.]+)"/) {
        keys.insert(String(match.output.1))
      }
    }
    #expect(keys.count > 40)
    for key in keys.sorted() { #expect(phrases.has(key), "\(key)") }
  }
}
