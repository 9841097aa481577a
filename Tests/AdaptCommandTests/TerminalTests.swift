import AdaptTestSupport
import Foundation
import Testing

/// The walk on a real pseudo-terminal: what a person types and sees.
@Suite(.serialized)
struct TerminalTests {
  private func started(_ fixture: CommandFixture) throws -> PseudoTerminal {
    let terminal = try fixture.terminal()
    try terminal.expect("What should the model do?")
    try terminal.expect("1/3 › ")
    return terminal
  }

  @Test func asksOneQuestionAtATime() throws {
    let terminal = try started(try CommandFixture())
    terminal.sendLine("1")
    try terminal.expect("✓ task: answer questions")
    try terminal.expect("2/4 › ")
    terminal.sendLine("")
    try terminal.expect("✓ what is wrong today: don't know")
    try terminal.expect("3/4 › ")
    terminal.sendLine("20")
    try terminal.expect("4/4 › ")
    terminal.sendLine("yes")
    try terminal.expect("What next?")
    try terminal.expect("adapt › ")
    terminal.sendLine("quit")
    #expect(try terminal.wait() == 0)
  }

  @Test func controlCCancelsTheLineAndNotTheSession() throws {
    let terminal = try started(try CommandFixture())
    terminal.send("clas")
    try terminal.expect("clas")
    terminal.send("\u{03}")
    try terminal.expect("^C")
    try terminal.expect("1/3 › ")
    terminal.sendLine("2")
    try terminal.expect("✓ task: classify texts")
    try terminal.expect("2/3 › ")
    terminal.send("\u{04}")
    #expect(try terminal.wait() == 0)
  }

  @Test func controlDLeavesAndTheNextSessionGoesOn() throws {
    let fixture = try CommandFixture()
    let first = try started(fixture)
    first.sendLine("2")
    try first.expect("2/3 › ")
    first.send("\u{04}")
    try first.expect("goes on where you stopped")
    #expect(try first.wait() == 0)
    let second = try fixture.terminal()
    try second.expect("Welcome back")
    try second.expect("What is wrong with the answers today?")
    try second.expect("2/3 › ")
    second.send("\u{1B}[A")
    try second.expect("2")
    second.send("\u{03}")
    try second.expect("2/3 › ")
    second.sendLine("quit")
    #expect(try second.wait() == 0)
  }

  @Test func tabCompletesCommandsKeysValuesAndPaths() throws {
    let fixture = try CommandFixture()
    try fixture.scratch.write("text", to: "work/my notes/a.md")
    let terminal = try started(fixture)
    terminal.send("reco\t")
    try terminal.expect("recommend ")
    terminal.send("\u{03}")
    try terminal.expect("1/3 › ")
    terminal.send("set cit\ty\t")
    try terminal.expect("set citations yes ")
    terminal.send("\u{03}")
    try terminal.expect("1/3 › ")
    terminal.send("what-if cit\t")
    try terminal.expect("what-if citations=")
    terminal.send("\u{03}")
    try terminal.expect("1/3 › ")
    terminal.send("index my\t")
    try terminal.expect("index my")
    try terminal.expect("notes/")
    terminal.send("\u{03}")
    try terminal.expect("1/3 › ")
    terminal.send("\u{04}")
    #expect(try terminal.wait() == 0)
  }

  @Test func takesChineseInput() throws {
    let terminal = try started(try CommandFixture())
    terminal.sendLine("文本分类")
    try terminal.expect("✓ task: classify texts")
    try terminal.expect("2/3 › ")
    terminal.sendLine("语言 zh")
    try terminal.expect("现在起使用中文")
    try terminal.expect("2/3 › ")
    terminal.send("事实上\u{7F}\u{7F}\u{7F}不知道\r")
    try terminal.expect("✓ 目前的问题：不知道")
    try terminal.expect("3/3 › ")
    terminal.sendLine("quit")
    #expect(try terminal.wait() == 0)
  }

