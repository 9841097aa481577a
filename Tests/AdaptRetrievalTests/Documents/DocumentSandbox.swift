// A folder for one test, and short ways to fill and read it.
import AdaptRetrieval
import Foundation

/// A temporary folder that goes away with the value.
final class DocumentSandbox: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "adapt-documents-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  func write(_ text: String, to name: String) throws {
    try write(Array(text.utf8), to: name)
  }

  func write(_ bytes: [UInt8], to name: String) throws {
    let file = URL(fileURLWithPath: path + "/" + name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }

  func read(_ name: String) async throws -> ReadOutcome {
    try await DocumentReader().read(DiscoveredFile(path: path + "/" + name, bytes: 0))
  }

  /// Writes and reads one file; a skipped file throws its reason.
  func document(_ text: String, named name: String) async throws -> ReadDocument {
    try write(text, to: name)
    switch try await read(name) {
    case .document(let document): return document
    case .skipped(let reason): throw reason
    case .unchanged: throw SkipReason.empty
    }
  }

  /// Names below the folder of what was found.
  func names(_ discovery: Discovery) -> [String] {
    discovery.files.map { String($0.path.dropFirst(path.count + 1)) }
  }

  /// Labels of what was skipped, by names below the folder.
  func skipped(_ discovery: Discovery) -> [String: String] {
    var labels: [String: String] = [:]
    for file in discovery.skipped {
      labels[String(file.path.dropFirst(path.count + 1))] = file.reason.label
    }
    return labels
  }
}

/// Numbers that are the same on every run.
struct FixedRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
