// A model folder of every family, and copies of them with changes.
import AdaptGradients
import AdaptModels
import AdaptTensors
import AdaptTestSupport
import Foundation

struct FamilyFixture: Sendable, CustomStringConvertible {
  let type: String
  let folder: URL

  /// Those of the committed references, and of SmolLM3 beside the tests.
  static let all: [FamilyFixture] = {
    let golden = ModelFixtures.folder.deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("AdaptGoldenTests/Golden/models")
    return ["llama", "mistral", "qwen2", "qwen3", "gpt2", "gemma2", "phi3"].map {
      FamilyFixture(type: $0, folder: golden.appendingPathComponent($0))
    } + [FamilyFixture(type: "smollm3", folder: own("smollm3"))]
  }()

  static func named(_ type: String) -> FamilyFixture? { all.first { $0.type == type } }

  static func own(_ name: String) -> URL {
    ModelFixtures.folder.appendingPathComponent("families/" + name)
  }

  var description: String { type }

  func members() throws -> [String: Any] {
    let data = try Data(contentsOf: folder.appendingPathComponent("config.json"))
    return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
  }

  /// Calls `body` with the folder under another configuration, and other weights where they are given.
  func withCopy<Result>(
    _ members: [String: Any], weights: [(String, Tensor)]? = nil, _ body: (URL) throws -> Result
  ) throws -> Result {
    let copy = try TemporaryFolder()
    let url = URL(fileURLWithPath: copy.path)
    try JSONSerialization.data(withJSONObject: members)
      .write(to: url.appendingPathComponent("config.json"))
    let target = url.appendingPathComponent("model.safetensors")
    if let weights {
      try SafetensorsWriter.write(weights.map { TensorOutput($0.0, $0.1) }, to: target)
    } else {
      try FileManager.default.createSymbolicLink(
        at: target, withDestinationURL: folder.appendingPathComponent("model.safetensors"))
    }
    return try body(url)
  }

  func weights() throws -> [(String, Tensor)] {
    let files = try WeightFiles(folder: folder)
    return try files.names.map { ($0, try files.tensor($0)) }
  }

  /// What opening says of the folder with changed members; nil when it opens.
  func complaint(_ change: (inout [String: Any]) -> Void) throws -> String? {
    var members = try members()
    change(&members)
    return try withCopy(members) { url in
      do throws(ModelFault) {
        _ = try CausalModels.open(folder: url)
        return nil
      } catch {
        return "\(error)"
      }
    }
  }
}

extension CausalLanguageModel {
  /// The logits of every token of one sequence.
  func allLogits(_ tokens: [Int32], in pass: Pass = Pass()) throws -> [Float] {
    logits(try hidden(TokenBatch([tokens]), in: pass), in: pass).value.elements
  }
}
