// Turns what a user types into a normalised answer, and back.
internal import AdaptSystem
internal import Foundation

/// Parses and prints answers.
enum AnswerParser {
  static func parse(_ text: String, for question: Question) throws(ProfileFault) -> Answer {
    let word = text.trimmingCharacters(in: .whitespacesAndNewlines)
    if Answer.unknownWords.contains(word.lowercased()) { return .unknown }
    switch question.kind {
    case .choice: return .choice(try option(word, question))
    case .choices: return .choices(try options(word, question))
    case .boolean: return .boolean(try boolean(word, question))
    case .number: return .number(try number(word, question))
    }
  }

  /// Whether an answer is of the question's kind and names only its options.
  static func fits(_ answer: Answer, _ question: Question) -> Bool {
    let ids = Set(question.options.map(\.id))
    return switch (answer, question.kind) {
    case (.unknown, _), (.boolean, .boolean): true
    case (.choice(let id), .choice): ids.contains(id)
    case (.choices(let chosen), .choices): ids.isSuperset(of: chosen)
    case (.number(let value), .number): inRange(value, question)
    default: false
    }
  }

  static func text(_ answer: Answer, for question: Question) -> String {
    switch answer {
    case .unknown: "unknown"
    case .choice(let id): id
    case .choices(let ids): ids.isEmpty ? "none" : ids.joined(separator: ", ")
    case .boolean(let value): value ? "yes" : "no"
    case .number(let value): NumberText.compact(value, unit: question.unit ?? .count)
    }
  }

  private static func option(_ word: String, _ question: Question) throws(ProfileFault) -> String {
    let wanted = folded(word)
    let found = question.options.first { option in
      folded(option.id) == wanted || option.aliases.contains { folded($0) == wanted }
        || folded(option.label.en) == wanted || folded(option.label.zh) == wanted
    }
    guard let found else {
      throw ProfileFault.unknownValue(
        key: question.id, value: word, known: question.options.map(\.id))
    }
    return found.id
  }

  /// Several options, separated by commas (of any kind), semicolons or plus signs.
  private static func options(
    _ text: String, _ question: Question
  ) throws(ProfileFault) -> [String] {
    var chosen: Set<String> = []
    for word in text.split(whereSeparator: { ",，、;；+".contains($0) }) {
      let word = word.trimmingCharacters(in: .whitespaces)
      if !word.isEmpty { chosen.insert(try option(word, question)) }
    }
    guard !chosen.isEmpty else {
      throw ProfileFault.unknownValue(
        key: question.id, value: text, known: question.options.map(\.id))
    }
    return question.options.map(\.id).filter(chosen.contains)
  }

  private static let yes: Set<String> = [
    "yes", "y", "true", "on", "1", "是", "有", "要", "需要", "对", "required",
  ]
  private static let no: Set<String> = [
    "no", "n", "false", "off", "0", "否", "没有", "不", "不要", "不需要", "无", "none",
  ]

  private static func boolean(_ word: String, _ question: Question) throws(ProfileFault) -> Bool {
    if yes.contains(word.lowercased()) { return true }
    if no.contains(word.lowercased()) { return false }
    throw ProfileFault.unknownValue(key: question.id, value: word, known: ["yes", "no", "unknown"])
  }

  private static func number(_ word: String, _ question: Question) throws(ProfileFault) -> Double {
    let unit = question.unit ?? .count
    let value: Double
    if let said = question.words.first(where: { folded($0.key) == folded(word) }) {
      value = said.value
    } else if let read = NumberText.parse(word, unit: unit) {
      value = read
    } else {
      throw ProfileFault.notANumber(
        key: question.id, value: word, example: NumberText.example(of: unit))
    }
    guard inRange(value, question) else {
      throw ProfileFault.outOfRange(
        key: question.id, value: word,
        minimum: question.minimum.map { NumberText.compact($0, unit: unit) },
        maximum: question.maximum.map { NumberText.compact($0, unit: unit) })
    }
    return value
  }

  private static func inRange(_ value: Double, _ question: Question) -> Bool {
    value.isFinite && value >= question.minimum ?? -Double.infinity
      && value <= question.maximum ?? Double.infinity
  }

  /// Case, and the difference between spaces, hyphens and underscores, do not count.
  private static func folded(_ word: String) -> String {
    String(word.lowercased().map { $0 == "_" || $0 == " " ? "-" : $0 })
  }
}
