// Cases with the advice they must get: knowledge/scenarios, read by tests only.
internal import AdaptSystem
package import Foundation

/// A profile and what must be advised for it.
package struct Scenario: Sendable {
  package let id: String
  package let profile: Profile
  /// The evidence files or sources it is taken from.
  package let from: [String]
  package let recommended: String?
  package let runnerUp: String?
  package let method: String?
  package let recipe: String?
  package let firstStep: String?
  package let next: [String]
  package let notNext: [String]
  package let ruledOut: [String]
  package let rules: [String]
  package let notRules: [String]
  package let steps: [String]

  /// Every scenario below `home`, checked against the knowledge base.
  ///
  /// - Throws: `KnowledgeFault` with every fault of every file.
  package static func load(
    home: URL, _ knowledge: Knowledge
  ) throws(KnowledgeFault) -> [Scenario] {
    let folder = home.appendingPathComponent("knowledge/scenarios")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    var files: [KnowledgeFiles.File] = []
    for name in names.sorted() where name.hasSuffix(".yaml") {
      let path = "knowledge/scenarios/\(name)"
      do throws(FileFault) {
        let bytes = try WholeFile.read(
          folder.appendingPathComponent(name).path, limit: KnowledgeFiles.maximumBytes)
        files.append(KnowledgeFiles.File(path: path, bytes: bytes))
      } catch {
        throw KnowledgeFault(faults: [error.diagnosis])
      }
    }
    let log = FaultLog()
    let tree = try SourceTree.parse(files)
    let scenarios = tree.files.flatMap { file in
      Decode.items(file, log: log).map { Self.read($0, knowledge) }
    }
    guard log.faults.isEmpty else { throw KnowledgeFault(faults: log.faults) }
    return scenarios
  }

  private static func read(_ reader: MapReader, _ knowledge: Knowledge) -> Scenario {
    defer { reader.finish() }
    let expect = reader.required("expect").flatMap {
      MapReader($0, file: reader.file, log: reader.log)
    }
    defer { expect?.finish() }
    let rungs = knowledge.flowchart.rungs.map(\.id)
    let rules = knowledge.rules.map(\.id)
    let steps = knowledge.flowchart.steps.map(\.id)
    func ids(_ key: String, _ known: [String]) -> [String] {
      guard let expect else { return [] }
      return expect.words(key).map { word in
        if !known.contains(word.text) {
          reader.log.add(
            "unknown id `\(word.text)`", at: word.datum, in: reader.file,
            hint: NearestName.best(for: word.text, among: known).map { "did you mean `\($0)`?" })
        }
        return word.text
      }
    }
    return Scenario(
      id: reader.string("id"), profile: profile(reader, knowledge),
      from: reader.strings("from") + sources(reader, knowledge),
      recommended: ids("rung", rungs).first,
      runnerUp: ids("runner_up", rungs).first, method: expect?.optionalString("method"),
      recipe: ids("recipe", knowledge.recipes.map(\.id)).first,
      firstStep: ids("first_step", steps).first, next: ids("next", rungs),
      notNext: ids("not_next", rungs), ruledOut: ids("ruled_out", rungs),
      rules: ids("rules", rules), notRules: ids("not_rules", rules), steps: ids("steps", steps))
  }

  private static func sources(_ reader: MapReader, _ knowledge: Knowledge) -> [String] {
    reader.words("source").map { word in
      if knowledge.source(word.text) == nil {
        reader.log.add("unknown source `\(word.text)`", at: word.datum, in: reader.file)
      }
      return word.text
    }
  }

  private static func profile(_ reader: MapReader, _ knowledge: Knowledge) -> Profile {
    var profile = knowledge.newProfile
    guard let answers = reader.map("profile") else { return profile }
    for entry in answers.all {
      do {
        try profile.set(entry.key, entry.value.scalar ?? "")
      } catch {
        reader.log.add(
          error.diagnosis.what, at: entry.value, in: reader.file, hint: error.diagnosis.hint)
      }
    }
    return profile
  }
}
