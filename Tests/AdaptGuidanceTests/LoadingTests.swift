// Broken files: every fault at once, with its place and the nearest valid name; snapshots.
import AdaptGuidance
import AdaptSystem
import Foundation
import Testing

@Suite struct LoadingTests {
  private func fault(_ folder: Folder) -> String {
    do {
      _ = try Knowledge.load(home: folder.url, cache: nil)
      return ""
    } catch {
      return error.diagnosis.text
    }
  }

  @Test func allFaultsOfAllFilesAreToldAtOnce() throws {
    let folder = try Folder()
    try folder.copyBase()
    try folder.replace(
      "strength: moderate", by: "strenght: moderate", in: "knowledge/rules/10-baseline.yaml")
    try folder.replace(
      "support: [rag, rag-peft]", by: "support: [rga]", in: "knowledge/rules/20-documents.yaml")
    try folder.replace("rank: 16", by: "rnak: 16", in: "recipes/peft/lora.yaml")
    try folder.replace(
      "documents_tokens: { at_least", by: "document_tokens: { at_least",
      in: "knowledge/rules/20-documents.yaml")
    let text = fault(folder)
    #expect(text.contains("unknown key `strenght`"))
    #expect(text.contains("did you mean `strength`?"))
    #expect(text.contains("knowledge/rules/10-baseline.yaml:"))
    #expect(text.contains("missing key `strength`"))
    #expect(text.contains("unknown rung `rga`"))
    #expect(text.contains("did you mean `rank`?"))
    #expect(text.contains("recipes/peft/lora.yaml:7:3"))
    #expect(text.contains("did you mean `documents_tokens`?"))
  }

  @Test(arguments: [
    ("knowledge/rules/20-documents.yaml", "ovadia-2023.rag,", "ovadia-2023.rga,", "did you mean"),
    ("knowledge/rules/50-methods.yaml", "recipe: peft/qlora", "recipe: peft/qlra", "peft/qlora"),
    ("knowledge/rules/50-methods.yaml", "method: qlora", "method: qlra", "did you mean `qlora`?"),
    ("knowledge/flowchart.yaml", "card: rag\n", "card: rga\n", "did you mean `rag`?"),
    ("knowledge/formulas.yaml", "seconds_per_hour", "seconds_per_huor", "did you mean"),
    (
      "knowledge/formulas.yaml", "prompt_tokens + tokens_per_question", "prompt_tokens +",
      "ends too early"
    ),
    ("knowledge/reports/zh.yaml", "title: ", "tilte: ", "missing phrase"),
    ("knowledge/reports/zh.yaml", "{summary}", "", "placeholders of `recommend.next` differ"),
    ("knowledge/questions.yaml", "unit: tokens", "unit: tokn", "did you mean `tokens`?"),
    ("knowledge/questions.yaml", "kind: choice\n", "kind: [choice\n", "not valid YAML"),
    ("recipes/peft/lora.yaml", "recipe: 1", "recipe: 2", "unknown recipe version"),
    ("recipes/peft/lora.yaml", "optimiser:", "lora:", "key given twice"),
    ("knowledge/methods/lora.md", "---\n", "", "card without front matter"),
  ])
  func aBrokenFileIsNamed(path: String, old: String, new: String, wanted: String) throws {
    let folder = try Folder()
    try folder.copyBase()
    try folder.replace(old, by: new, in: path)
    let text = fault(folder)
    #expect(text.contains(wanted), "\(text)")
    #expect(text.contains(path.split(separator: "/").dropLast().joined(separator: "/")), "\(text)")
  }

  @Test func missingUnexpectedAndUnreadableFilesAreFaults() throws {
    let folder = try Folder()
    #expect(fault(folder).contains("no such file or folder"))
    try folder.copyBase()
    try folder.write("x", to: "knowledge/rules/notes.txt")
    #expect(fault(folder).contains("unexpected file"))
    try FileManager.default.removeItem(
      at: folder.url.appendingPathComponent("knowledge/rules/notes.txt"))
    try folder.write("a: 1\n", to: "knowledge/other.yaml")
    #expect(fault(folder).contains("file in no known place"))
    try FileManager.default.removeItem(
      at: folder.url.appendingPathComponent("knowledge/other.yaml"))
    try FileManager.default.removeItem(
      at: folder.url.appendingPathComponent("knowledge/costs.yaml"))
    #expect(fault(folder).contains("missing file - knowledge/costs.yaml"))
    try folder.copyBaseFile("knowledge/costs.yaml")
    try FileManager.default.removeItem(
      at: folder.url.appendingPathComponent("knowledge/methods/lora.zh.md"))
    #expect(fault(folder).contains("card in one language only"))
    try Data([0xFF, 0xFE, 0x00]).write(
      to: folder.url.appendingPathComponent("knowledge/costs.yaml"))
    #expect(fault(folder).contains("not UTF-8 text"))
  }

