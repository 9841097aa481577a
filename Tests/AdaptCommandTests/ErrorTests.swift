import AdaptTestSupport
import Foundation
import Testing

/// Every error: on standard error, with its hint, as JSON when JSON was asked for, status 2.
struct ErrorTests {
  @Test(arguments: [
    (["recomend"], "did you mean `adapt recommend`?"),
    (["recommend", "--set", "exampels=5"], "did you mean `examples`?"),
    (["recommend", "--set", "task=clasification"], "did you mean `classification`?"),
    (["recommend", "--set", "examples"], "adapt recommend --help"),
    (["recommend", "--profile", "/nonexistent.yaml"], "/nonexistent.yaml"),
    (["methods", "lorra"], "did you mean `lora`?"),
    (["facts", "study-2023.rog"], "did you mean `study-2023.rag`?"),
    (["recipes", "peft/lorra"], "did you mean `peft/lora`?"),
    (["search"], "adapt search --help"), (["search", "x", "-k", "0"], "1 to 1000"),
    (["ask", "x", "--llm", "http://localhost"], "--llm wants --model"),
    (["--lang", "fr"], "unknown language `fr`"),
  ])
  func namesWhatWasMeant(arguments: [String], wanted: String) throws {
    let fixture = try CommandFixture()
    let plain = try fixture.binary.run(
      arguments, in: fixture.folder, environment: fixture.environment)
    #expect(plain.status == 2)
    #expect(plain.output == "")
    #expect(plain.errors.hasPrefix("error: "))
    #expect(plain.errors.contains(wanted), "\(plain.errors)")
    #expect(plain.errors.contains("\nhint: ") || wanted.hasPrefix("/"))
  }

  @Test(arguments: [
    ["recommend", "--json", "--set", "exampels=5"], ["search", "--json"],
    ["recommend", "--format", "json", "--bogus"], ["methods", "nope", "--json"],
  ])
  func errorsAreJSONWhenAsked(arguments: [String]) throws {
    let fixture = try CommandFixture()
    let result = try fixture.binary.run(
      arguments, in: fixture.folder, environment: fixture.environment)
    #expect(result.status == 2)
    #expect(result.output == "")
    let object = try json(result.errors)
    #expect(object["schema"] as? String == "adapt.error/1")
    #expect(Set(object.keys) == ["schema", "what", "wanted", "got", "where", "hint"])
    #expect((object["what"] as? String)?.isEmpty == false)
  }

  @Test func aBrokenPipeIsNoError() throws {
    let fixture = try CommandFixture()
    let script = "set -o pipefail; \"\(fixture.binary.path)\" --help | true"
    for _ in 0..<5 {
      let shell = Binary(path: "/bin/bash")
      let result = try shell.run(
        ["-c", script], in: fixture.folder, environment: fixture.environment)
      #expect(result.status == 0)
      #expect(result.errors == "")
    }
  }

  @Test func aFullDiskIsAnError() throws {
    let fixture = try CommandFixture()
    let shell = Binary(path: "/bin/sh")
    let result = try shell.run(
      ["-c", "\"\(fixture.binary.path)\" --help > /dev/full"], in: fixture.folder,
      environment: fixture.environment)
    #expect(result.status == 2)
  }

  @Test func aKnowledgeFolderThatIsNoneIsNamed() throws {
    let fixture = try CommandFixture()
    let result = try fixture.run("recommend", environment: ["ADAPT_HOME": "/nonexistent"])
    #expect(result.status == 2)
    #expect(result.errors.contains("ADAPT_HOME"))
  }
}
