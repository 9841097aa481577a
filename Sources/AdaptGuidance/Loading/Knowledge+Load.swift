// Loads the knowledge base: from a fresh snapshot, else from YAML with every check.
package import Foundation

extension Knowledge {
  /// Loads and checks `knowledge/` and `recipes/`, from a snapshot in `cache` when it is fresh.
  ///
  /// - Parameters:
  ///   - home: the folder that holds `knowledge/` and `recipes/`.
  ///   - cache: where the snapshot lies; nil: always read the YAML. A cache that cannot be read or
  ///     written costs time only.
  /// - Returns: the knowledge base, checked.
  /// - Throws: `KnowledgeFault` with every fault found.
  package static func load(home: URL, cache: URL?) throws(KnowledgeFault) -> Knowledge {
    let files = try KnowledgeFiles.read(home: home)
    if let cache, let tree = Snapshot.read(folder: cache, for: files.hash) {
      let log = FaultLog()
      let knowledge = decode(tree, log: log)
      if log.faults.isEmpty { return knowledge }
    }
    let tree = try SourceTree.parse(files.files)
    let log = FaultLog()
    let knowledge = decode(tree, log: log)
    _ = Library.decode(tree, log: log)
    Layout.check(tree, log: log)
    KnowledgeCheck(knowledge: knowledge, tree: tree, log: log).run()
    guard log.faults.isEmpty else { throw KnowledgeFault(faults: log.faults) }
    if let cache { Snapshot.write(tree, hash: files.hash, folder: cache) }
    return knowledge
  }

  /// Typed values of everything but the library.
  private static func decode(_ tree: SourceTree, log: FaultLog) -> Knowledge {
    let questions =
      tree.file(Layout.questions).map { Decode.questionnaire($0, log: log) } ?? Questionnaire([])
    let flowchart =
      tree.file(Layout.flowchart).map { Decode.flowchart($0, log: log) }
      ?? Flowchart(rungs: [], steps: [], nodes: [], edges: [], weights: [:])
    var reports: [Language: Phrases] = [:]
    for language in Language.allCases {
      reports[language] = tree.file("knowledge/reports/\(language.rawValue).yaml").map {
        Decode.phrases($0, language: language, log: log)
      }
    }
    return Knowledge(
      questionnaire: questions,
      rules: tree.files(under: "knowledge/rules").flatMap {
        Decode.rules($0, questions, log: log)
      },
      flowchart: flowchart,
      constants: tree.file(Layout.costs).map { Decode.constants($0, log: log) } ?? [],
      formulas: tree.file(Layout.formulas).map { Decode.formulas($0, log: log) } ?? [],
      evidence: tree.files(under: "knowledge/evidence").compactMap {
        Decode.evidence($0, log: log)
      },
      sources: tree.files(under: "knowledge/sources").flatMap { Decode.sources($0, log: log) },
      recipes: tree.files(under: "recipes").compactMap { Decode.recipe($0, log: log) },
      library: Library(tree), reportWords: reports)
  }
}

/// Which files the knowledge base has.
enum Layout {
  static let questions = "knowledge/questions.yaml"
  static let flowchart = "knowledge/flowchart.yaml"
  static let costs = "knowledge/costs.yaml"
  static let formulas = "knowledge/formulas.yaml"

  static let required =
    [questions, flowchart, costs, formulas, "knowledge/glossary.yaml"]
    + ["dialogue", "reports"].flatMap { ["knowledge/\($0)/en.yaml", "knowledge/\($0)/zh.yaml"] }
  static let folders = [
    "knowledge/rules", "knowledge/evidence", "knowledge/sources", "knowledge/methods", "recipes",
  ]

  /// Whether `path` is a result of `AdaptBench`, kept as it was printed: a JSON file right in
  /// `knowledge/evidence/measured`.
  static func isMeasurement(_ path: String) -> Bool {
    let folder = "knowledge/evidence/measured/"
    return path.hasPrefix(folder) && path.hasSuffix(".json")
      && !path.dropFirst(folder.count).contains("/")
  }

  /// Reports missing files, and files in no known place.
  static func check(_ tree: SourceTree, log: FaultLog) {
    let nothing = Datum(.map([]))
    for path in required where tree.file(path) == nil {
      log.add("missing file", at: nothing, in: path)
    }
    for file in tree.files
    where !required.contains(file.path)
      && !folders.contains(where: { file.path.hasPrefix($0 + "/") })
    {
      log.add(
        "file in no known place", at: nothing, in: file.path,
        hint: "known: \((required + folders).joined(separator: ", "))")
    }
  }
}
