import AdaptAssistant
import AdaptGuidance
import AdaptSystem
import AdaptTestSupport
import Foundation
import Testing

/// Keeping and taking up the walk; files it writes and reads.
struct WalkStateTests {
  @Test func resumesWhereItStopped() throws {
    let scratch = try ScratchFolder()
    let path = scratch.path("deep/er/walk.json")
    var walk = try WalkFixture.walk()
    _ = walk.start()
    for line in ["qa", "skip", "500"] { _ = walk.reply(to: line) }
    try walk.state.write(to: path)
    var again = try WalkFixture.walk()
    let turn = again.start(resuming: try WalkState.read(from: path))
    #expect(again.state == walk.state)
    #expect(turn.text.contains("Must every answer name its source?"))
    #expect(again.prompt == walk.prompt)
  }

  @Test func noFileIsNoWalk() throws {
    #expect(try WalkState.read(from: "/nonexistent/walk.json") == nil)
  }

  @Test(arguments: ["", "{", "[]", "{\"schema\":\"adapt.walk/9\"}", "\u{0}\u{1}"])
  func aDamagedFileIsNamed(content: String) throws {
    let scratch = try ScratchFolder()
    let path = scratch.path("walk.json")
    try Data(content.utf8).write(to: URL(fileURLWithPath: path))
    #expect(throws: WalkFault.damagedState(path: path)) { try WalkState.read(from: path) }
  }

  @Test func aHugeFileIsNotRead() throws {
    let scratch = try ScratchFolder()
    let path = scratch.path("walk.json")
    try Data(count: 2 << 20).write(to: URL(fileURLWithPath: path))
    #expect(throws: FileFault.self) { try WalkState.read(from: path) }
  }

  @Test func answersThatNoLongerFitAreNamedAndLeftOpen() throws {
    var state = WalkState()
    state.answers = ["task": "qa", "examples": "many", "gone": "1"]
    var walk = try WalkFixture.walk()
    let turn = walk.start(resuming: state)
    #expect(walk.state.answers == ["task": "question-answering"])
    #expect(turn.text.contains("examples=many, gone=1"))
  }

  @Test(arguments: ["team.yaml", "team.json"])
  func aSavedProfileLoads(name: String) throws {
    let scratch = try ScratchFolder()
    var walk = try WalkFixture.walk()
    _ = walk.start()
    _ = walk.reply(to: "set examples=500 task=qa problem=knowledge, format citations=unknown")
    let path = scratch.path(name)
    #expect(walk.reply(to: "save \(path)").fault == nil)
    var other = try WalkFixture.walk()
    _ = other.start()
    let turn = other.reply(to: "load \(path)")
    #expect(turn.fault == nil, "\(turn.text)")
    #expect(other.state.answers == walk.state.answers)
  }

  @Test func aRecordIsSavedIntoTheReports() throws {
    let scratch = try ScratchFolder()
    var walk = try WalkFixture.walk(reports: scratch.path("reports"))
    _ = walk.start()
    #expect(walk.reply(to: "save").fault == nil)
    let text = try String(contentsOfFile: scratch.path("reports/decision.md"), encoding: .utf8)
    #expect(text.hasPrefix("#"))
  }

  @Test func aRecordIsNeverWrittenOverAnother() throws {
    let scratch = try ScratchFolder()
    var walk = try WalkFixture.walk(reports: scratch.path("reports"))
    _ = walk.start()
    for _ in 0..<3 { #expect(walk.reply(to: "save").fault == nil) }
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path("reports"))
    #expect(names.sorted() == ["decision-2.md", "decision-3.md", "decision.md"])
  }

  @Test func whatCannotBeWrittenIsAFault() throws {
    var walk = try WalkFixture.walk()
    _ = walk.start()
    #expect(walk.reply(to: "save /proc/nowhere/x.md").fault != nil)
    #expect(walk.reply(to: "load /nonexistent.yaml").fault != nil)
  }
}

/// The advice inside the walk.
struct WalkAdviceTests {
  private func advised(_ language: Language = .en) throws -> Walk {
    var walk = try WalkFixture.walk(language)
    _ = walk.start()
    _ = walk.reply(to: "set task=qa problem=knowledge examples=20 citations=yes")
    return walk
  }

  @Test func theLastAnswerBringsTheAdviceAndTheNextActions() throws {
    var walk = try WalkFixture.walk()
    _ = walk.start()
    for line in ["qa", "knowledge", "20"] { _ = walk.reply(to: line) }
    let turn = walk.reply(to: "yes")
    #expect(turn.text.contains("retrieval"))
    #expect(turn.text.contains("What next?"))
    #expect(walk.prompt == "adapt")
  }

  @Test func aNumberTakesANextAction() throws {
    var walk = try advised()
    _ = walk.reply(to: "recommend")
    _ = walk.reply(to: "1")
    #expect(walk.prompt == "path")
    #expect(walk.reply(to: "docs").action == .index(["docs"]))
  }

  @Test func enterTakesTheFirstActionRightAfterTheAdviceOnly() throws {
    var walk = try advised()
    _ = walk.reply(to: "recommend")
    _ = walk.reply(to: "")
    #expect(walk.prompt == "path")
    #expect(walk.reply(to: "").text.contains("Nothing was indexed"))
    #expect(walk.prompt == "adapt")
    #expect(walk.reply(to: "").text.contains("`recommend` shows the advice"))
    #expect(walk.prompt == "adapt")
  }

  @Test func whySaysWhichAnswerWouldChangeTheAdvice() throws {
    var walk = try WalkFixture.walk()
    _ = walk.start()
    _ = walk.reply(to: "qa")
    let turn = walk.reply(to: "why citations")
    #expect(turn.text.contains("This answer would change it"))
    #expect(turn.text.contains("retrieval"))
  }

  @Test func whatIfChangesNothing() throws {
    var walk = try advised()
    let before = walk.state
    let turn = walk.reply(to: "what-if citations=no")
    #expect(turn.fault == nil)
    #expect(turn.text.contains("unchanged"))
    #expect(walk.state.answers == before.answers)
  }

  @Test func aChangedAnswerShowsWhatItChanges() throws {
    var walk = try advised()
    _ = walk.reply(to: "recommend")
    let turn = walk.reply(to: "set citations no")
    #expect(turn.text.contains("citations: no"))
    #expect(turn.text.contains("in-context learning"))
  }

  @Test func cardsAndFactsAreShown() throws {
    var walk = try advised(.zh)
    #expect(walk.reply(to: "card rag").text.contains("它改变什么"))
    #expect(walk.reply(to: "RAG").text.contains("它改变什么"))
    #expect(walk.reply(to: "facts study-2023.tuned").text.contains("未经我们核对"))
    #expect(walk.reply(to: "card rog").fault?.hint?.contains("`rag`") == true)
    #expect(walk.reply(to: "help token").text.contains("词元"))
  }
}
