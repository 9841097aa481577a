// Keys of a configuration that all methods at sites have.
import AdaptSystem

/// How the dense layers of a model lie in its file.
enum SiteLayout {
  /// What peft calls layers as `[in, out]`, GPT-2's; the model knows it, as peft does when it puts this key right.
  static let key = "fan_in_fan_out"
}

/// What such a method reads and writes beside its own keys.
extension SettingsReader {
  /// `bias`, which peft names after the method: `lora_only`, `oft_only`.
  mutating func bias(_ ofTargets: String) throws(PEFTFault) -> BiasTraining {
    switch try string("bias") {
    case nil, "none": return .none
    case "all": return .all
    case ofTargets: return .ofTargets
    case .some(let text):
      throw .setting(
        path: path, key: "bias", wanted: "none, all, \(ofTargets)", got: "`\(text.excerpt)`",
        hint: nil)
    }
  }

  /// A number within `range`, above its lower bound where that `isOpen`.
  mutating func number(
    _ key: String, in range: ClosedRange<Double>, default usual: Double
  ) throws(PEFTFault) -> Double {
    let number = try number(key, default: usual)
    guard range.contains(number) else {
      throw .setting(
        path: path, key: key, wanted: "\(range.lowerBound) to \(range.upperBound)",
        got: "\(number)", hint: nil)
    }
    return number
  }
}

extension BiasTraining {
  func value(_ ofTargets: String) -> JSONValue {
    switch self {
    case .none: .string("none")
    case .all: .string("all")
    case .ofTargets: .string(ofTargets)
    }
  }
}

extension SiteConfiguration {
  /// What every file of such a method says, together with the method's `own` keys.
  func fields(peftType: String, _ own: [String: JSONValue]) -> [String: JSONValue] {
    common.fields(peftType: peftType).merging(modules.fields) { $1 }.merging(own) { $1 }
  }
}
