import AdaptTestSupport
import Foundation
import Testing

/// `adapt generate`: where the text comes from, what comes out, and every option that changes it.
struct GenerateTests {
  private static let start = "Once upon a time"
  private static let greedy = ["--model", ModelFixture.stories, "--temperature", "0"]

  @Test func theLikeliestTokensTellThePublishedStory() throws {
    let result = try ModelFixture().run(
      ["generate", Self.start, "--max-tokens", "150"] + Self.greedy)
    #expect(result.status == 0)
    #expect(result.errors == "")
    #expect(result.output.hasSuffix("\n"))
    let told = Self.start + result.output.dropLast()
    #expect(told.count > 300)
    #expect(try ModelFixture.publishedStory().hasPrefix(told))
  }

  @Test func standardInputIsTheSameAsTheArgument() throws {
    let fixture = try ModelFixture()
    let argument = try fixture.run(
      ["generate", Self.start, "--max-tokens", "20"] + Self.greedy)
    let input = try fixture.run(
      ["generate", "--max-tokens", "20"] + Self.greedy, input: Self.start)
    #expect(input.output == argument.output)
    #expect(input.status == 0)
  }

  @Test func jsonTellsEveryTokenWithItsProbability() throws {
    let object = try ModelFixture().object(
      ["generate", Self.start, "--max-tokens", "8", "--top-logprobs", "3"] + Self.greedy)
    #expect(object["schema"] as? String == "adapt.generate/1")
    #expect(object["model"] as? String == "stories260K")
    #expect(object["prompt"] as? String == Self.start)
    #expect(object["finish"] as? String == "length")
    #expect(object.number("prompt_tokens") == 5)
    #expect(object["decode_tokens_per_second"] is Double)
    let tokens = object.objects("tokens")
    #expect(tokens.map { $0.number("id") } == [432, 383, 286, 261, 376, 298, 315, 421])
    for token in tokens {
      let top = token.objects("top")
      #expect(top.count == 3)
      #expect(top.first?.number("id") == token.number("id"))
      let chosen = try #require(token["logprob"] as? Double)
      #expect(chosen <= 0)
      #expect(top.first?["logprob"] as? Double == chosen)
      let list = top.compactMap { $0["logprob"] as? Double }
      #expect(list == list.sorted(by: >))
    }
  }

  /// The decoder drops the space at the beginning of a text, and so did the words of single tokens.
  @Test func theWordsOfTheTokensMakeTheText() throws {
    let object = try ModelFixture().object(
      ["generate", Self.start, "--max-tokens", "40"] + Self.greedy)
    let words = object.objects("tokens").compactMap { $0["text"] as? String }.joined()
    #expect(words == object["text"] as? String)
    #expect(words.hasPrefix(", there was"))
  }

  @Test func aFileOfPromptsGivesALineForEachAsIfAlone() throws {
    let fixture = try ModelFixture()
    let prompts = ["Once upon a time", "The cat", "Lily and her mom went to the park. One day"]
    // 20 texts are more than are continued at once; only a line feed ends a text.
    let many = (0..<20).map { prompts[$0 % 3] }
    try fixture.command.scratch.write(
      many.joined(separator: "\r\n") + "\n\n", to: "work/cases.txt")
    let result = try fixture.run(
      ["generate", "--prompts", "cases.txt", "--max-tokens", "12", "--json"] + Self.greedy)
    #expect(result.status == 0, "\(result.errors)")
    let lines = try result.output.split(separator: "\n").map { try json(String($0)) }
    #expect(lines.compactMap { $0["prompt"] as? String } == many)
    for (prompt, line) in zip(prompts, lines) {
      let alone = try fixture.object(["generate", prompt, "--max-tokens", "12"] + Self.greedy)
      #expect(line["text"] as? String == alone["text"] as? String)
      #expect(line.number("prompt_tokens") == alone.number("prompt_tokens"))
    }
  }

  @Test func aStopTextEndsItAndIsNotShown() throws {
    let fixture = try ModelFixture()
    let object = try fixture.object(
      ["generate", Self.start, "--stop", "nobody", "--stop", "Lily"] + Self.greedy)
    #expect(object["text"] as? String == ", there was a little girl named ")
    #expect(object["finish"] as? String == "stop string")
  }

