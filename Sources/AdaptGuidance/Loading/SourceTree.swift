// All files of the knowledge base as neutral trees: what YAML gives and what the snapshot stores.
internal import AdaptSystem
internal import Foundation

/// The trees of every file, in the order of their paths.
struct SourceTree: Sendable, Equatable {
  var files: [SourceFile]

  /// Parses every file.
  ///
  /// - Throws: `KnowledgeFault` with the fault of every file that is not YAML.
  static func parse(_ files: [KnowledgeFiles.File]) throws(KnowledgeFault) -> SourceTree {
    var faults: [Diagnosis] = []
    var parsed: [SourceFile] = []
    for file in files {
      guard let text = String(validating: file.bytes, as: UTF8.self) else {
        faults.append(Diagnosis("not UTF-8 text", place: file.path))
        continue
      }
      do throws(YAMLFault) {
        parsed.append(try source(file.path, text))
      } catch {
        faults.append(error.diagnosis)
      }
    }
    guard faults.isEmpty else { throw KnowledgeFault(faults: faults) }
    return SourceTree(files: parsed)
  }

  private static func source(_ path: String, _ text: String) throws(YAMLFault) -> SourceFile {
    if path.hasSuffix(".md") { return try card(path, text) }
    let datum = try YAMLReader.read(text, file: path)
    return SourceFile(path: path, datum: datum, text: path.hasPrefix("recipes/") ? text : "")
  }

  /// A card: front matter between two lines of `---`, then Markdown.
  private static func card(_ path: String, _ text: String) throws(YAMLFault) -> SourceFile {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.first == "---", let end = lines.dropFirst().firstIndex(of: "---") else {
      throw YAMLFault(
        Diagnosis(
          "card without front matter", wanted: "`---` in the first line and after the keys",
          place: "\(path):1"))
    }
    let datum = try YAMLReader.read(
      lines[1..<end].joined(separator: "\n"), file: path, firstLine: 1)
    let body = lines[(end + 1)...].joined(separator: "\n")
    return SourceFile(path: path, datum: datum, text: body)
  }

  func file(_ path: String) -> SourceFile? { files.first { $0.path == path } }
  func files(under folder: String) -> [SourceFile] {
    files.filter { $0.path.hasPrefix(folder + "/") }
  }
}
