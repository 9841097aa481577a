// The binary beside tiny language models that a test may damage: stories260K, and the Qwen2 of the reference results.
import AdaptTestSupport
import Foundation
import Testing

/// Models lie below `work/`, so that commands name them `stories` or `qwen2`.
struct ModelFixture {
  let command: CommandFixture

  private static let tests = Binary.root.appendingPathComponent("Tests")
  private static let golden = tests.appendingPathComponent("AdaptGoldenTests/Golden")

  /// The model of 260 thousand parameters that tells stories, where nothing changes it.
  static let stories = tests.appendingPathComponent("AdaptModelsTests/Fixtures/stories260K").path

  /// What it tells after "Once upon a time" when the likeliest token is taken each time.
  static func publishedStory() throws -> String {
    try String(contentsOfFile: stories + "/greedy.txt", encoding: .utf8)
  }

  /// A trained LoRA over the reference model of that name.
  static func adapter(_ base: String) -> String {
    golden.appendingPathComponent("peft/\(base)/lora_small/adapter_step10").path
  }

  /// In the folder of `command`, a new one where there is none.
  init(_ command: CommandFixture? = nil) throws {
    self.command = try command ?? CommandFixture()
  }

  func path(_ name: String) -> String { command.folder.appendingPathComponent(name).path }

  private func copy(_ source: URL, _ files: [String], to name: String) throws {
    let folder = command.folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for file in files {
      try FileManager.default.copyItem(
        at: source.appendingPathComponent(file), to: folder.appendingPathComponent(file))
    }
  }

  /// A copy of the story teller as `stories`.
  @discardableResult
  func withStories() throws -> ModelFixture {
    try copy(
      URL(fileURLWithPath: Self.stories),
      ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"], to: "stories"
    )
    return self
  }

  /// A copy of the Qwen2 with a chat template as `qwen2`.
  @discardableResult
  func withQwen() throws -> ModelFixture {
    try copy(
      Self.golden.appendingPathComponent("models/qwen2"), ["config.json", "model.safetensors"],
      to: "qwen2")
    try copy(
      Self.tests.appendingPathComponent("AdaptCommandTests/Fixtures/qwen2"),
      ["tokenizer.json", "tokenizer_config.json", "generation_config.json"], to: "qwen2")
    return self
  }

  /// A copy of the BERT of the model tests.
  func withBert(_ name: String = "bert") throws -> ModelFixture {
    let folder = Self.tests.appendingPathComponent("AdaptModelsTests/Fixtures/\(name)")
    let files = ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]
    try copy(
      folder,
      files.filter {
        FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path)
      }, to: name)
    return self
  }

  /// Changes a JSON file of a model; nil takes a key away.
  func edit(_ file: String, _ changes: [String: Any?]) throws {
    let url = command.folder.appendingPathComponent(file)
    var object = try json(String(contentsOf: url, encoding: .utf8))
    for (key, value) in changes { object[key] = value }
    try JSONSerialization.data(withJSONObject: object).write(to: url)
  }

  func run(_ arguments: [String], input: String = "") throws -> Binary.Result {
    try command.binary.run(
      arguments, input: input, in: command.folder, environment: command.environment)
  }

  /// Runs with `--json`, expects success in silence, and gives the object.
  func object(
    _ arguments: [String], at location: SourceLocation = #_sourceLocation
  ) throws -> [String: Any] {
    let result = try run(arguments + ["--json"])
    #expect(result.status == 0, "\(result.errors)", sourceLocation: location)
    #expect(result.errors == "", sourceLocation: location)
    return try json(result.output)
  }

  /// The tokens that `generate` makes with the likeliest taken each time.
  func tokens(
    _ arguments: [String], at location: SourceLocation = #_sourceLocation
  ) throws -> [Int] {
    let object = try object(
      ["generate", "--temperature", "0", "--max-tokens", "16"] + arguments, at: location)
    return object.objects("tokens").compactMap { $0["id"] as? Int }
  }

  /// Expects status 2, nothing on standard output, and all of `words` on standard error.
  func expectError(
    _ arguments: [String], input: String = "", holding words: String...,
    at location: SourceLocation = #_sourceLocation
  ) throws {
    let result = try run(arguments, input: input)
    #expect(result.status == 2, "\(result.output)", sourceLocation: location)
    #expect(result.output == "", sourceLocation: location)
    #expect(result.errors.hasPrefix("error: "), "\(result.errors)", sourceLocation: location)
    for word in words {
      #expect(
        result.errors.contains(word), "wanted \(word): \(result.errors)", sourceLocation: location)
    }
  }
}
