// Reads YAML text into the neutral tree; Yams does the parsing, this bounds what it may build.
internal import AdaptSystem
internal import Yams

/// Reads YAML into a `Datum`.
enum YAMLReader {
  /// Limits that no file of ours comes near; a hostile one is refused instead of followed.
  static let maximumDepth = 40
  static let maximumNodes = 200_000

  /// The tree of the one document in `text`; an empty document is an empty map.
  ///
  /// - Parameters:
  ///   - text: the YAML.
  ///   - file: the name for faults.
  ///   - firstLine: what to add to line numbers, for front matter that starts further down.
  /// - Returns: the tree.
  /// - Throws: `YAMLFault` for what is not YAML, or goes beyond the limits.
  static func read(
    _ text: String, file: String, firstLine: Int = 0
  ) throws(YAMLFault) -> Datum {
    do {
      guard let node = try Yams.compose(yaml: text) else { return Datum(.map([])) }
      var budget = maximumNodes
      return try datum(node, file: file, lines: firstLine, depth: 0, &budget)
    } catch let fault as YAMLFault {
      throw fault
    } catch let error as YamlError {
      throw YAMLFault(diagnosis(error, file: file, lines: firstLine))
    } catch {
      throw YAMLFault(Diagnosis("cannot read YAML: \(error)", place: file))
    }
  }

  private static func datum(
    _ node: Node, file: String, lines: Int, depth: Int, _ budget: inout Int
  ) throws -> Datum {
    budget -= 1
    let line = (node.mark?.line ?? 0) + lines
    let column = node.mark?.column ?? 0
    guard depth < maximumDepth, budget > 0 else {
      throw YAMLFault(
        Diagnosis(
          "YAML nested or repeated too much",
          wanted: "at most \(maximumDepth) levels and \(maximumNodes) values",
          place: "\(file):\(line):\(column)"))
    }
    let content: Datum.Content
    switch node {
    case .scalar(let scalar): content = .scalar(scalar.string)
    case .sequence(let sequence):
      content = .list(
        try sequence.map { try datum($0, file: file, lines: lines, depth: depth + 1, &budget) })
    case .mapping(let mapping):
      content = .map(
        try mapping.map { key, value in
          Datum.Entry(
            key: key.scalar?.string ?? "", line: (key.mark?.line ?? 0) + lines,
            column: key.mark?.column ?? 0,
            value: try datum(value, file: file, lines: lines, depth: depth + 1, &budget))
        })
    case .alias: content = .scalar("")
    }
    return Datum(content, line: line, column: column)
  }

  private static func diagnosis(_ error: YamlError, file: String, lines: Int) -> Diagnosis {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      Diagnosis(
        "not valid YAML: \(problem)", place: "\(file):\(mark.line + lines):\(mark.column)",
        hint: "check indentation, quotes and colons there")
    case .duplicatedKeysInMapping(let duplicates, let context):
      Diagnosis(
        "key given twice: \(duplicates.map { "`\($0)`" }.joined(separator: ", "))",
        place: "\(file):\(context.mark.line + lines):\(context.mark.column)")
    case .reader(let problem, _, _, _):
      Diagnosis("not valid YAML: \(problem)", place: file, hint: "the file must be UTF-8 text")
    default:
      Diagnosis("not valid YAML", place: file)
    }
  }
}

/// One fault of a YAML text.
struct YAMLFault: Error {
  let diagnosis: Diagnosis

  init(_ diagnosis: Diagnosis) {
    self.diagnosis = diagnosis
  }
}
