import AdaptTestSupport
import Foundation
import Testing

/// What the commands print through pipes, and the script on standard input.
struct CommandTests {
  @Test(arguments: ["text", "json", "markdown", "mermaid"])
  func recommendPrintsEveryFormat(format: String) throws {
    let fixture = try CommandFixture()
    let result = try fixture.run(
      "recommend", "--set", "task=qa", "citations=yes", "--format", format)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors == "")
    switch format {
    case "json": #expect(try json(result.output)["schema"] as? String == "adapt.recommend/1")
    case "markdown": #expect(result.output.hasPrefix("# "))
    case "mermaid": #expect(result.output.contains("flowchart"))
    default: #expect(result.output.contains("retrieval"))
    }
    #expect(!result.output.contains("\u{1B}"))
  }

  @Test func setGoesOverTheProfile() throws {
    let fixture = try CommandFixture()
    try fixture.scratch.write("citations: yes\nexamples: 20\n", to: "work/team.yaml")
    let one = try fixture.run("recommend", "--profile", "team.yaml", "--json")
    let two = try fixture.run(
      "recommend", "--json", "--set", "citations=yes", "--set", "examples=20")
    #expect(one.output == two.output)
    let three = try fixture.run(
      "recommend", "--profile", "team.yaml", "--set", "citations=no", "--json")
    #expect(three.output != one.output)
  }

  @Test func whatIfShowsTheDifferenceOnly() throws {
    let fixture = try CommandFixture()
    let result = try fixture.run(
      "recommend", "--set", "task=qa", "citations=yes", "--what-if", "citations=no")
    #expect(result.status == 0)
    #expect(result.output.contains("retrieval"))
  }

  @Test func saveWritesARecord() throws {
    let fixture = try CommandFixture()
    let named = try fixture.run("recommend", "--set", "citations=yes", "--save", "decision.md")
    #expect(named.status == 0)
    #expect(named.errors.contains("decision.md"))
    let text = try String(
      contentsOf: fixture.folder.appendingPathComponent("decision.md"), encoding: .utf8)
    #expect(text.hasPrefix("# "))
    let unnamed = try fixture.run("recommend", "--set", "citations=yes", "--save")
    #expect(unnamed.status == 0)
    let path = fixture.folder.appendingPathComponent(".adapt/reports/decision.md").path
    #expect(FileManager.default.fileExists(atPath: path))
    let again = try fixture.run("recommend", "--set", "citations=no", "--save")
    #expect(again.errors.contains("decision-2.md"))
    #expect(try String(contentsOfFile: path, encoding: .utf8).contains("retrieval"))
  }

  @Test(arguments: [
    (["methods"], "adapt.methods/1"), (["methods", "rag"], "adapt.methods/1"),
    (["facts"], "adapt.facts/1"), (["facts", "study-2023.rag"], "adapt.facts/1"),
    (["recipes"], "adapt.recipes/1"), (["recipes", "peft/lora"], "adapt.recipes/1"),
    (["doctor"], "adapt.doctor/1"),
  ])
  func resultsAreJSONWithASchema(arguments: [String], schema: String) throws {
    let fixture = try CommandFixture()
    let result = try fixture.binary.run(
      arguments + ["--json"], in: fixture.folder, environment: fixture.environment)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try json(result.output)["schema"] as? String == schema)
  }

  @Test func theLanguageComesFromTheLocaleOrTheOption() throws {
    let fixture = try CommandFixture()
    let chinese = try fixture.run("methods", environment: ["LANG": "zh_CN.UTF-8"])
    #expect(chinese.output.contains("一句话说明"))
    let english = try fixture.run(
      "methods", "--lang", "en", environment: ["LANG": "zh_CN.UTF-8"])
    #expect(english.output.contains("in one sentence."))
  }

  @Test func doctorNamesWhatIsMissingAndHowToMendIt() throws {
    let fixture = try CommandFixture()
    let result = try fixture.run("doctor", environment: ["PATH": "/nowhere"])
    #expect(result.status == 0)
    for name in ["pdftotext", "pandoc", "curl", "embedder", "documents"] {
      #expect(result.output.contains("! \(name): "), "\(name)")
    }
    #expect(result.output.contains("`apt install poppler-utils`"))
    try fixture.scratch.write("not a database", to: "work/.adapt/adapt.sqlite")
    let damaged = try fixture.run("doctor")
    #expect(damaged.status == 1)
    #expect(damaged.output.contains("no SQLite database"))
  }
}

/// `adapt` without a terminal.
struct ScriptTests {
  @Test func runsLineByLineWithoutQuestions() throws {
    let fixture = try CommandFixture()
    let result = try fixture.run(
      input: "# a case\nset task qa\n\nset citations=yes\nshow\nquit\nnever reached\n")
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      result.output.hasPrefix("✓ task: answer questions\n✓ citations: yes\nYour case so far\n"))
    #expect(!result.output.contains("What should the model do?"))
    #expect(result.errors == "")
  }

  @Test(arguments: [
    ("set task qa\nset exampels 5\nshow\n", "error: line 2: unknown question `exampels`"),
    ("\n\n# comment\nfly away\n", "error: line 4: "),
    ("ask what is what?\n", "error: line 1: no documents"),
  ])
  func aFaultEndsItWithItsLine(input: String, wanted: String) throws {
    let result = try CommandFixture().run(input: input)
    #expect(result.status == 2)
    #expect(result.errors.hasPrefix(wanted), "\(result.errors)")
    #expect(!result.output.contains("Your case"))
  }

  @Test func leavesTheKeptWalkAlone() throws {
    let fixture = try CommandFixture()
    _ = try fixture.run(input: "set task qa\n")
    let path = fixture.folder.appendingPathComponent(".adapt").path
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func anEmptyScriptIsDone() throws {
    let result = try CommandFixture().run(input: "")
    #expect(result.status == 0)
    #expect(result.output == "")
  }

  @Test func aLineWithoutEndIsNotKept() throws {
    let fixture = try CommandFixture()
    let shell = Binary(path: "/bin/sh")
    let result = try shell.run(
      ["-c", "ulimit -v 4000000; head -c 300000000 /dev/zero | \"\(fixture.binary.path)\""],
      in: fixture.folder, environment: fixture.environment)
    #expect(result.status == 2)
    #expect(result.errors.contains("too large"))
  }

  @Test func theLastLineNeedsNoLineFeed() throws {
    let result = try CommandFixture().run(input: "set task qa\r\nset citations yes")
    #expect(result.status == 0)
    #expect(result.output == "✓ task: answer questions\n✓ citations: yes\n")
  }

  @Test func survivesBytesThatAreNoText() throws {
    let fixture = try CommandFixture()
    let shell = Binary(path: "/bin/sh")
    let result = try shell.run(
      ["-c", "printf 'set task \\377\\376\\n' | \"\(fixture.binary.path)\""], in: fixture.folder,
      environment: fixture.environment)
    #expect(result.status == 2)
    #expect(result.errors.contains("line 1"))
  }
}
