// Settings of the generator, read with the path and key of what is wrong.
import Foundation

/// A JSON object of the reference.
struct GoldenJSON {
  let path: String
  let object: [String: Any]

  init(_ url: URL) throws(GoldenFault) {
    path = url.path
    let parsed: Any
    do {
      parsed = try JSONSerialization.jsonObject(with: Data(contentsOf: url))
    } catch {
      throw .json(
        path: url.path, wanted: "a file with a JSON object",
        got: (error as NSError).localizedDescription)
    }
    guard let object = parsed as? [String: Any] else {
      throw .json(path: url.path, wanted: "a JSON object", got: "\(type(of: parsed))")
    }
    self.object = object
  }

  private init(path: String, object: [String: Any]) {
    self.path = path
    self.object = object
  }

  func object(_ key: String) throws(GoldenFault) -> GoldenJSON {
    GoldenJSON(path: path + ": " + key, object: try value(key, as: [String: Any].self, "an object"))
  }

  func objects(_ key: String) throws(GoldenFault) -> [GoldenJSON] {
    try value(key, as: [[String: Any]].self, "a list of objects").map {
      GoldenJSON(path: path + ": " + key, object: $0)
    }
  }

  func string(_ key: String) throws(GoldenFault) -> String {
    try value(key, as: String.self, "text")
  }

  func double(_ key: String) throws(GoldenFault) -> Double {
    try value(key, as: NSNumber.self, "a number").doubleValue
  }

  func integer(_ key: String) throws(GoldenFault) -> Int {
    let number = try value(key, as: NSNumber.self, "a whole number")
    guard let integer = Int(exactly: number) else {
      throw .json(path: path + ": " + key, wanted: "a whole number", got: "\(number)")
    }
    return integer
  }

  /// A whole number of 1 or more, and no more than any run has.
  func count(_ key: String) throws(GoldenFault) -> Int {
    let count = try integer(key)
    guard (1...10_000).contains(count) else {
      throw .json(path: path + ": " + key, wanted: "1 to 10000", got: "\(count)")
    }
    return count
  }

  func doubles(_ key: String) throws(GoldenFault) -> [Double] {
    try value(key, as: [NSNumber].self, "a list of numbers").map(\.doubleValue)
  }

  func strings(_ key: String) throws(GoldenFault) -> [String] {
    try value(key, as: [String].self, "a list of texts")
  }

  func integers(_ key: String) throws(GoldenFault) -> [Int] {
    try value(key, as: [NSNumber].self, "a list of whole numbers").map(\.intValue)
  }

  /// The numbers of an object by key.
  func numbers(_ key: String) throws(GoldenFault) -> [String: Double] {
    try value(key, as: [String: NSNumber].self, "numbers by name").mapValues(\.doubleValue)
  }

  private func value<Value>(
    _ key: String, as type: Value.Type, _ wanted: String
  ) throws(GoldenFault) -> Value {
    guard let value = object[key] as? Value else {
      throw .json(
        path: path + ": " + key, wanted: wanted,
        got: object[key].map { "\($0)" } ?? "no such key")
    }
    return value
  }
}

extension GoldenJSON {
  /// How well the numbers of this `golden.json` are determined; empty where it does not say.
  func determinacy() throws(GoldenFault) -> Determinacy {
    var result = Determinacy()
    if object["f32_vs_f64_params"] != nil {
      let d = try numbers("f32_vs_f64_params")
      (result.logits, result.gradients) = (d["logits"], d["grads"])
      (result.losses, result.stepWeights) = (d["losses"], d["step10_weights"])
    }
    if object["step10_sensitive"] != nil { result.sensitive = try numbers("step10_sensitive") }
    return result
  }
}
