import AdaptTestSupport
import Foundation
import Testing

/// The help of every command, word for word; ADAPT_RECORD=1 records it anew.
struct HelpTests {
  static let pages = [
    [], ["recommend"], ["index"], ["search"], ["ask"], ["generate"], ["chat"],
    ["merge"], ["convert"], ["evaluate"], ["evaluate", "retrieval"], ["methods"], ["recipes"],
    ["facts"], ["doctor"],
  ]

  @Test(arguments: pages)
  func helpIsAsRecorded(page: [String]) throws {
    let fixture = try CommandFixture()
    let result = try fixture.binary.run(
      page + ["--help"], in: fixture.folder, environment: fixture.environment)
    #expect(result.status == 0)
    #expect(result.errors == "")
    let name = (["help"] + page).joined(separator: "-")
    let difference = try SnapshotFolder().difference(result.output, name)
    #expect(difference == nil, "\(difference ?? "")")
    for line in result.output.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    #expect(page == ["evaluate"] || result.output.contains("EXAMPLES:"))
  }

  /// A command that is added without a page in the list above fails here.
  @Test func everyCommandHasAPage() throws {
    let fixture = try CommandFixture()
    let output = try fixture.run("--help").output
    let list = output.components(separatedBy: "SUBCOMMANDS:\n").last ?? ""
    let names = list.split(separator: "\n").compactMap { line -> String? in
      let isName = line.hasPrefix("  ") && !line.hasPrefix("   ") && !line.contains("'")
      return isName ? line.split(separator: " ").first.map(String.init) : nil
    }
    #expect(Set(names) == Set(Self.pages.compactMap(\.first)))
  }

  @Test func versionIsOneLine() throws {
    let result = try CommandFixture().run("--version")
    #expect(result.status == 0)
    #expect(result.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
  }
}
