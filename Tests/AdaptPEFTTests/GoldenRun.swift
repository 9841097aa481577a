// One run of the reference library: its model, its adapter, and what it computed. Read from any folder of the
// generator's layout, so that the full set can be walked with `GOLDEN=DIR`.
import AdaptGradients
import AdaptModels
import AdaptPEFT
import AdaptTensors
import Foundation

struct GoldenRun: CustomStringConvertible, Sendable {
  /// Beside the tests: `models/NAME` and `peft/NAME/METHOD`.
  static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Fixtures")

  /// The runs of LoRA beside the tests, and those of the folder `GOLDEN` when it is set.
  static let all: [GoldenRun] = {
    let folder = ProcessInfo.processInfo.environment["GOLDEN"].map { URL(fileURLWithPath: $0) }
    let root = folder ?? fixtures
    return ["llama", "bert_cls", "bert_qa"].flatMap { model in
      let names = try? FileManager.default.contentsOfDirectory(
        atPath: root.appendingPathComponent("peft/\(model)").path)
      return (names ?? []).filter { $0.hasPrefix("lora") || $0 == "rslora" }.sorted()
        .map { GoldenRun(root: root, model: model, method: $0) }
    }
  }()

  static let small = GoldenRun(root: fixtures, model: "llama", method: "lora_small")
  static let tables = GoldenRun(root: fixtures, model: "llama", method: "lora_embed_head")
  static let biases = GoldenRun(root: fixtures, model: "bert_cls", method: "lora_bias_only")

  let root: URL
  let model: String
  let method: String

  var description: String { model + "/" + method }
  var modelFolder: URL { root.appendingPathComponent("models/" + model) }
  var folder: URL { root.appendingPathComponent("peft/" + model + "/" + method) }
  var start: URL { folder.appendingPathComponent("adapter_init") }
  var end: URL { folder.appendingPathComponent("adapter_step10") }

  func open() throws -> any GoldenModel { try GoldenModels.open(modelFolder) }

  func batches() throws -> GoldenBatches {
    try GoldenBatches(
      folder.deletingLastPathComponent().appendingPathComponent("batches.safetensors"))
  }

  func tensors() throws -> SafetensorsFile {
    try SafetensorsFile(folder.appendingPathComponent("golden.safetensors"))
  }

  func facts() throws -> GoldenFacts {
    try JSONDecoder().decode(
      GoldenFacts.self, from: Data(contentsOf: folder.appendingPathComponent("golden.json")))
  }
}

/// What `golden.json` says of a run.
struct GoldenFacts: Decodable {
  struct Optimiser: Decodable {
    let lr: Double
    let betas: [Double]
    let eps: Double
    let weightDecay: Double

    enum CodingKeys: String, CodingKey {
      case lr, betas, eps
      case weightDecay = "weight_decay"
    }
  }
  /// How far the library's own figures move when it computes in f64.
  struct Rounding: Decodable {
    let logits: Float?
    let grads: Float?
    let losses: Float?
    let weights: Float?

    enum CodingKeys: String, CodingKey {
      case logits, grads, losses
      case weights = "step10_weights"
    }
  }
  let optimizer: Optimiser
  let steps: Int
  let trainableCount: Int
  let trainable: [String: [Int]]
  let rounding: Rounding
  /// Tensors of the tenth step that rounding alone moves further than the others.
  let sensitive: [String: Float]

  enum CodingKeys: String, CodingKey {
    case optimizer, steps, trainable
    case trainableCount = "trainable_parameters"
    case rounding = "f32_vs_f64_params"
    case sensitive = "step10_sensitive"
  }
}

/// The ten batches, without their padding.
struct GoldenBatches {
  let count: Int
  let sequences: [[[Int32]]]
  /// Places of a padded sequence.
  let width: Int
  /// By batch and name, one number a sequence or a real token.
  private let labels: [String: [[[Int32]]]]

  init(_ url: URL) throws {
    let file = try SafetensorsFile(url)
    let shape = try file.info("input_ids").shape
    let (count, B, T) = (shape[0], shape[1], shape[2])
    let mask = try file.integers("attention_mask")
    func rows(_ name: String) throws -> [[[Int32]]] {
      let values = try file.integers(name).map { Int32($0) }
      let width = values.count / (count * B)
      return (0..<count).map { batch in
        (0..<B).map { row in
          let first = (batch * B + row) * width
          let all = Array(values[first..<first + width])
          guard width == T else { return all }
          return zip(all, mask[first..<first + T]).filter { $0.1 == 1 }.map(\.0)
        }
      }
    }
    self.count = count
    self.width = T
    sequences = try rows("input_ids")
    labels = try ["labels", "start_positions", "end_positions"].reduce(into: [:]) {
      if file.tensors[$1] != nil { $0[$1] = try rows($1) }
    }
  }

  func tokens(_ batch: Int) -> TokenBatch { TokenBatch(sequences[batch]) }

  /// The same with the padding, which is computed and not attended to: some losses count it.
  func paddedTokens(_ batch: Int) -> TokenBatch {
    let rows = sequences[batch]
    return TokenBatch(
      tokens: rows.flatMap { $0 + [Int32](repeating: 0, count: width - $0.count) },
      segments: Segments(lengths: rows.map { _ in width }),
      isSeen: rows.flatMap { row in (0..<width).map { $0 < row.count } })
  }

  /// The labels of all rows, one after the other.
  func labels(_ batch: Int, _ name: String = "labels") -> [Int32] {
    (labels[name]?[batch] ?? []).flatMap { $0 }
  }

  var lengths: [Int] { sequences.first?.map(\.count) ?? [] }
}