  /// The environment of a bare container has no locale at all.
  @Test func takesChineseInputWithoutALocale() throws {
    let fixture = try CommandFixture()
    let terminal = try fixture.terminal(environment: ["LANG": "C"])
    try terminal.expect("1/3 › ")
    terminal.send("文本x\u{7F}分类\r")
    try terminal.expect("✓ task: classify texts")
    try terminal.expect("2/3 › ")
    terminal.send("\u{04}")
    #expect(try terminal.wait() == 0)
  }

  @Test func aPasteOfSeveralLinesWaitsForEnter() throws {
    let terminal = try started(try CommandFixture())
    terminal.send("\u{1B}[200~set task=qa\nset examples=500\n\u{1B}[201~")
    try terminal.expect("set examples=500")
    #expect(throws: PseudoTerminal.Missing.self) { try terminal.expect("✓", within: 0.5) }
    terminal.send("\r")
    try terminal.expect("✓ task: answer questions")
    try terminal.expect("✓ labelled examples: 500")
    try terminal.expect("3/4 › ")
    terminal.send("\u{04}")
    #expect(try terminal.wait() == 0)
  }

  /// Ctrl-Z and `fg`: the line being typed is still there and still edited.
  @Test func comesBackToTheForeground() throws {
    let fixture = try CommandFixture()
    let shell = Binary(path: "/bin/bash")
    let terminal = try PseudoTerminal(
      shell, ["--norc", "--noediting", "-i"], in: fixture.folder,
      environment: fixture.environment.merging(["PS1": "shell> "]) { $1 })
    try terminal.expect("shell> ")
    terminal.sendLine("'\(fixture.binary.path)'")
    try terminal.expect("1/3 › ")
    terminal.send("set tas")
    try terminal.expect("set tas")
    terminal.send("\u{1A}")
    try terminal.expect("shell> ")
    terminal.sendLine("fg")
    try terminal.expect("1/3 › set tas")
    terminal.send("k qa\r")
    try terminal.expect("✓ task: answer questions")
    try terminal.expect("2/4 › ")
    terminal.sendLine("quit")
    try terminal.expect("shell> ")
    terminal.sendLine("exit")
    _ = try terminal.wait()
  }

  @Test func coloursOnlyWhereTheyAreWanted() throws {
    let fixture = try CommandFixture()
    let colourful = try started(fixture)
    #expect(colourful.raw.contains("\u{1B}[1;36m"))
    let plain = try fixture.terminal(environment: ["NO_COLOR": "1"])
    try plain.expect("1/3 › ")
    #expect(!plain.raw.contains("\u{1B}[1;36m"))
    #expect(!plain.raw.contains("\u{1B}[36m"))
  }

  @Test func aDamagedWalkIsPutAside() throws {
    let fixture = try CommandFixture()
    try fixture.scratch.write("{", to: "work/.adapt/walk.json")
    let terminal = try fixture.terminal()
    try terminal.expect("walk.json.damaged")
    try terminal.expect("1/3 › ")
    terminal.send("\u{04}")
    #expect(try terminal.wait() == 0)
  }

  /// Results go to standard output even when the editing stays on the terminal.
  @Test func theEchoStaysOnTheTerminal() throws {
    let fixture = try CommandFixture()
    let shell = Binary(path: "/bin/sh")
    let terminal = try PseudoTerminal(
      shell, ["-c", "\"\(fixture.binary.path)\" > out.txt"], in: fixture.folder,
      environment: fixture.environment)
    try terminal.expect("1/3 › ")
    terminal.sendLine("set task qa")
    try terminal.expect("2/4 › ")
    terminal.send("\u{04}")
    #expect(try terminal.wait() == 0)
    let output = try String(
      contentsOf: fixture.folder.appendingPathComponent("out.txt"), encoding: .utf8)
    #expect(output.contains("✓ task: answer questions"))
    #expect(!output.contains("set task qa"))
    #expect(!output.contains("\u{1B}"))
  }
}
