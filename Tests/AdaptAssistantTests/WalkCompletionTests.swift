import AdaptAssistant
import AdaptGuidance
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
    #expect(try walk().completion(before: "", word: "/rec") == .words(["/recommend"], suffix: " "))
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

/// Widths and line breaks: what makes columns of Chinese and Latin line up.
struct WalkLayoutTests {
  @Test(arguments: [
    ("abc", 3), ("模型", 4), ("LoRA微调", 8), ("é", 1), ("e\u{301}", 1), ("！", 2), ("ｱ", 1),
    ("👍", 2), ("👨‍👩‍👧", 2), ("❤\u{FE0F}", 2), ("한", 2), ("", 0), ("\u{200B}", 0), ("𠀀", 2),
  ])
  func columns(text: String, columns: Int) {
    #expect(DisplayWidth.columns(of: text) == columns)
  }

  @Test func truncatesByColumns() {
    #expect(DisplayWidth.truncate("上下文学习", to: 7) == "上下文…")
    #expect(DisplayWidth.truncate("short", to: 7) == "short")
    #expect(DisplayWidth.truncate("abc", to: 0) == "")
  }

  @Test func breaksLatinAtSpacesAndChineseAnywhere() {
    #expect(LineWrap.lines("one two three", width: 9) == ["one two", "three"])
    #expect(LineWrap.lines("检索增强生成模型", width: 8) == ["检索增强", "生成模型"])
    #expect(LineWrap.lines("用 LoRA 微调模型", width: 9) == ["用 LoRA", "微调模型"])
  }

  @Test func noLineStartsWithClosingPunctuation() {
    for line in LineWrap.lines("检索增强，生成模型。微调（低秩）模型", width: 8) {
      #expect(!"，。）".contains(line.first ?? " "))
      #expect(!"（".contains(line.last ?? " "))
    }
  }

  @Test func noLineIsWiderThanAsked() {
    let text = "LoRA 只训练低秩矩阵，so the base weights stay frozen；averyveryverylongword 结束。"
    for width in 8...60 {
      let lines = LineWrap.lines(text, width: width, first: "  • ")
      for line in lines { #expect(DisplayWidth.columns(of: line) <= width, "\(width): \(line)") }
      let joined = lines.map { $0.dropFirst(4) }.joined().filter { !$0.isWhitespace }
      #expect(joined == text.filter { !$0.isWhitespace })
    }
  }

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
