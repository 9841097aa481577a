// Settings of an adapter, read with a check at every key; what nobody asked for is an error in the end.
import AdaptSystem

/// The keys of one `adapter_config.json` while a method takes them.
struct SettingsReader {
  let path: String?
  private let values: [String: JSONValue]
  private var taken: Set<String> = []

  init(_ values: [String: JSONValue], path: String?) {
    self.values = values
    self.path = path
  }

  /// The value of `key`; nil where it is absent or null.
  mutating func value(_ key: String) -> JSONValue? {
    taken.insert(key)
    guard let value = values[key], !value.isNull else { return nil }
    return value
  }

  /// Notes that `key` changes nothing, whatever it says.
  mutating func ignore(_ keys: [String]) { taken.formUnion(keys) }

  mutating func integer(
    _ key: String, in range: ClosedRange<Int>, default usual: Int
  ) throws(PEFTFault) -> Int {
    guard let value = value(key) else { return usual }
    return try integer(value, key, in: range)
  }

  mutating func number(_ key: String, default usual: Double) throws(PEFTFault) -> Double {
    guard let value = value(key) else { return usual }
    return try number(value, key)
  }

  mutating func boolean(_ key: String, default usual: Bool) throws(PEFTFault) -> Bool {
    switch value(key) {
    case nil: return usual
    case .boolean(let value): return value
    case .some(let value): throw fault(key, wanted: "true or false", got: value)
    }
  }

  mutating func string(_ key: String) throws(PEFTFault) -> String? {
    switch value(key) {
    case nil: return nil
    case .string(let text): return text
    case .some(let value): throw fault(key, wanted: "a string", got: value)
    }
  }

  /// One of the cases of `Choice`.
  mutating func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, default usual: Choice
  ) throws(PEFTFault) -> Choice where Choice.RawValue == String {
    guard let text = try string(key) else { return usual }
    if let choice = Choice(rawValue: text) { return choice }
    let known = Choice.allCases.map(\.rawValue)
    throw .setting(
      path: path, key: key, wanted: known.joined(separator: ", "), got: "`\(text)`",
      hint: NearestName.hint(for: text, among: known))
  }

  /// A list of strings, or one string alone; empty where the key is absent.
  mutating func strings(_ key: String) throws(PEFTFault) -> [String] {
    switch value(key) {
    case nil: return []
    case .string(let text): return [text]
    case .array(let items):
      var texts: [String] = []
      for item in items {
        guard case .string(let text) = item else {
          throw fault(key, wanted: "strings", got: item)
        }
        texts.append(text)
      }
      return texts
    case .some(let value): throw fault(key, wanted: "a list of strings", got: value)
    }
  }

  /// A list of whole numbers, or one alone; nil where the key is absent or empty.
  mutating func integers(
    _ key: String, in range: ClosedRange<Int>
  ) throws(PEFTFault) -> [Int]? {
    guard let value = value(key) else { return nil }
    guard case .array(let items) = value else { return [try integer(value, key, in: range)] }
    var numbers: [Int] = []
    for item in items { numbers.append(try integer(item, key, in: range)) }
    return numbers.isEmpty ? nil : numbers
  }

  /// An object by key; empty where it is absent.
  mutating func object(_ key: String) throws(PEFTFault) -> [String: JSONValue] {
    switch value(key) {
    case nil: return [:]
    case .object(let members): return members
    case .some(let value): throw fault(key, wanted: "an object", got: value)
    }
  }

  func integer(
    _ value: JSONValue, _ key: String, in range: ClosedRange<Int>
  ) throws(PEFTFault) -> Int {
    guard let number = value.int, range.contains(number) else {
      throw fault(
        key, wanted: "a whole number from \(range.lowerBound) to \(range.upperBound)", got: value)
    }
    return number
  }

  func number(_ value: JSONValue, _ key: String) throws(PEFTFault) -> Double {
    guard let number = value.double else { throw fault(key, wanted: "a number", got: value) }
    return number
  }

  /// Checks every key that was not taken against what the method knows to be without effect.
  ///
  /// - Throws: `PEFTFault.setting` naming an unknown key and the nearest known one, or a known key with a value
  ///   that would change the result.
  func finish(inert: [String: [JSONValue]], hint: String) throws(PEFTFault) {
    for key in values.keys.sorted() where !taken.contains(key) {
      guard let value = values[key] else { continue }
      guard let harmless = inert[key] else {
        throw .setting(
          path: path, key: key, wanted: "a key that is known here", got: value.brief,
          hint: nearest(key, among: taken.union(inert.keys)))
      }
      guard !value.isNull, !harmless.contains(value) else { continue }
      let wanted = ([.null] + harmless).map(\.brief).joined(separator: " or ")
      throw .setting(path: path, key: key, wanted: wanted, got: value.brief, hint: hint)
    }
  }

  private func nearest(_ key: String, among known: Set<String>) -> String {
    guard let name = NearestName.best(for: String(key.prefix(64)), among: known.sorted()) else {
      return "it may come from a newer version of peft, and could change what the adapter does"
    }
    return "did you mean `\(name)`?"
  }

  func fault(_ key: String, wanted: String, got: JSONValue) -> PEFTFault {
    .setting(path: path, key: key, wanted: wanted, got: got.brief, hint: nil)
  }
}