  @Test func benchmarkResultsLieInOnePlaceAndAreNoEvidence() throws {
    let folder = try Folder()
    try folder.copyBase()
    let before = try Knowledge.load(home: folder.url, cache: nil)
    try folder.write("{ not read }", to: "knowledge/evidence/measured/limits.json")
    let after = try Knowledge.load(home: folder.url, cache: nil)
    #expect(after.evidence == before.evidence)
    for place in ["evidence/measured/old/limits.json", "evidence/limits.json", "rules/a.json"] {
      let path = "knowledge/\(place)"
      try folder.write("{}", to: path)
      #expect(fault(folder).contains("\(path)"), "\(path)")
      #expect(fault(folder).contains("unexpected file"))
      try FileManager.default.removeItem(at: folder.url.appendingPathComponent(path))
    }
  }

  @Test func rulesThatSilenceEachOtherAreAFault() throws {
    let folder = try Folder()
    try folder.copyBase()
    try folder.replace(
      "unless: [context.too-dear]", by: "unless: [context.documents-fit]",
      in: "knowledge/rules/20-documents.yaml")
    #expect(fault(folder).contains("leads back to itself"))
  }

  @Test func aFreshSnapshotGivesTheSameKnowledge() throws {
    let cache = try Folder()
    let first = try Knowledge.load(home: Base.home, cache: cache.url)
    let snapshot = cache.url.appendingPathComponent("knowledge.snapshot")
    #expect(FileManager.default.fileExists(atPath: snapshot.path))
    let second = try Knowledge.load(home: Base.home, cache: cache.url)
    #expect(first.rules == second.rules)
    #expect(first.questionnaire == second.questionnaire)
    #expect(first.flowchart == second.flowchart)
    #expect(first.formulas == second.formulas)
    #expect(first.evidence == second.evidence)
    #expect(first.sources == second.sources)
    #expect(first.recipes == second.recipes)
    #expect(first.cards == second.cards)
    #expect(first.glossary == second.glossary)
    #expect(first.dialogue(.zh) == second.dialogue(.zh))
  }

  @Test func aStaleOrDamagedSnapshotIsMadeAgain() throws {
    let folder = try Folder()
    try folder.copyBase()
    let cache = try Folder()
    _ = try Knowledge.load(home: folder.url, cache: cache.url)
    try folder.replace(
      "a prompt adds no facts", by: "prompts add no facts", in: "knowledge/rules/10-baseline.yaml")
    let changed = try Knowledge.load(home: folder.url, cache: cache.url)
    #expect(changed.rule("icl.cannot-add-facts")?.title.en == "prompts add no facts")
    let path = cache.url.appendingPathComponent("knowledge.snapshot")
    let whole = try Data(contentsOf: path)
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<20 {
      var broken = whole
      let at = Int.random(in: 0..<broken.count, using: &generator)
      broken[at] ^= 0x55
      try broken.prefix(Int.random(in: at..<broken.count, using: &generator)).write(to: path)
      let again = try Knowledge.load(home: folder.url, cache: cache.url)
      #expect(again.rules == changed.rules)
      #expect(try Data(contentsOf: path) == whole)
    }
  }

  @Test func aCacheThatCannotBeWrittenDoesNoHarm() throws {
    let knowledge = try Knowledge.load(
      home: Base.home, cache: URL(fileURLWithPath: "/proc/no-such-folder"))
    #expect(!knowledge.rules.isEmpty)
  }

  @Test func theHashSeesEveryByteAndEveryBoundary() {
    func hash(_ parts: [[UInt8]]) -> Fingerprint {
      var hash = Fingerprint()
      for part in parts { part.withUnsafeBytes { hash.combine($0) } }
      return hash
    }
    let bytes = (0..<100).map { UInt8($0) }
    var seen: Set<[UInt64]> = [hash([bytes]).words]
    for position in bytes.indices {
      var changed = bytes
      changed[position] ^= 1
      #expect(seen.insert(hash([changed]).words).inserted)
      let split = [Array(bytes[..<position]), Array(bytes[position...])]
      #expect(seen.insert(hash(split).words).inserted)
    }
    #expect(hash([bytes]) == hash([bytes]))
  }
}

extension Folder {
  func copyBaseFile(_ path: String) throws {
    try FileManager.default.copyItem(
      at: Base.home.appendingPathComponent(path), to: url.appendingPathComponent(path))
  }
}
