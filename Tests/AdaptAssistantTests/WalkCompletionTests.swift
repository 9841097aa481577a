import AdaptAssistant
import AdaptGuidance
import AdaptSystem
import AdaptTestSupport
import Testing

struct WalkCompletionTests {
  private func walk() throws -> Walk {
    var walk = try WalkFixture.walk()
    _ = walk.start()
    return walk
  }

  @Test func offersValuesAndCommandsAtTheStart() throws {
    #expect(
      try walk().completion(before: "", word: "cl")
        == .words(["classification", "clear"], suffix: " "))
    #expect(try walk().completion(before: "", word: "/reco") == .words(["/recommend"], suffix: " "))
  }

  @Test func offersKeysThenValues() throws {
    #expect(try walk().completion(before: "set ", word: "ex") == .words(["examples"], suffix: " "))
    #expect(
      try walk().completion(before: "set citations ", word: "")
        == .words(["yes", "no", "unknown"], suffix: " "))
    #expect(
      try walk().completion(before: "what-if ", word: "ci") == .words(["citations"], suffix: "="))
    #expect(
      try walk().completion(before: "what-if citations=", word: "y") == .words(["yes"], suffix: " ")
    )
  }

  @Test func offersPathsWhereFilesAreWanted() throws {
    for command in ["index ", "load ", "save ", "index a b "] {
      #expect(try walk().completion(before: command, word: "d") == .paths)
    }
  }

  @Test func offersCardsFactsAndTopics() throws {
    #expect(try walk().completion(before: "card ", word: "l") == .words(["lora"], suffix: " "))
    #expect(
      try walk().completion(before: "facts ", word: "study-2023.r")
        == .words(["study-2023.rag"], suffix: " "))
    #expect(try walk().completion(before: "help ", word: "tok") == .words(["token"], suffix: " "))
    #expect(try walk().completion(before: "ask what ", word: "i") == WalkCompletion.none)
  }
}

/// What is shown on a terminal: no foreign commands, one line of progress.
struct WalkLayoutTests {
  @Test func outsideTextCannotCommandTheTerminal() {
    #expect(Painter.sanitised("a\u{1B}[2Jb\u{9B}c\td\n") == "a\u{FFFD}[2Jb\u{FFFD}c\td\n")
  }

  @Test func progressShowsRateAndTimeLeft() {
    let meter = ProgressMeter(label: "indexing", unit: "files", done: 30, total: 120, elapsed: 3)
    #expect(meter.line(width: 80).hasSuffix("25%  30/120 files · 10/s · 9 s left"))
    for width in 1...100 { #expect(DisplayWidth.columns(of: meter.line(width: width)) <= width) }
    #expect(ProgressMeter.duration(125) == "2 min 05 s")
    #expect(ProgressMeter.duration(7800) == "2 h 10 min")
  }
}
