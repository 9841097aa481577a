import AdaptTestSupport
import Foundation
import Testing

/// `ask --model DIR` and the walk's `model`: the way to the model, not what so small a one has to say.
struct AskModelTests {
  private static let question = "How long is the notice period of the contract?"
  private static let model = ["--model", "stories", "--chat-template", "chatml"]

  /// The documents, and the story teller with room for `context` tokens.
  private func prepared(
    context: Int = 8192
  ) throws -> (ModelFixture, DocumentsFixture) {
    let documents = try DocumentsFixture()
    _ = try documents.object("index", "docs")
    let models = try ModelFixture(documents.command).withStories()
    try models.edit("stories/config.json", ["max_position_embeddings": context])
    return (models, documents)
  }

  @Test func theModelWritesFromThePassages() throws {
    let (models, _) = try prepared()
    let object = try models.object(["ask", Self.question] + Self.model)
    #expect(object["schema"] as? String == "adapt.ask/1")
    #expect(object["answered"] as? Bool == true)
    #expect(object.number("left_out") == 0)
    #expect(!object.objects("statements").isEmpty)
    let plain = try models.run(["ask", Self.question] + Self.model)
    #expect(plain.status == 0, "\(plain.errors)")
    let first = object.objects("statements").first?["text"] as? String ?? "-"
    let words = first.split(separator: " ").prefix(3).joined(separator: " ")
    #expect(plain.output.hasPrefix(words), "\(plain.output)")
    #expect(!plain.output.contains("The notice period is three months. Either"))
  }

  /// A prompt would not fit 64 tokens, so that asking the model would be an error.
  @Test func withoutEvidenceTheModelIsNotAsked() throws {
    let (models, _) = try prepared(context: 64)
    let declined = try models.run(
      ["ask", "Who won the Brazilian football cup?"] + Self.model)
    #expect(declined.status == 1, "\(declined.errors)")
    #expect(declined.output.hasPrefix("! The documents do not answer this."))
    try models.expectError(
      ["ask", Self.question] + Self.model, holding: "does not fit the model's context")
  }

  @Test func passagesWithoutRoomAreLeftOutAndSaid() throws {
    let (models, _) = try prepared(context: 512)
    let object = try models.object(["ask", Self.question] + Self.model)
    let left = try #require(object.number("left_out"))
    #expect((1...7).contains(left), "\(left)")
    let plain = try models.run(["ask", Self.question] + Self.model)
    #expect(plain.output.contains("the model's context is full: \(left)."), "\(plain.output)")
  }

  @Test(arguments: [["--adapter", "x"], ["--quantize", "int8"], ["--chat-template", "chatml"]])
  func optionsOfAModelWantOne(option: [String]) throws {
    let fixture = try ModelFixture()
    try fixture.expectError(["ask", "x"] + option, holding: "want --model DIR")
    try fixture.expectError(
      ["ask", "x", "--llm", "http://127.0.0.1:9/v1", "--model", "m"] + option,
      holding: "without --llm")
  }

  @Test func aModelThatCannotAnswerIsAnError() throws {
    let (models, _) = try prepared()
    try models.expectError(
      ["ask", Self.question, "--model", "stories"], holding: "no chat template",
      "--chat-template")
    try models.expectError(["ask", Self.question, "--model", "nowhere"], holding: "nowhere")
    try models.expectError(
      ["ask", Self.question, "--adapter", ModelFixture.adapter("qwen2")] + Self.model,
      holding: "lora_A", "made for another base")
  }

  @Test func theWalkAnswersByAModelToo() throws {
    let (models, _) = try prepared()
    let script = """
      model
      model stories --chat-template chatml --quantize int8
      model
      ask \(Self.question)
      model off
      ask \(Self.question)
      """
    let result = try models.run([], input: script)
    #expect(result.status == 0, "\(result.errors)")
    let parts = result.output.components(separatedBy: "✓ Answers are ")
    try #require(parts.count == 3, "\(result.output)")
    #expect(parts[0].contains("made of the documents' own sentences."))
    #expect(parts[1].contains("written by `stories`"))
    #expect(parts[2].contains("The notice period is three months."))
  }

  /// It was opened, and then every question failed.
  @Test func theWalkRefusesAModelWithoutATemplate() throws {
    let (models, _) = try prepared()
    let result = try models.run([], input: "model stories\n")
    #expect(result.status == 2)
    #expect(result.errors.contains("line 1: the model folder has no chat template"))
    let unknown = try models.run([], input: "model stories --quantise nf4\n")
    #expect(unknown.errors.contains("did you mean `--quantize`?"), "\(unknown.errors)")
  }

  @Test func theSessionAsksByAModel() throws {
    let (models, _) = try prepared()
    let terminal = try PseudoTerminal(
      models.command.binary, [], in: models.command.folder,
      environment: models.command.environment)
    try terminal.expect("› ")
    terminal.sendLine("model stories --chat-template chatml")
    try terminal.expect("✓ Answers are now written by stories")
    try terminal.expect("› ")
    terminal.sendLine("ask " + Self.question)
    try terminal.expect("[?]")
    try terminal.expect("› ")
    terminal.sendLine("quit")
    #expect(try terminal.wait() == 0)
  }
}
