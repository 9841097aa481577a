import AdaptTestSupport
import Foundation
import Testing

/// `index`, `search` and `ask` from end to end, by words alone.
struct DocumentsCommandTests {
  @Test func indexTellsWhatItDid() throws {
    let fixture = try DocumentsFixture()
    let result = try fixture.run("index", "docs")
    #expect(result.status == 0)
    #expect(result.errors == "")
    #expect(result.output.contains("2 new, 0 updated, 0 unchanged, 0 removed, 0 skipped"))
    #expect(result.output.contains("No embedding model"))
    #expect(!result.output.contains("\u{1B}"))
  }

  @Test func everyKeyOfTheIndexObjectIsThere() throws {
    let fixture = try DocumentsFixture()
    let object = try fixture.object("index", "docs")
    #expect(
      Set(object.keys) == [
        "schema", "new", "updated", "unchanged", "removed", "documents", "chunks", "skipped",
        "warnings", "embedder", "seconds",
      ])
    #expect(object["schema"] as? String == "adapt.index/1")
    #expect(object["embedder"] is NSNull)
    #expect(object.number("chunks") == 3)
  }

  @Test func aSecondRunDoesOnlyWhatChanged() throws {
    let fixture = try DocumentsFixture()
    try fixture.write("Gone soon.", to: "gone.txt")
    _ = try fixture.object("index", "docs")
    try fixture.write(DocumentsFixture.contract + "\nSigned in Bern.", to: "contract.md")
    try fixture.write([0, 1, 2, 3, 0, 255], to: "picture.bin")
    try fixture.write("A new page.", to: "new.md")
    try FileManager.default.removeItem(atPath: fixture.path("gone.txt"))
    let object = try fixture.object("index")
    #expect(object.number("new") == 1)
    #expect(object.number("updated") == 1)
    #expect(object.number("unchanged") == 1)
    #expect(object.number("removed") == 1)
    #expect(object.number("documents") == 3)
    let skipped = try #require(object.objects("skipped").first)
    #expect(skipped["reason"] as? String == "binary")
    #expect(skipped["path"] as? String == "docs/picture.bin")
    #expect(try fixture.object("search", "Bern").foundPaths == ["docs/contract.md"])
    #expect(try fixture.run("search", "gone").status == 1)
  }

  @Test func collectionsAreApart() throws {
    let fixture = try DocumentsFixture()
    try fixture.command.scratch.write("The kettle boils.", to: "work/other/tea.txt")
    _ = try fixture.object("index", "docs")
    let other = try fixture.object("index", "other", "--collection", "tea")
    #expect(other.number("documents") == 1)
    #expect(try fixture.run("search", "kettle").status == 1)
    #expect(try fixture.object("search", "kettle", "--collection", "tea").foundPaths.count == 1)
    #expect(try fixture.object("index", "--collection", "tea").number("unchanged") == 1)
    try fixture.expectError(
      "search", "kettle", "--collection", "te", holding: "no collection `te`")
  }

  @Test(arguments: ["微调", "知识库", "灾难性遗忘", "LoRA", "检索增强"])
  func findsChineseAndWordsGluedToIt(query: String) throws {
    let fixture = try DocumentsFixture()
    _ = try fixture.object("index", "docs")
    let object = try fixture.object("search", query, "--mode", "lexical")
    #expect(object.foundPaths == ["docs/zh.txt"])
    #expect(object["mode"] as? String == "lexical")
  }

  @Test func everyKeyOfTheSearchObjectIsThere() throws {
    let fixture = try DocumentsFixture()
    _ = try fixture.object("index", "docs")
    let object = try fixture.object("search", "notice period")
    #expect(Set(object.keys) == ["schema", "query", "mode", "results", "explanation"])
    #expect(object["schema"] as? String == "adapt.search/1")
    let first = try #require(object.objects("results").first)
    #expect(Set(first.keys) == ["citation", "text", "score", "stages"])
    let citation = first.object("citation")
    #expect(Set(citation.keys) == ["n", "path", "title", "heading", "lines", "page", "chunk"])
    #expect(citation["lines"] as? [Int] == [5, 5])
    #expect(citation["page"] is NSNull)
    #expect(citation["heading"] as? String == "Notice")
    #expect(first.object("stages")["bm25Rank"] as? Int == 1)
  }

  @Test func searchShowsPassagesAndItsLimits() throws {
    let fixture = try DocumentsFixture()
    _ = try fixture.object("index", "docs")
    let found = try fixture.run("search", "contract fee notice", "-k", "1", "--explain")
    #expect(found.status == 0)
    #expect(found.errors == "")
    #expect(found.output.contains("[1] docs/contract.md"))
    #expect(!found.output.contains("[2]"))
    #expect(found.output.contains("bm25"))
    let none = try fixture.run("search", "zebra")
    #expect(none.status == 1)
    #expect(none.output.contains("Nothing was found"))
    try fixture.expectError("search", "fee", "-k", "1001", holding: "1 to 1000")
    try fixture.expectError("search", "fee", "--mode", "fast", holding: "'fast'")
  }

  @Test func askCitesWhatItSays() throws {
    let fixture = try DocumentsFixture()
    _ = try fixture.object("index", "docs")
    let result = try fixture.run("ask", "How long is the notice period?")
    #expect(result.status == 0)
    #expect(result.errors == "")
    #expect(result.output.contains("The notice period is three months. [1]"))
    #expect(result.output.contains("[1] docs/contract.md · Notice"))
    let object = try fixture.object("ask", "How long is the notice period?")
    #expect(
      Set(object.keys) == [
        "schema", "question", "answered", "statements", "citations", "nearest", "evidence",
        "left_out",
      ])
    #expect(object["answered"] as? Bool == true)
    #expect(object.objects("statements").first?["citations"] as? [Int] == [1])
    #expect(object.objects("citations").first?["path"] as? String == "docs/contract.md")
    #expect(
      Set(object.object("evidence").keys)
        == ["coverage", "cosine", "sentenceCosine", "readability", "support"])
  }

  @Test func askDeclinesAndShowsTheNearest() throws {
    let fixture = try DocumentsFixture()
    _ = try fixture.object("index", "docs")
    let question = "Which football club signed the contract of the Brazilian goalkeeper?"
    let result = try fixture.run("ask", question)
    #expect(result.status == 1)
    #expect(result.errors == "")
    #expect(result.output.contains("The documents do not answer this."))
    #expect(result.output.contains("The nearest passages:"))
    #expect(result.output.contains("[1] docs/contract.md"))
    let object = try fixture.object("ask", question, status: 1)
    #expect(object["answered"] as? Bool == false)
    #expect(object.objects("statements").isEmpty)
    #expect(!object.objects("nearest").isEmpty)
  }

  @Test func recordsThatAreNotJSONAreWarnedOf() throws {
    let fixture = try DocumentsFixture(empty: true)
    try fixture.write("{\"text\": \"good record\"}\n{broken record\n", to: "data.jsonl")
    let object = try fixture.object("index", "docs")
    #expect(object.number("new") == 1)
    let warning = try #require(object.objects("warnings").first)
    #expect(warning["path"] as? String == fixture.path("data.jsonl"))
    #expect((warning["text"] as? String)?.hasPrefix("line 2: ") == true)
    try fixture.write("{\"text\": \"better\"}\n{broken record\n", to: "data.jsonl")
    let text = try fixture.run("index", "docs")
    #expect(text.errors.contains("data.jsonl: line 2: "))
  }
}
