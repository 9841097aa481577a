import AdaptTestSupport
import Foundation
import Testing

/// `adapt chat` as a script through standard input.
struct ChatScriptTests {
  private static let qwen = ["chat", "--model", "qwen2", "--temperature", "0", "--max-tokens", "8"]
  private static let stories = [
    "chat", "--model", ModelFixture.stories, "--chat-template", "chatml", "--temperature", "0",
    "--max-tokens", "12",
  ]

  private func saved(_ fixture: ModelFixture, _ name: String) throws -> [[String: String]] {
    let text = try String(contentsOfFile: fixture.path(name), encoding: .utf8)
    #expect(text.hasSuffix("\n") && text.split(separator: "\n").count == 1)
    return try json(text)["messages"] as? [[String: String]] ?? []
  }

  @Test func answersLineByLineAndKeepsTheChat() throws {
    let fixture = try ModelFixture()
    let result = try fixture.run(
      Self.stories,
      input: "Hello\n/tokens\n\nAnd then?\n/save chat.jsonl\n/save chat.md\n/quit\nnever\n")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors == "")
    #expect(result.output.contains(" tokens of 512\n"))
    #expect(result.output.contains("Cut after 12 tokens"))
    #expect(!result.output.contains("\u{1B}"))
    let messages = try saved(fixture, "chat.jsonl")
    #expect(messages.compactMap { $0["role"] } == ["user", "assistant", "user", "assistant"])
    #expect(messages[0]["content"] == "Hello")
    let answer = try #require(messages[1]["content"])
    #expect(!answer.isEmpty && result.output.hasPrefix(answer.trimmingCharacters(in: .whitespaces)))
    let markdown = try String(contentsOfFile: fixture.path("chat.md"), encoding: .utf8)
    #expect(markdown.hasPrefix("# stories260K\n\n## user\n\nHello\n\n## assistant\n"))
  }

  @Test func theAnswerIsThatOfGenerate() throws {
    let fixture = try ModelFixture()
    let alone = try fixture.run(
      ["generate", "Hello", "--chat"] + Self.stories.dropFirst())
    let chat = try fixture.run(Self.stories, input: "Hello\n/save a.jsonl\n")
    #expect(alone.status == 0 && chat.status == 0)
    #expect(try saved(fixture, "a.jsonl")[1]["content"] == String(alone.output.dropLast()))
  }

  @Test func resetForgetsAllButTheSystemMessage() throws {
    let fixture = try ModelFixture()
    let result = try fixture.run(
      Self.stories + ["--system", "Be brief."],
      input: "Hello\n/reset\n/save a.jsonl\n/system\n/tokens\n/system Be kind.\n/save b.jsonl\n")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("The chat begins anew."))
    #expect(result.output.contains("0 tokens of 512"))
    #expect(try saved(fixture, "a.jsonl") == [["role": "system", "content": "Be brief."]])
    #expect(try saved(fixture, "b.jsonl") == [["role": "system", "content": "Be kind."]])
  }

  @Test func theSystemMessageIsRead() throws {
    let fixture = try ModelFixture().withQwen()
    let counts = try ["", "/system Say yes and nothing else.\n"].map { system in
      try fixture.run(Self.qwen, input: system + "Hi\n/tokens\n").output
        .split(separator: "\n").last
    }
    #expect(counts[0] != counts[1])
    #expect(counts.allSatisfy { $0?.hasSuffix("tokens of 128") == true })
  }

  @Test func adaptersAreSwitchedInTheSameChat() throws {
    let fixture = try ModelFixture().withQwen()
    func answer(_ input: String, _ more: [String] = []) throws -> (String, String) {
      let result = try fixture.run(Self.qwen + more, input: input + "/save a.jsonl\n")
      #expect(result.status == 0, "\(result.errors)")
      return (try saved(fixture, "a.jsonl").last?["content"] ?? "", result.output)
    }
    let adapter = ["--adapter", ModelFixture.adapter("qwen2")]
    let base = try answer("Hello\n").0
    let adapted = try answer("Hello\n", adapter).0
    #expect(base != adapted)
    let (off, said) = try answer("/adapter off\nHello\n", adapter)
    #expect(off == base)
    #expect(said.contains("Answers now come from qwen2\n"))
    let (on, heard) = try answer("/adapter off\n/adapter on\nHello\n", adapter)
    #expect(on == adapted)
    #expect(heard.contains("Answers now come from qwen2 + adapter_step10\n"))
    #expect(try answer("/adapter adapter_step10\nHello\n", adapter).0 == adapted)
  }

  /// Adapters of runs all lie in folders of one name; the second could not be chosen.
  @Test func adaptersOfOneNameAreCalledByTheirPaths() throws {
    let fixture = try ModelFixture().withQwen()
    for run in ["1", "2"] {
      try FileManager.default.createDirectory(
        atPath: fixture.path("runs/\(run)"), withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: ModelFixture.adapter("qwen2"), toPath: fixture.path("runs/\(run)/adapter"))
    }
    let result = try fixture.run(
      Self.qwen + ["--adapter", "runs/1/adapter", "--adapter", "runs/2/adapter"],
      input: "/adapter runs/2/adapter\n")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("qwen2 + runs/2/adapter"))
  }

  @Test(arguments: [
    ("/sav x", "unknown command `/sav`", "did you mean `/save`?"),
    ("/save", "needs more words", "`/save FILE`"), ("/adapter", "needs more words", "on|off|NAME"),
    ("/adapter on", "no adapter was opened", "--adapter DIR"),
    ("/save /nowhere/x.md", "/nowhere/x.md", "nothing was changed"),
  ])
  func aFaultEndsTheScript(line: String, what: String, hint: String) throws {
    let fixture = try ModelFixture()
    let result = try fixture.run(Self.stories, input: line + "\n/save never.md\n")
    #expect(result.status == 2)
    #expect(result.errors.contains(what), "\(result.errors)")
    #expect(result.errors.contains(hint), "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: fixture.path("never.md")))
  }

  @Test func anUnknownAdapterNamesTheKnownOnes() throws {
    let fixture = try ModelFixture().withQwen()
    let result = try fixture.run(
      Self.qwen + ["--adapter", ModelFixture.adapter("qwen2")], input: "/adapter adapter_step9\n")
    #expect(result.status == 2)
    #expect(result.errors.contains("no adapter is called `adapter_step9`"))
    #expect(result.errors.contains("did you mean `adapter_step10`?"))
  }

  @Test func aFolderWithoutATemplateIsRefusedAtOnce() throws {
    try ModelFixture().expectError(
      ["chat", "--model", ModelFixture.stories], input: "Hello\n", holding: "no chat template",
      "--chat-template")
  }

  /// The oldest messages go, and that is said; the newest question is always read.
  @Test func aChatLongerThanTheContextLosesItsOldestMessages() throws {
    let fixture = try ModelFixture()
    let long = Array(repeating: "Once upon a time there was a little girl.", count: 8)
    let lines = Array(repeating: long.joined(separator: " "), count: 5).joined(separator: "\n")
    let result = try fixture.run(Self.stories, input: lines + "\n")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("of the oldest messages no longer fit the context"))
    let tooLong = try fixture.run(
      Self.stories, input: Array(repeating: lines, count: 5).joined(separator: " ") + "\n")
    #expect(tooLong.status == 0 || tooLong.errors.contains("does not fit the model's context"))
  }

  @Test func itSpeaksChinese() throws {
    let fixture = try ModelFixture()
    let result = try fixture.run(Self.stories + ["--lang", "zh"], input: "你好\n/reset\n")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("对话已重新开始。"))
  }
}

