import AdaptTestSupport
import Foundation
import Testing

/// Files and questions that nobody should give: a clear error or a named skip, and the store as it was.
struct DocumentsBadFileTests {
  private func indexed() throws -> (fixture: DocumentsFixture, state: String) {
    let fixture = try DocumentsFixture()
    _ = try fixture.object("index", "docs")
    return (fixture, try fixture.state())
  }

  /// The reason for which one file was skipped.
  private func reason(_ fixture: DocumentsFixture, _ path: String) throws -> String? {
    let skipped = try fixture.object("index", "docs").objects("skipped")
    return skipped.first { entry in
      (entry["path"] as? String).map { path.hasSuffix("/" + $0) } ?? false
    }?["reason"] as? String
  }

  @Test(arguments: [["nowhere"], ["docs", "nowhere"], [""], ["docs/contract.md/x"]])
  func aMissingPathIsAnErrorAndNothingIsIndexed(paths: [String]) throws {
    let fixture = try DocumentsFixture()
    let result = try fixture.run(["index"] + paths)
    #expect(result.status == 2)
    #expect(result.errors.hasPrefix("error: no such file or folder: `\(paths.last ?? "")`"))
    #expect(!FileManager.default.fileExists(atPath: fixture.database.path))
    _ = try fixture.object("index", "docs")
    let state = try fixture.state()
    #expect(try fixture.run(["index"] + paths).status == 2)
    #expect(try fixture.state() == state)
  }

  @Test func indexAndSearchBeforeAnythingIsIndexedSayWhatToDo() throws {
    let fixture = try DocumentsFixture()
    try fixture.expectError("index", holding: "no path given")
    try fixture.expectError("search", "fee", holding: "adapt index PATH")
    try fixture.expectError("ask", "fee?", holding: "adapt index PATH")
    #expect(!FileManager.default.fileExists(atPath: fixture.database.path))
  }

  /// The kernel's own memory file opens and cannot be read, even by root.
  @Test func anUnreadableFileIsNamed() throws {
    let (fixture, state) = try indexed()
    let object = try fixture.object("index", "docs", "/proc/self/mem")
    let skipped = try #require(object.objects("skipped").first)
    #expect(skipped["reason"] as? String == "unreadable")
    #expect(skipped["detail"] as? String == "Input/output error")
    #expect(object.number("unchanged") == 2)
    #expect(try fixture.state() == state)
  }

