// The configuration of a model to be made: by name or from a config.json.
import AdaptSystem
import AdaptTensors
import Foundation

/// Keys and values of a config.json with a check at every one that is used.
struct ModelConfiguration {
  /// The name or path it was asked for with.
  let source: String
  private(set) var values: [String: ConfigurationValue]

  /// Longest file read: real ones have a few kilobytes.
  private static let limit = 1 << 20

  /// A name of `NamedConfigurations`, else the path of a file.
  ///
  /// - Throws: `BenchFault.unknownConfiguration` with the nearest name, `.notJSON`; `FileFault`.
  init(_ source: String) throws {
    self.source = source
    if let known = NamedConfigurations.all.first(where: { $0.name == source }) {
      values = known.values
      return
    }
    guard source.contains("/") || source.hasSuffix(".json") else {
      throw BenchFault.unknownConfiguration(
        name: source, known: NamedConfigurations.all.map(\.name))
    }
    let file = try MappedFile(URL(fileURLWithPath: source), limit: Self.limit)
    do {
      values = try JSONDecoder().decode(
        [String: ConfigurationValue].self, from: Data(file.bytes))
    } catch {
      throw BenchFault.notJSON(path: source, wanted: "an object with the keys of a model")
    }
  }

  /// Its JSON with the type of the weights, in the spellings of transformers 4 and 5.
  func json(dtype: String) throws -> Data {
    var values = values
    values["dtype"] = .text(dtype)
    values["torch_dtype"] = .text(dtype)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(values) + Data("\n".utf8)
  }

  /// A whole number in `range`; `fallback` where the key is absent or null.
  func integer(
    _ key: String, in range: ClosedRange<Int>, fallback: Int? = nil
  ) throws(BenchFault) -> Int {
    switch values[key] ?? .null {
    case .integer(let value) where range.contains(value): return value
    case .null:
      if let fallback { return fallback }
      throw fault(key, wanted: "a whole number", got: "nothing")
    case let other:
      throw fault(key, wanted: "\(range.lowerBound) to \(range.upperBound)", got: other)
    }
  }

  /// False where the key is absent or null.
  func bool(_ key: String) throws(BenchFault) -> Bool {
    switch values[key] ?? .null {
    case .bool(let value): return value
    case .null: return false
    case let other: throw fault(key, wanted: "true or false", got: other)
    }
  }

  /// One of `known`; the first of them where the key is absent or null.
  func name(_ key: String, among known: [String]) throws(BenchFault) -> String {
    switch values[key] ?? .null {
    case .text(let name) where known.contains(name): return name
    case .null: return known[0]
    case .text(let name):
      throw .unknownArchitecture(path: source, key: key, got: name, known: known)
    case let other: throw fault(key, wanted: "a text", got: other)
    }
  }

  /// The only architecture, one of `known`; the first of them where none is named.
  func architecture(among known: [String]) throws(BenchFault) -> String {
    switch values["architectures"] ?? .null {
    case .null, .list([]): return known[0]
    case .list(let names) where names.count == 1:
      var copy = self
      copy.values["architectures"] = names[0]
      return try copy.name("architectures", among: known)
    case let other: throw fault("architectures", wanted: "a list of one name", got: other)
    }
  }

  /// How many labels a classifier has: the entries of `id2label`, else `num_labels`, else 2.
  func labels() throws(BenchFault) -> Int {
    guard case .object(let labels) = values["id2label"] else {
      return try integer("num_labels", in: 1...1_000_000, fallback: 2)
    }
    guard !labels.isEmpty else { throw fault("id2label", wanted: "a label", got: "none") }
    return labels.count
  }

  func fault(_ key: String, wanted: String, got: String) -> BenchFault {
    .configuration(path: source, key: key, wanted: wanted, got: got)
  }

  private func fault(_ key: String, wanted: String, got: ConfigurationValue) -> BenchFault {
    let words =
      switch got {
      case .null: "nothing"
      case .bool(let value): "\(value)"
      case .integer(let value): "\(value)"
      case .number(let value): "\(value)"
      case .text(let value): "`\(value.prefix(40))`"
      case .list: "a list"
      case .object: "an object"
      }
    return fault(key, wanted: wanted, got: words)
  }
}
