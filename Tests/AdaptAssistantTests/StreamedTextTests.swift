import AdaptAssistant
import AdaptSystem
import Testing

/// Text laid out while it comes: the same whatever pieces it comes in.
struct StreamedTextTests {
  private func shown(_ pieces: [String], width: Int?) -> String {
    var text = StreamedText(width: width)
    return pieces.map { text.add($0) }.joined() + text.finish()
  }

  private static let story =
    "\n  Once upon a time, there was a little girl named Lily.\n\n  She loved to play outside.  \n \n"
  private static let chinese = "微调改变模型的行为，检索带来新的知识。LoRA 只训练很少的参数，因此便宜。"

  @Test(arguments: [story, chinese, "e\u{301}te\u{301} end", "", " \n "], [nil, 10, 21, 80])
  func piecesDoNotMatter(text: String, width: Int?) {
    let whole = shown([text], width: width)
    #expect(shown(text.unicodeScalars.map { String($0) }, width: width) == whole)
    for size in [2, 3, 7] {
      let characters = Array(text)
      let pieces = stride(from: 0, to: characters.count, by: size).map {
        String(characters[$0..<min($0 + size, characters.count)])
      }
      #expect(shown(pieces, width: width) == whole)
    }
  }

  @Test func blankEndsAreNotShown() {
    #expect(shown([Self.story], width: nil).hasPrefix("Once"))
    #expect(shown([Self.story], width: nil).hasSuffix("outside."))
    #expect(shown(["\n", " ", "\n\n"], width: 40) == "")
  }

  @Test func withoutAWidthLinesAreAsTheyCome() {
    let text = "a  b\n\n   c " + String(repeating: "word ", count: 100) + "end"
    #expect(shown([text], width: nil) == text)
  }

  @Test(arguments: [12, 20, 33, 80])
  func noLineIsWiderThanTheTerminal(width: Int) {
    for text in [Self.story, Self.chinese] {
      let lines = shown([text], width: width).split(separator: "\n")
      for line in lines {
        #expect(DisplayWidth.columns(of: line) <= width, "\(line)")
        #expect(!"，。".contains(line.first ?? "x"), "a full stop begins a line: \(line)")
      }
    }
  }

  @Test func wordsStayWhole() {
    let words = Self.story.split(whereSeparator: \.isWhitespace)
    let lines = shown([Self.story], width: 16)
    #expect(lines.split(whereSeparator: \.isWhitespace) == words)
    #expect(lines.contains("time, there was\na little girl"))
  }

  @Test func aWordLongerThanALineIsLeftToTheTerminal() {
    let long = String(repeating: "x", count: 50)
    #expect(shown(["a " + long + " b"], width: 20) == "a\n" + long + " b")
  }
}
