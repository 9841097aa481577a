// Reads the keys of one map into typed values, logging every fault with its place.
internal import AdaptSystem

/// Reads one map; `finish()` reports the keys nobody asked for.
///
/// A fault is logged and a harmless value returned, so that one pass finds all faults; the caller
/// throws when the log is not empty.
final class MapReader {
  let file: String
  let log: FaultLog
  let datum: Datum
  private let entries: [Datum.Entry]
  private var asked: [String] = []

  /// A reader over `datum`, or nil (with a fault) when it is not a map.
  init?(_ datum: Datum, file: String, log: FaultLog) {
    guard case .map(let entries) = datum.content else {
      log.add("not a map of keys", wanted: "a map", got: datum.kindName, at: datum, in: file)
      return nil
    }
    self.file = file
    self.log = log
    self.datum = datum
    self.entries = entries
  }

  /// The value of an optional key.
  func optional(_ key: String) -> Datum? {
    asked.append(key)
    return entries.first { $0.key == key }?.value
  }

  /// The value of a key that must be there.
  func required(_ key: String) -> Datum? {
    let value = optional(key)
    if value == nil { log.add("missing key `\(key)`", at: datum, in: file) }
    return value
  }

  var keys: [String] { entries.map(\.key) }
  /// Every entry, for maps whose keys are data.
  var all: [Datum.Entry] { entries }

  func string(_ key: String) -> String { required(key).map { text($0, key) } ?? "" }
  func optionalString(_ key: String) -> String? { optional(key).map { text($0, key) } }

  private func text(_ value: Datum, _ key: String) -> String {
    guard let text = value.scalar, !text.isEmpty else {
      log.add("`\(key)` wants text", got: value.kindName, at: value, in: file)
      return ""
    }
    return text
  }

  func number(_ key: String) -> Double { required(key).flatMap { number($0, key) } ?? 0 }
  func optionalNumber(_ key: String) -> Double? { optional(key).flatMap { number($0, key) } }

  private func number(_ value: Datum, _ key: String) -> Double? {
    guard let number = value.scalar.flatMap({ Double($0.filter { $0 != "_" }) }), number.isFinite
    else {
      log.add("`\(key)` wants a number", got: value.kindName, at: value, in: file)
      return nil
    }
    return number
  }

  func boolean(_ key: String, default fallback: Bool) -> Bool {
    guard let value = optional(key) else { return fallback }
    switch value.scalar {
    case "true", "yes": return true
    case "false", "no": return false
    default:
      log.add("`\(key)` wants yes or no", got: value.kindName, at: value, in: file)
      return fallback
    }
  }

  func list(_ key: String) -> [Datum] {
    guard let value = optional(key) else { return [] }
    guard case .list(let items) = value.content else {
      log.add("`\(key)` wants a list", got: value.kindName, at: value, in: file)
      return []
    }
    return items
  }

  /// A list of words; one word alone counts as a list of one.
  func words(_ key: String) -> [Word] {
    guard let value = optional(key) else { return [] }
    return words(in: value, key)
  }

  func words(in value: Datum, _ key: String) -> [Word] {
    if let text = value.scalar { return [Word(text: text, datum: value)] }
    guard case .list(let items) = value.content else {
      log.add("`\(key)` wants a list", got: value.kindName, at: value, in: file)
      return []
    }
    return items.map { Word(text: text($0, key), datum: $0) }
  }

  func strings(_ key: String) -> [String] { words(key).map(\.text) }

  /// One of the raw values of an enumeration.
  func choice<Value>(_ key: String, default fallback: Value) -> Value
  where Value: RawRepresentable<String> & CaseIterable {
    guard let value = required(key) else { return fallback }
    if let known = value.scalar.flatMap(Value.init(rawValue:)) { return known }
    log.add(
      "unknown \(key) \(value.kindName)", at: value, in: file,
      hint: NearestName.hint(
        for: value.scalar ?? "", among: Value.allCases.map(\.rawValue)))
    return fallback
  }

  func bilingual(_ key: String) -> Bilingual {
    required(key).map { bilingual($0) } ?? Bilingual(en: "", zh: "")
  }

  func optionalBilingual(_ key: String) -> Bilingual? { optional(key).map { bilingual($0) } }

  private func bilingual(_ value: Datum) -> Bilingual {
    guard let reader = MapReader(value, file: file, log: log) else {
      return Bilingual(en: "", zh: "")
    }
    defer { reader.finish() }
    return Bilingual(en: reader.string("en"), zh: reader.string("zh"))
  }

  func map(_ key: String) -> MapReader? {
    optional(key).flatMap { MapReader($0, file: file, log: log) }
  }

  /// Scalars of a map whose keys are data, in order.
  func pairs(_ key: String) -> [(name: String, value: String)] {
    guard let reader = map(key) else { return [] }
    return reader.all.map { ($0.key, reader.text($0.value, $0.key)) }
  }

  /// Reports every key that was never asked for.
  func finish() {
    let known = Array(Set(asked)).sorted()
    for entry in entries where !known.contains(entry.key) {
      log.add(
        "unknown key `\(entry.key)`", at: Datum(.map([]), line: entry.line, column: entry.column),
        in: file, hint: NearestName.hint(for: entry.key, among: known))
    }
  }
}

/// A word with its place, for faults about ids.
struct Word {
  let text: String
  let datum: Datum
}
