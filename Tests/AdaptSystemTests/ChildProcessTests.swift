import AdaptSystem
import AdaptTestSupport
import Foundation
import Testing

struct ChildProcessTests {
  @Test func givesStatusOutputAndErrors() async throws {
    let output = try await ChildProcess("sh", ["-c", "echo out; echo err >&2; exit 3"]).run()
    #expect(output.status == 3)
    #expect(output.standardOutput == Array("out\n".utf8))
    #expect(output.errorText == "err\n")
  }

  @Test func passesInputOfAnySize() async throws {
    for count in [0, 1, 3_000_000] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      let output = try await ChildProcess("cat", input: bytes).run()
      #expect(output.standardOutput == bytes)
    }
  }

  @Test func survivesAProgramThatReadsNoInput() async throws {
    let output = try await ChildProcess("true", input: [UInt8](repeating: 65, count: 1 << 20)).run()
    #expect(output.status == 0)
  }

  @Test func readsErrorsBeyondAPipeWithoutBlocking() async throws {
    let child = ChildProcess("sh", ["-c", "head -c 500000 /dev/zero >&2; echo done"])
    let output = try await child.run()
    #expect(output.standardOutput == Array("done\n".utf8))
    #expect(output.errorText.utf8.count == 64 << 10)
  }

  @Test func namesThePackageOfAMissingProgram() async {
    let fault = ChildProcessFault.missing(program: "pdftotext", package: "poppler-utils")
    #expect(fault.diagnosis.hint == "apt-get install poppler-utils")
    #expect(ExecutableSearch.debianPackage(of: "pdftotext") == "poppler-utils")
    await #expect(throws: ChildProcessFault.missing(program: "no-such-program", package: nil)) {
      try await ChildProcess("no-such-program").run()
    }
    await #expect(throws: ChildProcessFault.missing(program: "/etc/passwd", package: nil)) {
      try await ChildProcess("/etc/passwd").run()
    }
  }

  @Test func endsTheWholeGroupAtTheTimeLimit() async throws {
    let mark = "1\(UInt32.random(in: 1_000_000..<9_000_000))"
    let script = "trap '' TERM; sleep \(mark) & sleep \(mark)"
    let limits = ChildProcess.Limits(seconds: 0.3)
    await #expect(throws: ChildProcessFault.timedOut(program: "sh", seconds: 0.3)) {
      try await ChildProcess("sh", ["-c", script], limits: limits).run()
    }
    #expect(try await comes { try !alive(mark) })
  }

  @Test func endsAProgramThatClosedItsOutputAndStays() async {
    let limits = ChildProcess.Limits(seconds: 0.3)
    await #expect(throws: ChildProcessFault.timedOut(program: "sh", seconds: 0.3)) {
      try await ChildProcess("sh", ["-c", "exec >&- 2>&-; sleep 30"], limits: limits).run()
    }
  }

  @Test func endsAProgramThatWritesTooMuch() async {
    let limits = ChildProcess.Limits(seconds: 600, outputBytes: 100_000)
    await #expect(throws: ChildProcessFault.outputTooLarge(program: "yes", limit: 100_000)) {
      try await ChildProcess("yes", limits: limits).run()
    }
  }

  @Test func endsWithItsTask() async throws {
    let mark = "1\(UInt32.random(in: 1_000_000..<9_000_000))"
    let task = Task { try await ChildProcess("sh", ["-c", "sleep \(mark); true"]).run() }
    #expect(try await comes { try alive(mark) })
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try await comes { try !alive(mark) })
  }

  /// The program goes on only when its first line has arrived: no clock is asked.
  @Test func streamsLinesAsTheyAreWritten() async throws {
    let folder = try TemporaryFolder()
    let arrived = folder.path("arrived")
    let (lines, sink) = AsyncStream.makeStream(of: String.self)
    let script = """
      printf 'one\\r\\ntw'; until [ -e '\(arrived)' ]; do sleep 0.01; done; printf 'o\\n\\nthree'
      """
    _ = try await ChildProcess("sh", ["-c", script], limits: .init(seconds: 120)).streamLines {
      _ = FileManager.default.createFile(atPath: arrived, contents: nil)
      sink.yield($0)
    }
    sink.finish()
    let all = await lines.reduce(into: []) { $0.append($1) }
    #expect(all == ["one", "two", "", "three"])
  }

  @Test func refusesALineWithoutEnd() async {
    await #expect(throws: ChildProcessFault.lineTooLong(program: "head", limit: 1000)) {
      _ = try await ChildProcess("head", ["-c", "200000", "/dev/zero"])
        .streamLines(longest: 1000) { _ in }
    }
  }

  @Test func stopsWhenTheReceiverThrows() async {
    struct Enough: Error {}
    await #expect(throws: Enough.self) {
      _ = try await ChildProcess("yes").stream { _ in throw Enough() }
    }
  }

  @Test func checkedOutputThrowsTheFirstErrorLine() async {
    await #expect {
      try await ChildProcess("sh", ["-c", "echo broken >&2; exit 4"]).checkedOutput()
    } throws: { error in
      (error as? ChildProcessFault)?.diagnosis.hint == "it said: broken"
    }
  }

  /// Whether some process has `mark` among its arguments.
  private func alive(_ mark: String) throws -> Bool {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").contains { name in
      guard Int32(name) != nil else { return false }
      let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") ?? Data()
      return String(decoding: line, as: UTF8.self).contains(mark)
    }
  }

  /// Whether `condition` comes true within a time that only a hung program takes.
  private func comes(_ condition: () throws -> Bool) async throws -> Bool {
    for _ in 0..<1200 {
      if try condition() { return true }
      try await Task.sleep(for: .milliseconds(50))
    }
    return false
  }
}
