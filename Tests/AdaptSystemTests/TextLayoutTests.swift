import AdaptSystem
import Testing

/// Widths and line breaks: what makes columns of Chinese and Latin line up.
struct TextLayoutTests {
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

  @Test func aLineWithoutALimitStaysWhole() {
    let text = String(repeating: "word 词 ", count: 50) + "end"
    #expect(LineWrap.lines(text, width: .max, first: "  ") == ["  " + text])
  }

  @Test func padsByColumns() {
    #expect(DisplayWidth.pad("模型", to: 6) == "模型  ")
    #expect(DisplayWidth.pad("longer", to: 3) == "longer")
  }
}
