import AdaptTestSupport
import Foundation
import Testing

/// `adapt doctor MODEL`: what a folder is, and everything that may be wrong with one.
struct DoctorModelTests {
  private func report(_ fixture: ModelFixture, _ name: String) throws -> (Int32, String) {
    let result = try fixture.run(["doctor", name])
    #expect(result.errors == "")
    return (result.status, fixture.command.anonymous(result.output))
  }

  /// Runs with `--json` and gives the states of the checks by their names.
  private func states(_ fixture: ModelFixture, _ name: String) throws -> [String: String] {
    let result = try fixture.run(["doctor", name, "--json"])
    #expect(result.errors == "")
    let checks = try json(result.output).objects("checks")
    let states = checks.compactMap { check -> (String, String)? in
      guard let name = check["name"] as? String else { return nil }
      return (name, check["state"] as? String ?? "")
    }
    #expect(result.status == (states.contains { $0.1 == "broken" } ? 1 : 0))
    return Dictionary(states) { first, _ in first }
  }

  /// How much memory is free is left out: that is the machine's.
  @Test(arguments: ["stories", "qwen2", "bert"])
  func aGoodFolderIsTold(name: String) throws {
    let fixture = try ModelFixture().withStories().withQwen().withBert()
    let (status, text) = try report(fixture, name)
    #expect(status == 0)
    let shown = text.replacing(/\s\([0-9.]+ [KMGT]iB of [0-9.]+ [KMGT]iB free\)/, with: "")
      .replacing("  does not fit now", with: "")
    let difference = try SnapshotFolder().difference(shown, "doctor-\(name)")
    #expect(difference == nil, "\(difference ?? "")")
  }

  @Test func theFactsAreJSON() throws {
    let fixture = try ModelFixture().withStories()
    let object = try fixture.object(["doctor", "stories"])
    #expect(object["schema"] as? String == "adapt.doctor.model/1")
    let facts = object.object("facts")
    #expect(facts["family"] as? String == "llama")
    #expect(facts.number("parameters") == 260_032)
    #expect(facts.number("context") == 512)
    #expect(facts.number("layers") == 5)
    #expect(facts.number("tokens") == 512)
    #expect(facts.number("stored_bytes") == 260_032 * 4)
    #expect(facts["encoder"] as? Bool == false)
    // Keys and values of 5 layers, 4 heads of 8, in f32.
    #expect(facts.number("cache_bytes_per_token") == 2 * 5 * 4 * 8 * 4)
    let memory = facts.objects("memory")
    #expect(memory.compactMap { $0["format"] as? String } == ["f32", "bf16", "int8", "nf4"])
    let bytes = memory.compactMap { $0.number("bytes") }
    #expect(bytes.first == 260_032 * 4)
    #expect(bytes == bytes.sorted(by: >))
    #expect(memory.allSatisfy { $0["fits"] as? Bool == true })
  }

  /// An encoder was an unknown model type with a complaint about its chat template.
  @Test(arguments: ["bert", "bert_cls", "bert_qa"])
  func anEncoderIsNoLanguageModel(name: String) throws {
    let fixture = try ModelFixture().withBert(name)
    let result = try fixture.run(["doctor", name, "--json"])
    let object = try json(result.output)
    let facts = object.object("facts")
    #expect(facts["family"] as? String == "bert")
    #expect(facts["encoder"] as? Bool == true)
    #expect((facts.number("parameters") ?? 0) > 10_000)
    #expect(facts.objects("memory").count == 4)
    #expect(facts["cache_bytes_per_token"] == nil)
    let names = object.objects("checks").compactMap { $0["name"] as? String }
    #expect(!names.contains("chat template") && !names.contains("end of text"))
    #expect(result.output.contains("does not generate"))
  }

  @Test func anUnknownTypeNamesEncodersToo() throws {
    let fixture = try ModelFixture().withStories()
    try fixture.edit("stories/config.json", ["model_type": "mamba"])
    let (status, text) = try report(fixture, "stories")
    #expect(status == 1)
    #expect(text.contains("✗ config.json: unknown model type"))
    #expect(text.contains("gpt2, bert"))
    #expect(text.contains("✓ tokenizer"))
  }

  @Test func aWeightThatIsNoNumberIsNamed() throws {
    let fixture = try ModelFixture().withStories()
    let file = URL(fileURLWithPath: fixture.path("stories/model.safetensors"))
    var data = try Data(contentsOf: file)
    let nan: [UInt8] = [0, 0, 0xC0, 0x7F]
    data.replaceSubrange(data.count - 4..<data.count, with: nan)
    try data.write(to: file)
    let (status, text) = try report(fixture, "stories")
    #expect(status == 1)
    #expect(text.contains("holds NaN or an infinity"))
    #expect(text.contains("✗ weights: `model."))
  }

  @Test func aMissingTensorIsNamed() throws {
    let fixture = try ModelFixture().withStories()
    try fixture.edit("stories/config.json", ["num_hidden_layers": 6])
    let (status, text) = try report(fixture, "stories")
    #expect(status == 1)
    #expect(text.contains("model.layers.5."))
    #expect(text.contains("✓ config.json"))
  }

  @Test func aCutFileIsBroken() throws {
    let fixture = try ModelFixture().withStories()
    let file = URL(fileURLWithPath: fixture.path("stories/model.safetensors"))
    try Data(contentsOf: file).prefix(500_000).write(to: file)
    #expect(try states(fixture, "stories")["weights"] == "broken")
    try Data().write(to: file)
    #expect(try states(fixture, "stories")["weights"] == "broken")
  }

  @Test func aMissingTokenizerIsBroken() throws {
    let fixture = try ModelFixture().withStories()
    try FileManager.default.removeItem(atPath: fixture.path("stories/tokenizer.json"))
    let states = try states(fixture, "stories")
    #expect(states["tokenizer"] == "broken")
    #expect(states["weights"] == "ok")
  }

  @Test func aTemplateThatDoesNotRenderIsBroken() throws {
    let fixture = try ModelFixture().withQwen()
    try fixture.edit("qwen2/tokenizer_config.json", ["chat_template": "{% for x in %}"])
    #expect(try states(fixture, "qwen2")["chat template"] == "broken")
  }

  @Test func whatIsNoModelFolderIsSaid() throws {
    let fixture = try ModelFixture().withStories()
    let file = try report(fixture, "stories/config.json")
    #expect(file.0 == 1)
    #expect(file.1.contains("stories/config.json is a file"))
    let adapter = try fixture.run(["doctor", ModelFixture.adapter("qwen2")])
    #expect(adapter.status == 1)
    #expect(adapter.output.contains("holds an adapter and no model"))
    #expect(adapter.output.contains("`--adapter`"))
    try FileManager.default.createDirectory(
      atPath: fixture.path("empty"), withIntermediateDirectories: true)
    #expect(try states(fixture, "empty").values.filter { $0 == "broken" }.count >= 3)
    let missing = try fixture.run(["doctor", "nowhere"])
    #expect(missing.status == 2)
    #expect(missing.errors.contains("nowhere"))
  }
}
