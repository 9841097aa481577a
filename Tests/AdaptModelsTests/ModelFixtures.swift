// Finds the tiny model beside the tests, the full goldens where `GOLDEN` names them, and an installed MiniLM.
import AdaptSystem
import AdaptTensors
import Foundation

enum ModelFixtures {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Fixtures")
  static let bert = folder.appendingPathComponent("bert")
  static let bertClassifier = folder.appendingPathComponent("bert_cls")
  static let bertSpans = folder.appendingPathComponent("bert_qa")

  /// The folder of `GOLDEN`, when set: the full reference set.
  static let golden: URL? = ProcessInfo.processInfo.environment["GOLDEN"].map {
    URL(fileURLWithPath: $0)
  }

  /// The installed default embedder, when it is.
  static let miniLM: URL? = {
    let folder = Resources.models().appendingPathComponent("all-MiniLM-L6-v2")
    let weights = folder.appendingPathComponent("model.safetensors")
    return FileManager.default.fileExists(atPath: weights.path) ? folder : nil
  }()

  /// A copy of the tiny model in a temporary folder, gone after `body`.
  static func withCopy(of source: URL = bert, _ body: (URL) throws -> Void) throws {
    let copy = FileManager.default.temporaryDirectory
      .appendingPathComponent("adapt-model-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: copy) }
    try FileManager.default.copyItem(at: source, to: copy)
    try body(copy)
  }
}

/// The largest absolute difference of two equally long lists; infinity when one holds NaN or lengths differ.
func largestDifference(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Float {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { worst, pair in
    let difference = abs(pair.0 - pair.1)
    return difference.isNaN ? .infinity : max(worst, difference)
  }
}
