import AdaptRetrieval
import AdaptSystem
import Foundation
import Testing

struct DocumentDiscoveryTests {
  private let sandbox: DocumentSandbox

  init() throws {
    sandbox = try DocumentSandbox()
  }

  private func discover(_ names: String...) throws -> Discovery {
    let paths = names.isEmpty ? [sandbox.path] : names.map { sandbox.path + "/" + $0 }
    return try DocumentDiscovery().discover(paths)
  }

  @Test func findsFilesInTheOrderOfTheirBytes() throws {
    for name in ["b.md", "a/z.md", "a/b/c.md", "B.md", "中.md", "a.md"] {
      try sandbox.write("x", to: name)
    }
    let found = try discover()
    #expect(sandbox.names(found) == ["B.md", "a/b/c.md", "a/z.md", "a.md", "b.md", "中.md"])
    #expect(found.skipped.isEmpty)
    #expect(found.roots == [sandbox.path])
  }

  @Test func skipsHiddenWorkspaceLinksAndSpecialFilesByName() throws {
    try sandbox.write("x", to: "kept.md")
    try sandbox.write("x", to: ".secret/a.md")
    try sandbox.write("x", to: ".hidden.md")
    try sandbox.write("x", to: ".adapt/adapt.sqlite")
    try sandbox.write("x", to: "deep/.adapt/b.md")
    try FileManager.default.createSymbolicLink(
      atPath: sandbox.path + "/loop", withDestinationPath: sandbox.path)
    mkfifo(sandbox.path + "/pipe", 0o600)
    let found = try discover()
    #expect(sandbox.names(found) == ["kept.md"])
    #expect(
      sandbox.skipped(found) == [
        ".secret": "hidden", ".hidden.md": "hidden", ".adapt": "workspace",
        "deep/.adapt": "workspace", "loop": "symbolic link", "pipe": "not a file",
      ])
  }

  @Test func neverIndexesTheWorkspaceEvenWhenNamed() throws {
    try sandbox.write("x", to: ".adapt/runs/log.md")
    try sandbox.write("x", to: "work/a.md")
    #expect(try discover(".adapt", ".adapt/runs/log.md").files.isEmpty)
    let discovery = DocumentDiscovery(workspace: sandbox.path + "/work")
    let found = try discovery.discover([sandbox.path, sandbox.path + "/work/a.md"])
    #expect(found.files.isEmpty)
    #expect(found.skipped.allSatisfy { $0.reason == .workspace })
  }

  @Test func takesWhatIsNamedEvenWhenIgnoredHiddenOrALink() throws {
    try sandbox.write("*.log\n.x\n", to: ".gitignore")
    try sandbox.write("x", to: "a.log")
    try sandbox.write("x", to: ".x/b.md")
    try FileManager.default.createSymbolicLink(
      atPath: sandbox.path + "/link.md", withDestinationPath: sandbox.path + "/a.log")
    let found = try discover("a.log", ".x", "link.md", "a.log")
    #expect(sandbox.names(found) == ["a.log", ".x/b.md", "link.md"])
  }

  @Test func namesTheRuleThatIgnores() throws {
    try sandbox.write("# comment\n\n*.log\n", to: ".gitignore")
    try sandbox.write("x", to: "a.log")
    let reason = try discover().skipped.first { $0.path.hasSuffix("a.log") }?.reason
    #expect(reason == .ignored(rule: "\(sandbox.path)/.gitignore:3: *.log"))
  }

  @Test func obeysIgnoreFilesOfTheRepositoryAboveAndItsExcludes() throws {
    try sandbox.write("drafts/\n", to: ".gitignore")
    try sandbox.write("*.tmp\n", to: ".git/info/exclude")
    for name in ["docs/drafts/a.md", "docs/b.md", "docs/c.tmp"] { try sandbox.write("x", to: name) }
    #expect(sandbox.names(try discover("docs")) == ["docs/b.md"])
    #expect(sandbox.names(try discover("docs/drafts")) == ["docs/drafts/a.md"])
  }

  @Test func skipsAHugeFileWithoutReadingIt() throws {
    let path = sandbox.path + "/huge.log"
    try sandbox.write("x", to: "huge.log")
    #expect(truncate(path, 1 << 30) == 0)
    let found = try discover()
    #expect(found.files.isEmpty)
    #expect(found.skipped.first?.reason == .tooLarge(bytes: 1 << 30, limit: 64 << 20))
  }

  @Test func anEmptyFolderIsNoErrorAndAMissingPathIs() throws {
    #expect(try discover().files.isEmpty)
    let missing = sandbox.path + "/nowhere"
    #expect(throws: FileFault.missing(path: missing)) {
      try DocumentDiscovery().discover([missing])
    }
    try FileManager.default.createSymbolicLink(
      atPath: sandbox.path + "/dangling", withDestinationPath: missing)
    #expect(throws: FileFault.missing(path: sandbox.path + "/dangling")) {
      try DocumentDiscovery().discover([sandbox.path + "/dangling"])
    }
  }

  @Test func stopsAtFoldersNestedTooDeep() throws {
    let deep = Array(repeating: "d", count: 200).joined(separator: "/")
    try sandbox.write("x", to: deep + "/a.md")
    let found = try discover()
    #expect(found.files.isEmpty)
    #expect(found.skipped.map(\.reason) == [.tooDeep(limit: 128)])
  }

  @Test func namesMessagesForEverySkip() {
    let reason = SkipReason.unsupported(program: "pandoc", package: "pandoc")
    #expect(reason.detail == "needs pandoc: apt-get install pandoc")
    #expect(SkipReason.tooLarge(bytes: 5, limit: 3).detail == "5 bytes, limit 3")
  }

  /// Pattern by pattern against git itself, on one tree.
  @Test(
    .enabled(if: ExecutableSearch.path(of: "git") != nil, "git is not installed"),
    arguments: [
      "*.md", "/a.md", "a/", "a/*.md", "**/b", "a/**", "a/**/c", "!a.md", "b\nb/c", "*\n!*.md",
      "*\n!*/\n!*.md", "a?c", "[ab].md", "[!ab].md", "[a-", "\\!x", "# note", "foo\\ ", "foo ",
      "/*\n!/a", "**/a/b", "a/**/*.md", "x/", "*.md\n!a.md\na.md", "/**/c.md", "**", "a/b/",
      "[]-]x", "*b*", "a**c", "\\*.md", "/", "!", "a//b",
    ])
  func ignoresAsGitDoes(patterns: String) async throws {
    for name in [
      "a.md", "b.md", "c.md", "a/a.md", "a/b/c.md", "a/b/c", "b/c", "b/d.md", "abc", "aXc", "x",
      "y/x/z.md", "!x", "foo ", "foo", "]x", "a/x/y/c", "*.md", "c/a/b/e.txt",
    ] { try sandbox.write("x", to: name) }
    try sandbox.write(patterns + "\n", to: ".gitignore")
    try sandbox.write("!c.md\n/d.md\n", to: "b/.gitignore")
    #expect(try await gitFiles() == Set(sandbox.names(try discover())))
  }

  private func gitFiles() async throws -> Set<String> {
    let git = [
      "-C", sandbox.path, "-c", "core.quotePath=false", "-c", "core.excludesFile=/dev/null",
    ]
    _ = try await ChildProcess("git", git + ["init", "-q"]).checkedOutput()
    let output = try await ChildProcess(
      "git", git + ["ls-files", "-z", "--others", "--exclude-standard"]
    ).checkedOutput()
    let names = output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    return Set(names.filter { !$0.contains(".gitignore") })
  }
}