  @Test func theSameSeedGivesTheSameText() throws {
    let fixture = try ModelFixture()
    func told(_ seed: String, _ temperature: String = "1") throws -> String {
      try fixture.run(
        [
          "generate", Self.start, "--model", ModelFixture.stories, "--temperature", temperature,
          "--seed", seed, "--max-tokens", "40",
        ]
      ).output
    }
    let first = try told("7")
    #expect(first == (try told("7")))
    #expect(first != (try told("8")))
    #expect(try told("7", "0") == told("8", "0"))
  }

  @Test func theFiltersOfTheLikeliestTokenAreAllTheSame() throws {
    let fixture = try ModelFixture()
    let likeliest = try fixture.tokens([Self.start, "--model", ModelFixture.stories])
    for filter in [["--top-k", "1"], ["--top-p", "0.0001"], ["--min-p", "1"]] {
      let object = try fixture.object(
        [
          "generate", Self.start, "--model", ModelFixture.stories, "--temperature", "1",
          "--max-tokens", "16",
        ] + filter)
      #expect(object.objects("tokens").compactMap { $0.number("id") } == likeliest, "\(filter)")
    }
  }

  @Test func theLengthIsBounded() throws {
    let fixture = try ModelFixture()
    #expect(
      try fixture.object(["generate", Self.start, "--max-tokens", "3"] + Self.greedy)
        .objects("tokens").count == 3)
    let whole = try fixture.object(
      ["generate", Self.start, "--max-tokens", "100000"] + Self.greedy)
    #expect(whole["finish"] as? String == "context")
    #expect(whole.objects("tokens").count == 512 - 5)
  }

  @Test(arguments: [("int8", 0.98), ("nf4", 0.5)])
  func roundedWeightsTellNearlyTheSame(form: String, least: Double) throws {
    let fixture = try ModelFixture()
    let whole = try fixture.object(["generate", Self.start, "--max-tokens", "1"] + Self.greedy)
    let rounded = try fixture.object(
      ["generate", Self.start, "--max-tokens", "1", "--quantize", form] + Self.greedy)
    func probability(_ object: [String: Any]) throws -> Double {
      exp(try #require(object.objects("tokens").first?["logprob"] as? Double))
    }
    #expect(try probability(rounded) != probability(whole))
    #expect(try probability(rounded) >= least * probability(whole))
  }

  @Test func anAdapterChangesTheText() throws {
    let fixture = try ModelFixture().withQwen()
    let base = try fixture.tokens(["hello", "--model", "qwen2"])
    let adapted = try fixture.tokens(
      ["hello", "--model", "qwen2", "--adapter", ModelFixture.adapter("qwen2")])
    #expect(base.count == 16)
    #expect(base != adapted)
  }

  @Test func aChatTemplateMakesTheTextAQuestion() throws {
    let fixture = try ModelFixture().withQwen()
    let plain = try fixture.object(["generate", "hello", "--model", "qwen2", "--max-tokens", "2"])
    let asked = try fixture.object(
      ["generate", "hello", "--model", "qwen2", "--max-tokens", "2", "--chat"])
    let told = try fixture.object(
      [
        "generate", "hello", "--model", "qwen2", "--max-tokens", "2", "--chat", "--system",
        "You are a helpful assistant, and you are brief about it.",
      ])
    let counts = [plain, asked, told].compactMap { $0.number("prompt_tokens") }
    #expect(counts.count == 3)
    #expect(counts == counts.sorted() && Set(counts).count == 3)
    #expect(asked["prompt"] as? String == "hello")
  }

  /// Without an end of the context and without a token that ends texts.
  @Test func controlCEndsAnEndlessTextWithWhatWasWritten() throws {
    let fixture = try ModelFixture().withStories()
    try fixture.edit(
      "stories/config.json", ["max_position_embeddings": 1_000_000, "eos_token_id": nil])
    let shell = Binary(path: "/bin/sh")
    let command =
      "exec '\(fixture.command.binary.path)' generate 'Once upon a time' --model stories "
      + "--temperature 0 --max-tokens 100000000 > out.txt"
    let terminal = try PseudoTerminal(
      shell, ["-c", command], in: fixture.command.folder,
      environment: fixture.command.environment)
    let out = URL(fileURLWithPath: fixture.path("out.txt"))
    for _ in 0..<600 where (try? Data(contentsOf: out))?.isEmpty ?? true {
      Thread.sleep(forTimeInterval: 0.05)
    }
    terminal.send("\u{03}")
    try terminal.expect("stopped")
    #expect(try terminal.wait() == 2)
    let text = try String(contentsOf: out, encoding: .utf8)
    #expect(text.hasPrefix(", there was a little girl named Lily."))
    #expect(text.hasSuffix("\n"))
  }
}