/// `adapt chat` on a terminal.
@Suite(.serialized)
struct ChatTerminalTests {
  private func started(
    _ fixture: ModelFixture, _ more: [String] = [], environment changes: [String: String] = [:]
  ) throws -> PseudoTerminal {
    let terminal = try PseudoTerminal(
      fixture.command.binary,
      ["chat", "--model", "stories", "--chat-template", "chatml", "--temperature", "0"] + more,
      in: fixture.command.folder,
      environment: fixture.command.environment.merging(changes) { $1 })
    try terminal.expect("Talking with stories.")
    try terminal.expect("› ")
    return terminal
  }

  @Test func answersStreamAndControlDLeaves() throws {
    let fixture = try ModelFixture().withStories()
    let terminal = try started(fixture, ["--max-tokens", "30"])
    terminal.sendLine("Once upon a time")
    try terminal.expect("Cut after 30 tokens")
    try terminal.expect("› ")
    terminal.sendLine("/tokns")
    try terminal.expect("did you mean /tokens?")
    terminal.send("/tok\t")
    try terminal.expect("/tokens ")
    terminal.send("\r")
    try terminal.expect(" tokens of 512")
    try terminal.expect("› ")
    terminal.send("\u{04}")
    #expect(try terminal.wait() == 0)
    let again = try started(fixture)
    again.send("\u{1B}[A")
    try again.expect("/tokens")
    again.send("\u{1B}[A\u{1B}[A")
    try again.expect("Once upon a time")
    again.send("\u{03}")
    try again.expect("› ")
    again.sendLine("/quit")
    #expect(try again.wait() == 0)
  }

  /// What was said until Ctrl-C stays in the chat, and the chat goes on.
  @Test func controlCStopsTheAnswerAndNotTheChat() throws {
    let fixture = try ModelFixture().withStories()
    try fixture.edit(
      "stories/config.json", ["max_position_embeddings": 1_000_000, "eos_token_id": nil])
    try fixture.edit("stories/tokenizer_config.json", ["eos_token": nil])
    let terminal = try started(fixture, ["--max-tokens", "100000000"])
    terminal.sendLine("Tell me of Lily.")
    try terminal.expect("\n")
    try terminal.expect(" the ")
    terminal.send("\u{03}")
    try terminal.expect("! ")
    try terminal.expect("› ")
    terminal.sendLine("/save kept.jsonl")
    try terminal.expect("Chat written to kept.jsonl")
    try terminal.expect("› ")
    terminal.send("\u{04}")
    #expect(try terminal.wait() == 0)
    let text = try String(contentsOfFile: fixture.path("kept.jsonl"), encoding: .utf8)
    let messages = try json(text)["messages"] as? [[String: String]]
    #expect(messages?.compactMap { $0["role"] } == ["user", "assistant"])
  }

  @Test func noWordIsCutAtTheEdge() throws {
    let fixture = try ModelFixture().withStories()
    let terminal = try started(fixture, ["--max-tokens", "120"])
    terminal.sendLine("Once upon a time")
    let seen = try terminal.expect("Cut after 120 tokens")
    let lines = seen.split(whereSeparator: \.isNewline).dropFirst()
    #expect(lines.count > 3)
    #expect(lines.allSatisfy { $0.count <= 80 })
    try terminal.expect("› ")
    terminal.send("\u{04}")
    #expect(try terminal.wait() == 0)
  }

  @Test func coloursOnlyWhereTheyAreWanted() throws {
    let fixture = try ModelFixture().withStories()
    #expect(try started(fixture).raw.contains("\u{1B}[36m"))
    let plain = try started(fixture, environment: ["NO_COLOR": "1"])
    #expect(!plain.raw.contains("\u{1B}[36m") && !plain.raw.contains("\u{1B}[2m"))
  }
}
