import AdaptAssistant
import AdaptGuidance
import AdaptSystem
import AdaptTestSupport
import Testing

/// A chat as a value: what each line does, and what stays of it.
struct ChatSessionTests {
  private func chat(_ language: Language = .en, system: String? = nil) throws -> ChatSession {
    ChatSession(phrases: try WalkFixture.knowledge.get().dialogue(language), system: system)
  }

  @Test func aLineIsAMessageAndABlankOneNothing() throws {
    var chat = try chat(system: "Be brief.")
    #expect(chat.take("  \n").action == nil)
    #expect(chat.take("  Hello  ").action == .answer)
    chat.answered("Hi.")
    #expect(
      chat.messages == [
        ChatMessage(.system, "Be brief."), ChatMessage(.user, "Hello"),
        ChatMessage(.assistant, "Hi."),
      ])
  }

  /// Templates want user and assistant by turns; a blank answer was kept and broke that.
  @Test(arguments: ["", " ", "\n\n"])
  func aBlankAnswerTakesItsQuestionWithIt(answer: String) throws {
    var chat = try chat()
    _ = chat.take("Hello")
    chat.answered(answer)
    #expect(chat.messages.isEmpty)
    chat.forgetQuestion()
    #expect(chat.messages.isEmpty)
  }

  @Test func everyCommandIsListedExplainedAndTaken() throws {
    for language in Language.allCases {
      var chat = try chat(language)
      let help = BlockRenderer(width: 80, painter: .plain).render(chat.take("/help").blocks)
      #expect(!help.contains("«"))
      for name in ChatSession.commands {
        #expect(help.contains(name))
        for case .fault(let fault) in chat.take(name).blocks {
          #expect(!fault.what.contains(name), "\(name) is unknown")
        }
      }
    }
  }

  @Test func fileNamesMayHoldSpaces() throws {
    var chat = try chat()
    #expect(chat.take("/save 'my chat.md'").action == .save("my chat.md"))
    #expect(chat.take("/save chat.md").action == .save("chat.md"))
    #expect(chat.take("/adapter off").action == .adapter(.off))
    #expect(chat.take("/adapter my-run").action == .adapter(.named("my-run")))
  }

  @Test func transcriptsReadBack() {
    let messages = [ChatMessage(.user, "你好 \"x\"\n"), ChatMessage(.assistant, "/yes\u{1}")]
    let transcript = ChatTranscript(messages: messages, model: "tiny")
    let expected =
      #"{"messages":[{"content":"你好 \"x\"\n","role":"user"},"#
      + #"{"content":"/yes\u0001","role":"assistant"}]}"# + "\n"
    #expect(transcript.json == expected)
    #expect(transcript.markdown.hasPrefix("# tiny\n\n## user\n\n你好"))
  }
}
