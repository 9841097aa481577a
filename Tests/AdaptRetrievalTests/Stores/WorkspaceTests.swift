// Which folder a command works in, and who may write to it.
import AdaptRetrieval
import AdaptSystem
import AdaptTestSupport
import Foundation
import Testing

@Suite struct WorkspaceTests {
  @Test func theNearestFolderUpwardsWins() throws {
    let folder = try TemporaryFolder()
    try folder.write("", to: "project/.adapt/history")
    try folder.write("", to: "project/inner/deep/file")
    let start = folder.path("project/inner/deep")
    let found = Workspace.locate(environment: [:], start: start)
    #expect(found.folder == folder.path("project/.adapt"))
    #expect(found.database == folder.path("project/.adapt/adapt.sqlite"))
  }

  @Test func elseItIsHere() throws {
    let folder = try TemporaryFolder()
    // A file of that name is no workspace.
    try folder.write("", to: ".adapt")
    try folder.write("", to: "here/file")
    let found = Workspace.locate(environment: [:], start: folder.path("here"))
    #expect(found.folder == folder.path("here/.adapt"))
    #expect(!FileManager.default.fileExists(atPath: found.folder))
  }

  @Test func namesComeFirst() {
    let environment = [Workspace.variable: "/from/environment"]
    #expect(
      Workspace.locate(explicit: "x/../named", environment: environment, start: "/s").folder
        == "/s/named")
    #expect(
      Workspace.locate(environment: environment, start: "/s").folder == "/from/environment")
    #expect(
      Workspace.locate(explicit: "", environment: [Workspace.variable: ""], start: "/none").folder
        == "/none/.adapt")
  }

  @Test func isCreatedOnce() throws {
    let folder = try TemporaryFolder()
    let workspace = Workspace(folder: folder.path("a/.adapt"))
    try workspace.create()
    try workspace.create()
    #expect(try String(contentsOfFile: workspace.folder + "/.gitignore", encoding: .utf8) == "*\n")
    #expect(FileManager.default.fileExists(atPath: workspace.runs))
    try folder.write("", to: "file")
    #expect(throws: (any Error).self) {
      try Workspace(folder: folder.path("file/.adapt")).create()
    }
  }

  @Test func theSecondRunIsToldWhoIndexes() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("index.lock")
    var first: WorkspaceLock? = try WorkspaceLock.acquire(at: path)
    let process = ProcessInfo.processInfo.processIdentifier
    #expect(throws: StoreFault.indexing(path: path, process: process)) {
      try WorkspaceLock.acquire(at: path, waiting: 0.1)
    }
    let fault = StoreFault.indexing(path: path, process: 7)
    #expect(fault.diagnosis.what == "the workspace is busy, process 7 is indexing")
    withExtendedLifetime(first) {}
    first = nil
    _ = try WorkspaceLock.acquire(at: path)
  }
}
