// Documents and questions of a test collection: BEIR's JSON Lines and the classic .I/.T/.W files.
import Foundation

/// A document or a question with its identifier.
package struct EvaluationText: Sendable, Equatable {
  package var id: String
  package var title: String
  package var text: String

  package init(id: String, title: String = "", text: String) {
    self.id = id
    self.title = title
    self.text = text
  }
}

extension EvaluationText {
  /// Reads `corpus.jsonl`, `queries.jsonl` or a SMART file (`.I`, `.T`, `.A`, `.B`, `.W`), told apart by
  /// its first character.
  ///
  /// `numbered` counts the entries of a SMART file from 1 and ignores what follows `.I`, as Cranfield's
  /// judgements do for its questions.
  ///
  /// - Throws: `EvaluationFault` with file and line, `FileFault`.
  package static func read(path: String, numbered: Bool = false) throws -> [EvaluationText] {
    let lines = try EvaluationLines(path: path)
    var isSMART: Bool?
    try lines.visit { _, line in
      if isSMART == nil, let first = line.first(where: { !$0.isWhitespace }) {
        isSMART = first == "."
      }
    }
    guard let isSMART else {
      throw EvaluationFault.empty(path: path, wanted: "JSON Lines or `.I` entries")
    }
    return try isSMART ? SMARTReader.read(lines, numbered: numbered) : readJSONLines(lines)
  }

  private struct Record: Decodable {
    var id: String
    var title: String?
    var text: String

    private enum CodingKeys: String, CodingKey {
      case id = "_id"
      case title
      case text
    }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      if let number = try? values.decode(Int.self, forKey: .id) {
        id = String(number)
      } else {
        id = try values.decode(String.self, forKey: .id)
      }
      title = try values.decodeIfPresent(String.self, forKey: .title)
      text = try values.decode(String.self, forKey: .text)
    }
  }

  private static func readJSONLines(_ lines: EvaluationLines) throws -> [EvaluationText] {
    let decoder = JSONDecoder()
    var texts: [EvaluationText] = []
    var seen: Set<String> = []
    try lines.visit { number, line in
      guard line.contains(where: { !$0.isWhitespace }) else { return }
      guard let record = try? decoder.decode(Record.self, from: Data(line.utf8)) else {
        throw lines.fault(
          number, "not an entry", wanted: "an object with `_id` and `text`, `title` optional",
          got: line)
      }
      guard seen.insert(record.id).inserted else {
        throw EvaluationFault.duplicate(path: lines.path, line: number, id: record.id)
      }
      texts.append(EvaluationText(id: record.id, title: record.title ?? "", text: record.text))
    }
    return texts
  }
}

/// The format of the SMART system, in which Cranfield is distributed.
private enum SMARTReader {
  static func read(_ lines: EvaluationLines, numbered: Bool) throws -> [EvaluationText] {
    var texts: [EvaluationText] = []
    var seen: Set<String> = []
    var field: Character = " "
    try lines.visit { number, line in
      guard let mark = mark(line) else {
        guard !texts.isEmpty else {
          if line.allSatisfy(\.isWhitespace) { return }
          throw lines.fault(number, "text outside an entry", wanted: "`.I` and an id", got: line)
        }
        add(line, to: field, of: &texts[texts.count - 1])
        return
      }
      field = mark
      guard mark == "I" else { return }
      let given = line.dropFirst(2).trimmingCharacters(in: .whitespaces)
      let id = numbered ? String(texts.count + 1) : given
      guard !id.isEmpty else {
        throw lines.fault(number, "an entry without id", wanted: "`.I` and an id", got: line)
      }
      guard seen.insert(id).inserted else {
        throw EvaluationFault.duplicate(path: lines.path, line: number, id: id)
      }
      texts.append(EvaluationText(id: id, text: ""))
    }
    return texts
  }

  /// The letter of a line that opens a field; `.I` alone may be followed by something.
  private static func mark(_ line: String) -> Character? {
    guard line.hasPrefix("."), let letter = line.dropFirst().first else { return nil }
    let rest = line.dropFirst(2)
    if letter == "I" { return rest.isEmpty || rest.first == " " ? letter : nil }
    return letter.isUppercase && rest.allSatisfy(\.isWhitespace) ? letter : nil
  }

  private static func add(_ line: String, to field: Character, of text: inout EvaluationText) {
    let line = line.trimmingCharacters(in: .whitespaces)
    if field == "T" { text.title += text.title.isEmpty ? line : " " + line }
    if field == "W" { text.text += text.text.isEmpty ? line : " " + line }
  }
}