  @Test(.enabled(if: geteuid() != 0, "root reads everything"))
  func aFileWithoutPermissionKeepsWhatWasStored() throws {
    let (fixture, state) = try indexed()
    try fixture.write(DocumentsFixture.contract + "\nmore", to: "contract.md")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0], ofItemAtPath: fixture.path("contract.md"))
    #expect(try reason(fixture, fixture.path("contract.md")) == "unreadable")
    #expect(try fixture.state() == state)
  }

  @Test func aHugeLogIsSkippedUnread() throws {
    let (fixture, state) = try indexed()
    try fixture.write("first line\n", to: "huge.log")
    #expect(truncate(fixture.path("huge.log"), 1 << 30) == 0)
    #expect(try reason(fixture, fixture.path("huge.log")) == "too large")
    #expect(try fixture.run("index", "docs").output.contains("too large: 1073741824 bytes"))
    #expect(try fixture.state() == state)
  }

  @Test func aBombIsSkippedUnpacked() throws {
    let (fixture, state) = try indexed()
    try fixture.write(Self.zip(declaring: 0xF000_0000), to: "bomb.docx")
    #expect(try reason(fixture, fixture.path("bomb.docx")) == "unpacks too large")
    #expect(try fixture.state() == state)
  }

  @Test(arguments: ["broken.docx", "broken.pdf", "broken.epub", "broken.ipynb"])
  func aBrokenFileOfAConverterIsSkipped(name: String) throws {
    let (fixture, state) = try indexed()
    try fixture.write([0x50, 0x4B, 3, 4] + [UInt8](repeating: 0x41, count: 400), to: name)
    #expect(try reason(fixture, fixture.path(name)) != nil)
    #expect(try fixture.state() == state)
  }

  @Test func bytesThatAreNoUTF8AreReadOrNamed() throws {
    let (fixture, state) = try indexed()
    let text = Array("caf".utf8) + [0xE9, 0x20, 0xFF, 0xFE, 0x20] + Array("zanzibar words".utf8)
    try fixture.write(text, to: "latin.txt")
    let object = try fixture.object("index", "docs")
    let named = object.objects("skipped").contains {
      $0["path"] as? String == fixture.path("latin.txt")
    }
    #expect(object.number("new") == 1 || named)
    if !named { #expect(try fixture.object("search", "zanzibar").foundPaths == ["docs/latin.txt"]) }
    _ = state
  }

  @Test func anEmptyFolderIsNoResult() throws {
    let fixture = try DocumentsFixture(empty: true)
    let first = try fixture.run("index", "docs")
    #expect(first.status == 1)
    #expect(first.output.contains("now 0 documents"))
    try fixture.expectError("search", "fee", "--collection", "x", holding: "no collection `x`")
    #expect(try fixture.run("search", "fee").status == 1)
    try fixture.write(DocumentsFixture.contract, to: "contract.md")
    #expect(try fixture.object("index").number("new") == 1)
  }

  @Test(arguments: ["", "   ", "?!…", "。，？", "\n\t"])
  func aQuestionWithoutAWordIsAnError(question: String) throws {
    let (fixture, _) = try indexed()
    try fixture.expectError("ask", question, holding: "the question is empty")
    try fixture.expectError("search", question, holding: "the question is empty")
  }

  @Test(arguments: ["notice period ", "灾难性遗忘", "a", "w\u{301}", "\"'*()[1] "])
  func aVeryLongQuestionIsAnswered(unit: String) throws {
    let (fixture, _) = try indexed()
    let question = String(
      String(repeating: unit, count: 100_000 / unit.utf8.count + 1).prefix(100_000))
    let asked = try fixture.run("ask", question)
    #expect([0, 1].contains(asked.status), "\(asked.errors)")
    let found = try fixture.run("search", question)
    #expect([0, 1].contains(found.status), "\(found.errors)")
  }

  @Test(arguments: [
    "NEAR(", "\"notice", "notice AND", "col:notice", "* OR 1=1", "'; DROP TABLE chunks; --",
    "-notice",
  ])
  func aQueryIsNeverAnExpression(query: String) throws {
    let (fixture, state) = try indexed()
    let result = try fixture.run(["search", "--mode", "lexical", "--", query])
    #expect([0, 1].contains(result.status), "\(result.errors)")
    #expect(try fixture.state() == state)
  }

  /// A ZIP with one entry of a word processor's document that claims to unpack to `size` bytes.
  private static func zip(declaring size: UInt32) -> [UInt8] {
    func bytes(_ value: UInt32, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
    }
    let name = Array("word/document.xml".utf8)
    let sizes = bytes(0, 4) + bytes(4, 4) + bytes(size, 4) + bytes(UInt32(name.count), 2)
    let local =
      bytes(0x0403_4B50, 4) + bytes(20, 2) + bytes(0, 2) + bytes(8, 2) + bytes(0, 4) + sizes
      + bytes(0, 2) + name + [3, 0, 0, 0]
    let central =
      bytes(0x0201_4B50, 4) + bytes(20, 2) + bytes(20, 2) + bytes(0, 2) + bytes(8, 2)
      + bytes(0, 4) + sizes + bytes(0, 2) + bytes(0, 2) + bytes(0, 4) + bytes(0, 4)
      + bytes(0, 4) + name
    let end =
      bytes(0x0605_4B50, 4) + bytes(0, 4) + bytes(1, 2) + bytes(1, 2)
      + bytes(UInt32(central.count), 4) + bytes(UInt32(local.count), 4) + bytes(0, 2)
    return local + central + end
  }
}
