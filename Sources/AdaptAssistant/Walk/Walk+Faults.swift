// Faults in the reader's language, each with the nearest thing that would have been right.
import AdaptGuidance
package import AdaptSystem

extension Walk {
  /// A fault of an answer in the words of the dialogue.
  func localised(_ fault: ProfileFault) -> Diagnosis {
    switch fault {
    case .unknownKey(let key, let known):
      Diagnosis(say("fault.key", ["key": key]), hint: near(key, known, "fault.key.hint"))
    case .unknownValue(let key, let value, let known):
      Diagnosis(
        say("fault.value", ["key": title(key), "value": value]),
        hint: near(value, known, "fault.value.hint"))
    case .notANumber(let key, let value, let example):
      Diagnosis(
        say("fault.not_a_number", ["key": title(key), "value": value]),
        hint: say("fault.not_a_number.hint", ["example": example]))
    case .outOfRange(let key, let value, let minimum, let maximum):
      Diagnosis(
        say("fault.range", ["key": title(key), "value": value]),
        hint: say(
          "fault.range.hint", ["minimum": minimum ?? "−∞", "maximum": maximum ?? "∞"]))
    case .unfit, .file: fault.diagnosis
    }
  }

  private func title(_ key: String) -> String {
    question(key)?.title[language] ?? key
  }

  /// "did you mean …?" when something is near; the list too when it is short or nothing is near.
  func near(_ word: String, _ known: [String], _ listKey: String) -> String {
    let list = say(listKey, ["list": known.joined(separator: ", ")])
    guard let best = NearestName.best(for: word, among: known) else { return list }
    let question = say("fault.near", ["name": best])
    return known.count > 12 ? question : question + " " + list
  }

  func notUnderstood(_ text: String) -> Diagnosis {
    var known = WalkCommand.allCases.map(\.rawValue)
    if case .question(let id) = pending, let question = profile.questionnaire[id] {
      known += options(of: question).map(\.id)
    }
    let hint = hasDocuments ? "fault.text.hint" : "fault.text.hint_index"
    return Diagnosis(say("fault.text", ["text": text]), hint: near(text, known, hint))
  }

  /// A word that is nearer to a command than to any value of the question asked.
  func misspelledCommand(_ text: String) -> WalkTurn? {
    guard case .question(let id) = pending, let question = profile.questionnaire[id],
      let word = text.split(separator: " ").first.map(String.init)
    else { return nil }
    let commands = WalkCommand.allCases.map(\.rawValue)
    let best = NearestName.best(for: word, among: options(of: question).map(\.id) + commands)
    return best.map(commands.contains) == true ? unknownCommand(word) : nil
  }

  func unknownCommand(_ word: String) -> WalkTurn {
    let hint = near(word, WalkCommand.allCases.map(\.rawValue), "fault.command.hint")
    return WalkTurn([.fault(Diagnosis(say("fault.command", ["word": word]), hint: hint))])
  }

  func missing(_ command: WalkCommand) -> WalkTurn {
    let usage = say("usage.\(command.rawValue)")
    return WalkTurn([
      .fault(
        Diagnosis(
          say("fault.missing", ["command": command.rawValue]),
          hint: say("fault.missing.hint", ["usage": usage])))
    ])
  }

  func unknownName(_ kind: String, _ name: String, _ known: [String]) -> WalkTurn {
    WalkTurn([
      .fault(
        Diagnosis(
          say("fault.name", ["kind": say(kind), "name": name]),
          hint: near(name, known, "fault.name.hint")))
    ])
  }

  /// Any error in words, for work that failed.
  package static func diagnosis(of error: any Error) -> Diagnosis {
    (error as? any DiagnosableError)?.diagnosis ?? Diagnosis("\(error)")
  }
}
