import AdaptTestSupport
import Foundation
import Testing

/// Everything that can be wrong with a text, a setting or a folder given to `adapt generate`.
struct GenerateBadInputTests {
  private static let stories = ["--model", ModelFixture.stories]

  @Test func bytesThatAreNoTextAreRefused() throws {
    let fixture = try ModelFixture()
    let shell = Binary(path: "/bin/sh")
    let result = try shell.run(
      [
        "-c",
        "printf 'Once \\377\\376' | '\(fixture.command.binary.path)' generate --model '\(ModelFixture.stories)'",
      ], in: fixture.command.folder, environment: fixture.command.environment)
    #expect(result.status == 2)
    #expect(result.output == "")
    #expect(result.errors.contains("not UTF-8 - standard input"))
    #expect(result.errors.contains("iconv"))
  }

  @Test func anEmptyTextIsRefused() throws {
    let fixture = try ModelFixture()
    try fixture.expectError(
      ["generate"] + Self.stories, holding: "the text is empty - standard input")
    try fixture.command.scratch.write("\n \n", to: "work/blank.txt")
    let blank = try fixture.run(["generate", "--prompts", "blank.txt", "--json"] + Self.stories)
    #expect(blank.status == 2)
    #expect(try json(blank.errors)["where"] as? String == "blank.txt", "\(blank.errors)")
  }

  /// JSON was asked for, so the error is JSON; it has no `error:` in front.
  @Test func aMissingFileOfPromptsIsNamed() throws {
    let fixture = try ModelFixture()
    for name in ["nowhere.txt", "."] {
      let result = try fixture.run(["generate", "--prompts", name, "--json"] + Self.stories)
      #expect(result.status == 2)
      let what = try json(result.errors)["what"] as? String
      #expect(what?.contains("`\(name)`") == true, "\(result.errors)")
    }
  }

  @Test func aTextLongerThanTheContextIsRefusedOrCut() throws {
    let fixture = try ModelFixture()
    let long = String(repeating: "Once upon a time ", count: 200)
    let arguments = ["generate", long, "--max-tokens", "4", "--temperature", "0"] + Self.stories
    try fixture.expectError(
      arguments, holding: "the text does not fit the model's context", "fewer than 512 tokens",
      "`--slide`")
    let cut = try fixture.run(arguments + ["--slide"])
    #expect(cut.status == 0)
    #expect(!cut.output.isEmpty)
    #expect(cut.errors.contains("of the oldest tokens did not fit the context"))
    let told = try fixture.run(arguments + ["--slide", "--json"])
    #expect(told.errors == cut.errors)
  }

  /// The number was that in a group of sixteen.
  @Test func theTooLongOneOfManyPromptsIsNamed() throws {
    let fixture = try ModelFixture()
    let long = String(repeating: "Once upon a time ", count: 200)
    let lines = Array(repeating: "The cat", count: 17) + [long]
    try fixture.command.scratch.write(lines.joined(separator: "\n"), to: "work/cases.txt")
    let result = try fixture.run(
      ["generate", "--prompts", "cases.txt", "--max-tokens", "2", "--json"] + Self.stories)
    #expect(result.status == 2)
    #expect((try json(result.errors)["what"] as? String)?.hasPrefix("prompt 18 ") == true)
  }

  @Test func unknownArchitecturesNameTheKnownOnes() throws {
    let fixture = try ModelFixture().withStories()
    try fixture.edit("stories/config.json", ["model_type": "mamba"])
    try fixture.expectError(
      ["generate", "x", "--model", "stories"], holding: "unknown model type", "`mamba`", "llama",
      "qwen3", "gemma2", "gpt2", "config.json")
  }

  @Test(arguments: [
    ("nowhere", "no such file"), ("stories/config.json", "config.json"), ("empty", "config.json"),
  ])
  func aFolderThatIsNoneIsNamed(folder: String, words: String) throws {
    let fixture = try ModelFixture().withStories()
    try FileManager.default.createDirectory(
      atPath: fixture.path("empty"), withIntermediateDirectories: true)
    try fixture.expectError(
      ["generate", "x", "--model", folder], holding: words, folder)
  }

  @Test func aFolderWithoutItsPartsSaysWhich() throws {
    let fixture = try ModelFixture().withStories()
    try FileManager.default.removeItem(atPath: fixture.path("stories/tokenizer.json"))
    try fixture.expectError(
      ["generate", "x", "--model", "stories"], holding: "no tokenizer", "tokenizer.json")
    try FileManager.default.removeItem(atPath: fixture.path("stories/model.safetensors"))
    try fixture.expectError(
      ["generate", "x", "--model", "stories"], holding: "model.safetensors")
  }

  @Test func aTokenizerBeyondTheEmbeddingsIsRefused() throws {
    let fixture = try ModelFixture().withStories()
    let file = "stories/tokenizer.json"
    let old = try json(String(contentsOfFile: fixture.path(file), encoding: .utf8))
    let more: [String: Any] = [
      "id": 700, "content": "<more>", "single_word": false, "lstrip": false, "rstrip": false,
      "normalized": false, "special": true,
    ]
    try fixture.edit(file, ["added_tokens": old.objects("added_tokens") + [more]])
    try fixture.expectError(
      ["generate", "x", "--model", "stories"],
      holding: "tokens that the model has no embedding of", "`vocab_size` 512", "token 700")
  }

  @Test(arguments: [
    (["--temperature", "-1"], "`temperature` is out of range"),
    (["--temperature", "nan"], "`temperature` is out of range"),
    (["--top-p", "2"], "`top_p` is out of range"), (["--top-p", "-0.5"], "`top_p`"),
    (["--top-k", "-3"], "`top_k`"), (["--min-p", "7"], "`min_p`"),
    (["--repetition-penalty", "0"], "`repetition_penalty`"),
    (["--max-tokens", "0"], "`maximum tokens`"), (["--max-tokens", "-5"], "`maximum tokens`"),
    (["--seed", "-1"], "--seed"), (["--quantize", "int3"], "'int8' and 'nf4'"),
    (["--system", "x"], "--system belongs to --chat"),
    (["--top-logprobs", "3"], "--top-logprobs wants --json"),
    (["--prompts", "x"], "--prompts wants --json"),
  ])
  func aSettingOutOfRangeIsNamed(setting: [String], words: String) throws {
    try ModelFixture().expectError(
      ["generate", "Once"] + Self.stories + setting, holding: words)
  }

  @Test func aChatWithoutATemplateNamesTheOption() throws {
    try ModelFixture().expectError(
      ["generate", "Hi", "--chat"] + Self.stories, holding: "no chat template",
      "--chat-template", "chatml")
    try ModelFixture().expectError(
      ["generate", "Hi", "--chat", "--chat-template", "chatlm"] + Self.stories,
      holding: "chatlm", "did you mean `chatml`?")
  }

  @Test func anAdapterOfAnotherBaseIsRefused() throws {
    let fixture = try ModelFixture().withQwen()
    try fixture.expectError(
      ["generate", "Hi", "--model", "qwen2", "--adapter", ModelFixture.adapter("llama")],
      holding: "self_attn.q_proj.lora_A.weight", "made for another base")
    try fixture.expectError(
      ["generate", "Hi", "--model", "qwen2", "--adapter", "nowhere"], holding: "nowhere")
  }
}
