// What can be wrong with an answer or a file of answers.
package import AdaptSystem

/// An answer that does not fit its question.
package enum ProfileFault: DiagnosableError, Equatable {
  case unknownKey(String, known: [String])
  case unknownValue(key: String, value: String, known: [String])
  case notANumber(key: String, value: String, example: String)
  case outOfRange(key: String, value: String, minimum: String?, maximum: String?)
  case unfit(key: String, got: String)
  /// Every fault of a profile file at once, each with its place.
  case file([Diagnosis])

  package var diagnosis: Diagnosis {
    switch self {
    case .unknownKey(let key, let known):
      Diagnosis("unknown question `\(key)`", hint: NearestName.hint(for: key, among: known))
    case .unknownValue(let key, let value, let known):
      Diagnosis(
        "unknown value `\(value)` for `\(key)`", hint: NearestName.hint(for: value, among: known))
    case .notANumber(let key, let value, let example):
      Diagnosis("`\(key)` wants a number", wanted: "such as \(example)", got: "`\(value)`")
    case .outOfRange(let key, let value, let minimum, let maximum):
      Diagnosis(
        "`\(key)` is out of range", wanted: Self.range(minimum, maximum), got: "`\(value)`")
    case .unfit(let key, let got):
      Diagnosis("the answer does not fit the question `\(key)`", got: got)
    case .file(let faults):
      Self.together(faults)
    }
  }

  private static func range(_ minimum: String?, _ maximum: String?) -> String {
    switch (minimum, maximum) {
    case (let low?, let high?): "\(low) to \(high)"
    case (let low?, nil): "at least \(low)"
    case (nil, let high?): "at most \(high)"
    case (nil, nil): "any number"
    }
  }

  /// One fault as it is; several as a list.
  private static func together(_ faults: [Diagnosis]) -> Diagnosis {
    if faults.count == 1, let only = faults.first { return only }
    let list = faults.map { $0.text.replacing("\n\n", with: "\n  ") }.joined(separator: "\n")
    return Diagnosis("\(faults.count) faults in the profile:\n\(list)")
  }
}
