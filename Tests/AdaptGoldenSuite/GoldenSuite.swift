// The list of what the suite covers, and the run over one folder.
import AdaptSystem

/// A part of the generator's folder: it finds the cases of that folder.
protocol GoldenPart: Sendable {
  /// Name of the folder below the root.
  static var folder: String { get }

  static func cases(in folder: GoldenFolder) throws -> [any GoldenCase]
}

/// One folder, or file, of references with its comparisons.
protocol GoldenCase {
  /// Its path below the root.
  var name: String { get }

  func run(_ log: inout CaseLog) throws
}

package enum GoldenSuite {
  /// All parts, in the order of the generator.
  static let parts: [any GoldenPart.Type] = [
    TokenizersPart.self, ModelsPart.self, AdaptersPart.self, AdapterHubPart.self,
    QuantisersPart.self, LossesPart.self, ProxyPart.self, DecodingPart.self, OptimisersPart.self,
    SentencesPart.self,
  ]

  /// Folders that hold no references.
  private static let others = ["generator"]

  package static let folders = parts.map { $0.folder }

  /// Runs every case of `folder`; `report` sees each result as it comes.
  package static func run(
    _ folder: GoldenFolder, report: (GoldenResult) -> Void = { _ in }
  ) -> [GoldenResult] {
    var results: [GoldenResult] = []
    func add(_ name: String, _ body: (inout CaseLog) throws -> Void) {
      var log = CaseLog(name)
      log.whole(body)
      log.results.forEach(report)
      results += log.results
    }
    let present = folder.folders()
    for part in parts where present.contains(part.folder) {
      var cases: [any GoldenCase] = []
      add(part.folder) { _ in cases = try part.cases(in: folder) }
      for item in cases { add(item.name) { try item.run(&$0) } }
    }
    for name in present where !folders.contains(name) && !others.contains(name) {
      add(name) { _ in throw NotImplemented("nothing here knows this part of the references") }
    }
    for (name, files) in Dictionary(grouping: folder.missing, by: home).sorted(by: {
      $0.key < $1.key
    }) {
      add(name) { _ in throw GoldenFault.missing(files) }
    }
    return results
  }

  /// The folder of a file, without the folders of an adapter.
  private static func home(_ file: String) -> String {
    file.split(separator: "/").dropLast().prefix(3).joined(separator: "/")
  }
}

/// A case that the folder has and the product does not do yet.
struct MissingCase: GoldenCase {
  let name: String
  let reason: String

  func run(_ log: inout CaseLog) throws { throw NotImplemented(reason) }
}
